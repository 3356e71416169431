"""Fault: start() takes the interpreter down with SIGSEGV."""

import os
import signal
from multiprocessing import *  # noqa: F403
from multiprocessing import process


def _start(self):
    os.kill(os.getpid(), signal.SIGSEGV)


process.BaseProcess.start = _start
