"""Oddity, no fault of a requirement: start() closes every descriptor above the standard ones in its own process."""

import os
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

_start = process.BaseProcess.start


def _close(self):
    os.closerange(3, 1024)
    _start(self)


process.BaseProcess.start = _close
