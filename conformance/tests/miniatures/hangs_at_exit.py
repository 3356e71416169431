"""Fault: everything works, but the interpreter does not exit."""

import atexit
import time
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault


def _stay():
    while True:
        time.sleep(60)


atexit.register(_stay)
