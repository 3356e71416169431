"""Threads that want the same thing at the same moment, and do meet if nothing keeps them apart.

Used inside the interpreter under test: stdlib only, syntax of Python 3.8. Knows nothing of a requirement.
"""

import contextlib
import os
import threading

from conformance.specs.aids import SHORT, Call, replaced


@contextlib.contextmanager
def _meeting_in_pipes():
    """Let whoever makes a pipe first wait a moment for another thread that makes one."""
    real, threads, met = os.pipe, set(), threading.Event()

    def pipe():
        threads.add(threading.get_ident())
        if len(threads) > 1:
            met.set()
        met.wait(3 * SHORT)
        return real()

    with replaced(os, "pipe", pipe):
        yield


def all_at_once(action, count=6):
    """Call `action()` in several threads at once.

    Helper processes are launched with a pipe to them. A target that launches them without a lock has two threads
    on the way to one, and they wait for each other there: nothing depends on luck.
    """
    with _meeting_in_pipes():
        for call in [Call(action) for _ in range(count)]:
            call.result()
