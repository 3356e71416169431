"""Event: what one process does while another is stopped, step by step, amid a call."""

import contextlib
import os
import signal
import sys

from conformance.clocks import eventually
from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, running
from conformance.specs.kin import state


class Stopper:
    """Stops this process once, at a given number of calls and returns that it sees as the interpreter's profiler."""

    def __init__(self, step):
        self.left = step

    def __call__(self, frame, event, argument):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGSTOP)


def look_and_stop(event, tasks, done):
    """For each task, the number of a step, ask whether the event is set and stop at that step; tell if there was none.

    A task of 0 is the last.
    """
    count = 0
    while True:
        count += 1
        step = tasks.wait(count)[-1]
        if not step:
            return
        stopper = Stopper(step)
        sys.setprofile(stopper)
        event.is_set()
        sys.setprofile(None)
        done.post(stopper.left > 0)


@requirement("event.clear.atomic")
def test_event_clear_holds_whoever_looks(mp):
    """An event is unset after clear, also if a child was stopped at any step of is_set then, and goes on thereafter."""
    event, tasks, done, step = mp.Event(), Mailbox(), Mailbox(), 0
    with running(mp, look_and_stop, args=(event, tasks, done)) as child:
        while not any(done.letters()):
            step += 1
            Call(event.set).result()
            tasks.post(step)
            eventually(lambda: state(child.pid) == "T" or len(done.letters()) == step, "the end or stop of a look")
            clearing = Call(event.clear)
            with contextlib.suppress(AssertionError):  # It may have to wait for the child.
                eventually(clearing.returned, "the return of clear()", patience=0.002)
            os.kill(child.pid, signal.SIGCONT)
            clearing.result()
            done.wait(step)
            assert False is event.is_set(), f"is_set() after clear() while a look was stopped at step {step}"
        tasks.post(0)
