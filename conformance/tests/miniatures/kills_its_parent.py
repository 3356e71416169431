"""Fault: start() kills the process that forked the one it runs in."""

import os
import signal
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

_start = process.BaseProcess.start


def _patricide(self):
    os.kill(os.getppid(), signal.SIGKILL)
    _start(self)


process.BaseProcess.start = _patricide
