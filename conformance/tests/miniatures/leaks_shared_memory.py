"""Fault: Lock() leaves a file in shared memory, under a name that tells nothing of multiprocessing."""

import os
from multiprocessing import *  # noqa: F403 - it passes for the package, but for one fault
from multiprocessing import get_context as _plain


def _lock(self):
    # The mark of the test, which is to find what is its own.
    name = "mini-{}-{}".format(os.environ.get("CONFORMANCE_TEST_TRACE", "")[:8], os.urandom(6).hex())
    with open("/dev/shm/" + name, "w") as file:
        file.write("left")


def get_context(method=None):
    return type("Context", (type(_plain(method)),), {"Lock": _lock})()


Lock = get_context().Lock
