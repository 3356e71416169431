"""Processes and their kin: active_children() in the parent, the life of parent_process() in the child."""

import os
import time

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, TICK, Call, kill, running
from conformance.specs.deeds import answer_of_child, hold, leave_debris_here, nothing
from conformance.specs.kin import exists


def watch_parent_die(mp, box, gate):
    """In the grandchild: post is_alive() of its parent while that lives, and once it has died."""
    parent = mp.parent_process()
    box.post(parent.is_alive())
    gate.open()
    eventually(lambda: not parent.is_alive(), "the end of the parent")
    box.post(parent.is_alive())


def join_parent(mp, box, gate):
    """In the grandchild: post whether a join with a timeout took its time, and is_alive() after one without."""
    parent = mp.parent_process()
    start = time.monotonic()
    returned = parent.join(SHORT)
    box.post((returned, time.monotonic() - start >= SHORT - TICK, parent.is_alive()))
    gate.open()
    box.post((parent.join(), parent.is_alive()))


def await_parent(mp, box, gate):
    """In the grandchild: post whether the sentinel of its parent is ready while that lives, and once it has died."""
    wait, sentinel = mp.module("connection").wait, mp.parent_process().sentinel
    box.post(len(wait([sentinel], 0)))
    gate.open()
    box.post(len(wait([sentinel], LONG)))


def die_before_child(mp, deed, box, gate):
    """In the child: start a grandchild, and die without waiting for it once it opens `gate`."""
    leave_debris_here()
    mp.Process(target=deed, args=(mp, box, gate)).start()
    gate.wait()
    os._exit(0)


def count_children(mp):
    return len(mp.active_children())


@requirement("process.parent.is-alive", needs=("parent_process",))
def test_parent_process_is_alive_until_it_ends(mp):
    """A child sees whether its parent still lives."""
    box = Mailbox()
    child = mp.Process(target=die_before_child, args=(mp, watch_parent_die, box, Gate()))
    child.start()
    assert [True, False] == box.wait(2), "is_alive() of the parent before and after its death"
    child.join()


@requirement("process.parent.join", needs=("parent_process",))
def test_parent_process_can_be_joined(mp):
    """join(timeout) of the parent waits out its time while the parent lives; join() waits for its end."""
    box = Mailbox()
    child = mp.Process(target=die_before_child, args=(mp, join_parent, box, Gate()))
    child.start()
    limited, unlimited = box.wait(2)
    assert (None, True, True) == limited, "(result, did it wait, is_alive()) of join(timeout) while the parent lives"
    assert (None, False) == unlimited, "(result, is_alive()) of join() at its end"
    child.join()


@requirement("process.parent.sentinel", needs=("parent_process",))
def test_parent_process_has_a_sentinel(mp):
    """A child can wait for the end of its parent among other things."""
    box = Mailbox()
    child = mp.Process(target=die_before_child, args=(mp, await_parent, box, Gate()))
    child.start()
    assert [0, 1] == box.wait(2), "number of sentinels that were ready before and after the death of the parent"
    child.join()


@requirement("process.active-children.lists-live")
def test_active_children_are_the_live_ones(mp):
    """The list holds every child that runs, and neither one that ended nor one that was not started."""
    gate = Gate()
    done, unstarted = mp.Process(target=nothing), mp.Process(target=nothing)
    done.start()
    done.join()
    with running(mp, hold, hold, args=(gate,)) as children:
        active = Call(mp.active_children).result()
        gate.open()
    assert list is type(active), "type of what active_children() returned"
    assert sorted(child.name for child in children) == sorted(child.name for child in active), "active children"
    assert set(children) == set(active), "the objects themselves"
    assert unstarted not in active, "an unstarted process is active"


@requirement("process.active-children.reaps", platforms=["posix"])  # where there are zombies
def test_active_children_reaps_the_finished(mp):
    """active_children() collects those that have ended, without any join."""
    child = mp.Process(target=nothing)
    child.start()
    eventually(lambda: child not in mp.active_children(), "the child's leaving of active_children()")
    # Where a server is the parent, it reaps by itself.
    eventually(lambda: not exists(child.pid), "the reaping of the child", patience=3.0)


@requirement("process.active-children.reaps")
def test_active_children_notices_each_that_ends(mp):
    """One that has ended leaves the list whichever others live on."""
    wait = mp.module("connection").wait
    with running(mp, *[hold] * 5, args=(Gate(),)) as children:
        # In whatever order they are looked at, one ends behind others that live.
        for number in (2, 0, 4, 1, 3):
            ending = children[number]
            kill(ending)
            wait([ending.sentinel])
            eventually(lambda ending=ending: ending not in mp.active_children(), "the leaving of one that ended", 2.0)


@requirement("process.active-children.child-empty")
def test_active_children_of_a_new_child_are_none(mp):
    """A child does not take its siblings for its children."""
    gate = Gate()
    with running(mp, hold, args=(gate,)):
        count = answer_of_child(mp, count_children, mp)
        gate.open()
    assert 0 == count, "number of active children in a new child that has a sibling"


@requirement("process.active-children.snapshot")
def test_active_children_gives_a_list_of_its_own(mp):
    """What the caller does to the list is nothing to later callers."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        mp.active_children().clear()
        later = mp.active_children()
        gate.open()
    assert [child] == later, "active children after an earlier list of them was emptied"
