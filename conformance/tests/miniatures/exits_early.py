"""Fault: start() ends the interpreter, with exit status 0 and without a word."""

import os
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process


def _leave(self):
    os._exit(0)


process.BaseProcess.start = _leave
