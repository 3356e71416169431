"""Steps: a child that is stopped amid a call, at each of its steps in turn, while others go on.

What is right in every interleaving is so wherever the child stands; what hopes that nobody comes in between is
found out without luck. A target written in C has few steps, and is stopped less often.
Used inside the interpreter under test and in its children, on POSIX: stdlib only, syntax of Python 3.8.
"""

import contextlib
import os
import signal
import sys

from conformance.clocks import eventually
from conformance.gates import Mailbox
from conformance.specs.aids import Call, running
from conformance.specs.kin import state

_GRACE = 0.05
"""Seconds, unscaled, in which a child that can get to a step does."""
_MOST = 120
"""Steps: who waits by looking again and again has no last one."""
_MOMENT = 0.002
"""Seconds, unscaled, in which a call returns that need not wait for the child."""


class _Stopper:
    """Stops this process once, at a given number of calls and returns that it sees as the interpreter's profiler."""

    def __init__(self, step, begun):
        self.left, self._begun = step, begun

    def __call__(self, frame, event, argument):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGSTOP)

    def watch(self, function, *args):
        """`function(*args)`, stopped at the step if it has as many."""
        self._begun.post(self.left)
        sys.setprofile(self)
        try:
            return function(*args)
        finally:
            sys.setprofile(None)


def _perform(tasks, begun, done, action, args):
    """For each task, the number of a step, tell what `action(watch, *args)` gives."""
    count = 0
    while True:
        count += 1
        step = tasks.wait(count)[-1]
        if not step:
            return
        done.post(action(_Stopper(step, begun).watch, *args))


class Stepper:
    """A child that performs `action(watch, *args)` again and again; what that gives to `watch` is done in steps."""

    def __init__(self, child, tasks, begun, done):
        self._child, self._tasks, self._begun, self._done = child, tasks, begun, done
        self._step = 0

    def steps(self, prepare=lambda: None):
        """Let the child begin once for each step, after `prepare()`; while it stands there the step is yielded.

        Over when the child has ended its action before it came to the step, or waits for what `meanwhile` is to do.
        """
        stopped = True
        while stopped:
            prepare()
            self._step += 1
            self._tasks.post(self._step)
            self._begun.wait(self._step)
            with contextlib.suppress(AssertionError):
                eventually(lambda: self._stopped() or self._ended(), "the stop of the child", patience=_GRACE)
            stopped = self._stopped() and self._step < _MOST
            yield self._step

    def meanwhile(self, function, *args):
        """Call `function(*args)` while the child stands, then let it go on; give what the call and the action gave."""
        call = Call(function, *args)
        with contextlib.suppress(AssertionError):  # It may have to wait for the child.
            eventually(call.returned, "the return of the call", patience=_MOMENT)
        eventually(self._goes_on, "the end of the action of the child")
        return call.result(), self._done.letters()[-1]

    def dismiss(self):
        """Let the child end."""
        self._tasks.post(0)

    def _stopped(self):
        return state(self._child.pid) == "T"

    def _ended(self):
        return len(self._done.letters()) >= self._step

    def _goes_on(self):
        if self._stopped():
            os.kill(self._child.pid, signal.SIGCONT)
        return self._ended()


@contextlib.contextmanager
def stepping(mp, action, *args):
    """A `Stepper` with a child of its own, which has ended when the block is left."""
    tasks, begun, done = Mailbox(), Mailbox(), Mailbox()
    with running(mp, _perform, args=(tasks, begun, done, action, args)) as child:
        stepper = Stepper(child, tasks, begun, done)
        yield stepper
        stepper.dismiss()
