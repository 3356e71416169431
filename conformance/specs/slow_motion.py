"""Slow motion: a thread that pauses at each line of the target's code, so that others overtake it wherever they can.

Nothing that a right implementation does depends on how fast it is; what a wrong one does in an order that is
nearly always good enough then shows. A target written in C has no lines, and is as fast as ever.
Used inside the interpreter under test: stdlib only, syntax of Python 3.8.
"""

import sys
import time

PAUSE = 0.004
"""Seconds at each line: longer than two processes need to pass an item on an idle machine."""


def slowly(mp, function, *args):
    """`function(*args)` in slow motion, in this thread."""
    package = mp.package.__name__

    def pause(frame, event, arg):
        if event == "line":
            time.sleep(PAUSE)
        return pause

    def choose(frame, event, arg):
        name = frame.f_globals.get("__name__") or ""
        return pause if name == package or name.startswith(package + ".") else None

    previous = sys.gettrace()
    sys.settrace(choose)
    try:
        return function(*args)
    finally:
        sys.settrace(previous)
