"""Fault: start() leaves a file in the temporary directory."""

import tempfile
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

_start = process.BaseProcess.start


def _litter(self):
    tempfile.mkstemp(prefix="litter-")
    _start(self)


process.BaseProcess.start = _litter
