"""Oddity, no fault: start() launches a helper that ends by itself half a second after its user."""

import subprocess
import sys
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process

_start = process.BaseProcess.start
_helpers = []
_HELPER = "import sys, time; sys.stdin.read(); time.sleep(0.5)"


def _with_helper(self):
    # The pipe ends with this process.
    helper = subprocess.Popen([sys.executable, "-c", _HELPER], stdin=subprocess.PIPE, start_new_session=True)
    _helpers.append(helper)
    _start(self)


process.BaseProcess.start = _with_helper
