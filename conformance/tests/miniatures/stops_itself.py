"""Fault: a child stops itself, as by SIGSTOP, instead of running its target."""

import os
import signal
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault

from _base import contexts


class Sleeper:
    def run(self):
        os.kill(os.getpid(), signal.SIGSTOP)


get_context, _classes = contexts(__name__, Sleeper)
globals().update(_classes)
Process = get_context().Process
