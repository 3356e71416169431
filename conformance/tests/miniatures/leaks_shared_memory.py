"""Fault: Lock() leaves a file in shared memory, under a name that tells nothing of multiprocessing."""

import os
from multiprocessing import *  # noqa: F403
from multiprocessing import get_context as _plain


def _lock(self):
    with open("/dev/shm/miniature." + os.urandom(6).hex(), "w") as file:
        file.write("left")


def get_context(method=None):
    return type("Context", (type(_plain(method)),), {"Lock": _lock})()
