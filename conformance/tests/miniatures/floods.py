"""Fault: start() writes to stdout without end."""

import os
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process


def _flood(self):
    while True:
        os.write(1, b"water " * 20000)


process.BaseProcess.start = _flood
