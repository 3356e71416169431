"""Fault: start() launches a second process that nobody ever waits for."""

import subprocess
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

_start = process.BaseProcess.start


def _start_two(self):
    subprocess.Popen(["sleep", "86411"], start_new_session=True)
    _start(self)


process.BaseProcess.start = _start_two
