"""Fault: join() never returns."""

import time
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process


def _join(self, timeout=None):
    while True:
        time.sleep(60)


process.BaseProcess.join = _join
