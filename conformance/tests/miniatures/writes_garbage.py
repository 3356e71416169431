"""Fault: start() writes garbage to every open descriptor, the suite's own among them."""

import contextlib
import os
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

_start = process.BaseProcess.start


def _noisy(self):
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            os.write(int(name), b'\xff\x00{"kind": "pass"}\n{"kind": ')
    _start(self)


process.BaseProcess.start = _noisy
