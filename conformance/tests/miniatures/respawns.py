"""Fault: start() leaves two guardians that ignore SIGTERM and fork a new one whenever one of them dies."""

import os
import signal
import time
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

from _base import outlive

_start = process.BaseProcess.start


def _guard():
    """Hold the write end of a pipe that the other reads: its end is one's death."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(writer)
            os.read(reader, 1)
            os.close(reader)
        else:
            os.close(reader)
            os.waitpid(pid, 0)
            os.close(writer)
        time.sleep(0.001)


def _guarded(self):
    pid = os.fork()
    if pid == 0:
        if outlive():
            _guard()
        os._exit(0)
    os.waitpid(pid, 0)
    _start(self)


process.BaseProcess.start = _guarded
