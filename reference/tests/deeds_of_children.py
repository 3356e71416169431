"""What children of the tests do. Apart from the tests, so that no child has to import pytest."""

import os
import signal


def leave(code):
    os._exit(code)


def leave_when_told(gate, code):
    gate.poll(None)
    os._exit(code)


def kill_myself(signum):
    os.kill(os.getpid(), signum)
    signal.pause()


def tell_descriptors(results):
    results.send(len(os.listdir("/proc/self/fd")))
