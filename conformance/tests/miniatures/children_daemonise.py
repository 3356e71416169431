"""Fault: a child leaves a daemon behind that ignores SIGTERM and has closed everything it had."""

import signal
import time
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault

from _base import contexts, outlive


class Daemoniser:
    def run(self):
        super().run()
        if outlive():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                time.sleep(60)


get_context, _classes = contexts(__name__, Daemoniser)
globals().update(_classes)
Process = get_context().Process
