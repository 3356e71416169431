"""What becomes of target and arguments on their way to the child."""

import functools
import gc
import threading

from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Refusal, Unloadable, Unpicklable, running
from conformance.specs.deeds import captured, exitcode_of, tell


def change(box, value):
    value.append("changed")
    box.post(value)


def wait_at(gate):
    gate.wait()


class Slow:
    """A value that takes its time to be rebuilt: until its gate opens."""

    def __init__(self, gate):
        self.gate = gate

    def __reduce__(self):
        return wait_at, (self.gate,)


def use_lock(box, slow, lock):
    box.post((lock.acquire(False), lock.acquire(False)))


@requirement("process.args.big")
def test_arguments_of_any_size_reach_the_target(mp):
    """More than any pipe holds."""
    box = Mailbox()
    with running(mp, tell, args=(box, len, bytes(BIG))):
        assert BIG == box.first(), "length of the argument, in the child"


@requirement("process.args.pickled-by-value")
def test_arguments_are_copies(mp):
    """What the child does to an argument, the parent's object does not feel."""
    box, value = Mailbox(), ["given"]
    exitcode_of(mp, change, box, value)
    assert [["given", "changed"]] == box.letters(), "the argument in the child"
    assert ["given"] == value, "the argument in the parent"


@requirement("process.args.unpicklable")
def test_arguments_that_cannot_be_pickled_make_start_fail(mp):
    """start() raises what the pickling raised, and no child remains."""
    child = mp.Process(target=id, args=(Unpicklable(),))
    with mp.raises(Refusal):
        child.start()
    assert [] == mp.active_children(), "active children after the failed start()"


@requirement("process.args.unpicklable-fork-ok")
def test_arguments_need_not_be_picklable_under_fork(mp):
    """A forked child has its target and arguments by inheritance."""
    box, given = Mailbox(), (Unpicklable(), threading.Lock())
    exitcode_of(mp, lambda *args: box.post(args == given), *given)
    assert [True] == box.letters(), "whether the arguments in the child are those of the parent"


@requirement("process.args.unloadable")
def test_arguments_that_cannot_be_rebuilt_make_the_child_fail(mp):
    """start() knows nothing of it; the child prints a traceback and ends with 1."""
    with captured(2) as stderr:
        assert 1 == exitcode_of(mp, id, Unloadable()), "exitcode of the child"
        assert "Traceback" in stderr(), stderr()
        assert "refuses to be rebuilt" in stderr(), stderr()


@requirement("process.args.alive-while-running")
def test_arguments_live_while_the_child_runs(mp):
    """A lock that was handed over can be used by the child, although the parent has dropped it."""
    box, gate = Mailbox(), Gate()
    lock = mp.Lock()
    child = mp.Process(target=use_lock, args=(box, Slow(gate), lock))
    child.start()
    del lock
    gc.collect()
    gate.open()
    child.join()
    assert [(True, False)] == box.letters(), "what acquiring the lock twice gave in the child"


@requirement("process.args.bound-method")
def test_target_may_be_a_bound_method_or_partial(mp):
    """Whatever is callable and made of picklable parts may be a target."""
    box = Mailbox()
    targets = [functools.partial(box.post, "by a partial of a bound method"), [].append]
    exitcodes = []
    for target, args in zip(targets, [(), (1,)]):
        exitcodes.append(exitcode_of(mp, target, *args))
    assert [0, 0] == exitcodes, "exitcodes with a partial, and with a method of a built-in type"
    assert ["by a partial of a bound method"] == box.letters(), "what the first target posted"
