"""Fault: start() takes the interpreter down with SIGSEGV."""

import os
import signal
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process


def _start(self):
    os.kill(os.getpid(), signal.SIGSEGV)


process.BaseProcess.start = _start
