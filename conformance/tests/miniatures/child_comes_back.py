"""Fault: a forked child runs its target and then goes on in the code of the caller of start()."""

import os
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import process


def _start(self):
    self._mini_pid = os.fork()
    if self._mini_pid == 0:
        self.run()


def _join(self, timeout=None):
    if self._mini_pid:
        os.waitpid(self._mini_pid, 0)


process.BaseProcess.start = _start
process.BaseProcess.join = _join
