"""Beyond the manual: that the death of one process does not stop the others, where it can be known."""

import os
import signal
import threading

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call, ended, kill, running
from conformance.specs.deeds import hold, nothing

PATIENCE = 3.0
"""Seconds, unscaled, for what must go on: no reason to wait longer for an implementation that never promised it."""


def returns(call, what):
    """See that `call` returns, and give its result."""
    eventually(call.returned, what, PATIENCE)
    return call.result()


def get_one(items, box):
    box.post("getting")
    box.post(items.get())


@requirement("queue.idle-consumer-killed", methods=("fork",))
def test_queue_serves_others_after_an_idle_consumer_was_killed(mp):
    """A consumer that is killed while it waits in get() takes nothing along that others need."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, get_one, args=(items, box)) as child:
        box.wait()
        never(lambda: len(box.letters()) > 1, "the return of get() from an empty queue")
        kill(child)
        ended(child)
        items.put("item")
        assert "item" == returns(Call(items.get), "get() of another consumer"), "what another consumer gets"


def wait_inside(condition, box):
    with condition:
        box.post("inside")
        condition.wait()


def notify_all(condition):
    with condition:
        condition.notify_all()


@requirement("condition.dead-waiter", methods=("fork",))
def test_condition_notifies_the_living_after_a_waiter_was_killed(mp):
    """notify_all() returns and wakes the others, though a waiter has been killed."""
    condition, box = mp.Condition(), Mailbox()
    with running(mp, wait_inside, wait_inside, args=(condition, box)) as children:
        box.wait(2)
        with condition:
            pass  # Whoever holds the lock now knows that both have begun to wait.
        kill(children[0])
        ended(children[0])
        returns(Call(notify_all, condition), "the return of notify_all()")
        ended(children[1])


def pass_barrier(barrier):
    barrier.wait()


@requirement("barrier.dead-party", methods=("fork",))
def test_barrier_breaks_when_a_waiting_party_was_killed(mp):
    """Those who wait with a party that has died learn of it by BrokenBarrierError."""
    barrier = mp.Barrier(3)
    with running(mp, pass_barrier, args=(barrier,)) as child:
        eventually(lambda: barrier.n_waiting == 1, "the arrival of a party")
        # Another can only come once the first has given up what guards the barrier: then it waits.
        waiting = Call(barrier.wait, LONG)
        eventually(lambda: barrier.n_waiting == 2, "the arrival of another")
        kill(child)
        ended(child)
        with mp.raises(threading.BrokenBarrierError):
            returns(waiting, "the end of wait() with a dead party")


def leave_a_grandchild(gate):
    if os.fork() == 0:
        gate.wait(LONG)
        os._exit(0)


@requirement("process.join.grandchild", methods=("fork",))
def test_process_join_with_a_timeout_does_not_wait_for_a_grandchild(mp):
    """A child has ended when it has ended, whatever its own forked child still holds open."""
    gate = Gate()
    child = mp.Process(target=leave_a_grandchild, args=(gate,))
    child.start()
    try:
        returns(Call(child.join, LONG), "join() of a child whose own child lives")
        ready = mp.module("connection").wait([child.sentinel], 0)
        assert [child.sentinel] == ready, "the sentinel, among what is ready"
    finally:
        gate.open()


@requirement("process.sigchld-ignored", methods=("fork", "spawn"))
def test_process_is_known_to_have_ended_though_nobody_may_collect_it(mp):
    """With SIGCHLD ignored the system keeps no exit status; the process has ended all the same."""
    previous = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        child = mp.Process(target=nothing)
        child.start()
        returns(Call(child.join), "join()")
        assert False is child.is_alive(), "is_alive() after join()"
        assert [] == mp.active_children(), "active_children() thereafter"
    finally:
        signal.signal(signal.SIGCHLD, previous)


def leave(signum, frame):
    raise SystemExit(7)


@requirement("process.terminate.at-birth", methods=("fork",))
def test_child_that_is_terminated_at_once_is_ended_by_its_handler(mp):
    """SIGTERM right after start() is not lost on a child whose parent has a handler for it."""
    former = signal.signal(signal.SIGTERM, leave)
    try:
        for _ in range(10):
            with running(mp, hold, args=(Gate(),)) as child:
                child.terminate()
                eventually(lambda child=child: not child.is_alive(), "the end of the child", PATIENCE)
            assert 7 == child.exitcode, "exitcode"
    finally:
        signal.signal(signal.SIGTERM, former)
