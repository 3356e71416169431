"""Fault: Lock() makes a named semaphore that is never unlinked."""

import _multiprocessing
import os
from multiprocessing import *  # noqa: F403
from multiprocessing import get_context as _plain


def _lock(self):
    return _multiprocessing.SemLock(1, 1, 1, "/mp-mini-" + os.urandom(6).hex(), False)


def get_context(method=None):
    return type("Context", (type(_plain(method)),), {"Lock": _lock})()
