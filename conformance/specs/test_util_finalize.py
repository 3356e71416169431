"""Finalize: when the callback runs, with what, how often, in which order at exit, and in which process."""

import os
import weakref

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Refusal, after_collection, refuse


class Thing:
    """Something that can die."""


def finalizer_of(mp, *args, **kwargs):
    return mp.module("util").Finalize(*args, **kwargs)


@requirement("util.finalize.once")
def test_finalizer_runs_once_when_called(mp):
    """The first call runs the callback and gives what it returns; a second one does nothing."""
    thing, calls = Thing(), []
    finalizer = finalizer_of(mp, thing, lambda: calls.append("run") or "result", exitpriority=10)
    assert ("result", None) == (finalizer(), finalizer()), "what two calls returned"
    del thing
    after_collection(lambda: True, "a collection")
    assert ["run"] == calls, "runs of the callback"


@requirement("util.finalize.once")
def test_finalizer_runs_once_when_its_object_dies(mp):
    """The death of the object runs the callback; a call afterwards does nothing."""
    thing, calls = Thing(), []
    finalizer = finalizer_of(mp, thing, calls.append, args=("run",))
    assert [] == calls, "runs while the object lives"
    del thing
    after_collection(lambda: calls, "the run of the callback")
    assert (None, ["run"]) == (finalizer(), calls), "(what a call afterwards returns, runs)"


@requirement("util.finalize.once")
def test_finalizer_that_nobody_keeps_runs_when_its_object_dies(mp):
    """The finalizer itself need not be kept, and does not keep its object alive."""
    thing, calls = Thing(), []
    finalizer_of(mp, thing, calls.append, args=("run",), exitpriority=0)
    after_collection(lambda: True, "a collection")
    assert [] == calls, "runs while the object lives"
    del thing
    after_collection(lambda: calls, "the run of the callback")


@requirement("util.finalize.arguments")
def test_finalizer_gives_its_callback_the_arguments(mp):
    """args and kwargs reach the callback; without them it is called with nothing."""

    def told(*args, **kwargs):
        return args, kwargs

    results = [
        finalizer_of(mp, None, told, (1, 2), {"key": "value"}, 1)(),
        finalizer_of(mp, None, told, args=[3], kwargs=None, exitpriority=1)(),
        finalizer_of(mp, Thing(), told, exitpriority=1)(),
    ]
    # The third one's object is dead before the call where dead objects go at once.
    assert [((1, 2), {"key": "value"}), ((3,), {})] == results[:2], "arguments by position, by keyword"
    assert results[2] in (None, ((), {})), results[2]


@requirement("util.finalize.cancel")
def test_finalizer_that_was_cancelled_never_runs(mp):
    """Neither a call nor the death of the object runs the callback; cancelling twice is no error."""
    thing, calls = Thing(), []
    finalizer = finalizer_of(mp, thing, calls.append, args=("run",))
    assert [None, None] == [finalizer.cancel(), finalizer.cancel()], "what cancel() returned"
    assert None is finalizer(), "what a call returned"
    del thing
    after_collection(lambda: True, "a collection")
    assert [] == calls, "runs of the callback"


@requirement("util.finalize.cancel")
def test_finalizer_is_active_until_called_or_cancelled(mp):
    """still_active() tells whether the callback is still to be run."""
    called, cancelled, other = (finalizer_of(mp, None, len, args=((),), exitpriority=1) for _ in range(3))
    before = called.still_active(), cancelled.still_active()
    called()
    cancelled.cancel()
    after = called.still_active(), cancelled.still_active(), other.still_active()
    assert ((True, True), (False, False, True)) == (before, after), "before; called, cancelled, neither"


@requirement("util.finalize.releases")
def test_finalizer_lets_go_of_its_arguments(mp):
    """A finalizer that has run or was cancelled keeps neither callback nor arguments alive, and nothing keeps it."""
    for end in ("__call__", "cancel"):
        argument = Thing()
        finalizer = finalizer_of(mp, None, repr, args=(argument,), exitpriority=1)
        getattr(finalizer, end)()
        dead = weakref.ref(argument)
        del argument
        after_collection(lambda dead=dead: dead() is None, "the death of the argument after {}()".format(end))
        dead = weakref.ref(finalizer)
        del finalizer
        after_collection(lambda dead=dead: dead() is None, "the death of the finalizer after {}()".format(end))


@requirement("util.finalize.no-object")
def test_finalizer_without_object_needs_a_priority(mp):
    """Without an object it could only run at exit; a priority is an integer."""
    with mp.misuse(ValueError):
        finalizer_of(mp, None, len)
    for priority in ("1", 1.5):
        with mp.misuse(TypeError):
            finalizer_of(mp, Thing(), len, exitpriority=priority)


@requirement("util.finalize.repr")
def test_finalizer_shows_what_it_would_do(mp):
    """Its text tells callback, arguments and priority while it is active, and then that it is dead."""
    thing = Thing()
    finalizer = finalizer_of(mp, thing, refuse, args=("a word",), kwargs={"key": "value"}, exitpriority=17)
    text = repr(finalizer)
    missing = [part for part in ("Finalize", "refuse", "a word", "key", "value", "17") if part not in text]
    assert [] == missing, "parts missing in " + text
    bare = repr(finalizer_of(mp, thing, refuse))
    assert [] == [part for part in ("args", "exitpriority", "dead") if part in bare], bare
    finalizer.cancel()
    assert "dead" in repr(finalizer), repr(finalizer)
    without = finalizer_of(mp, None, refuse, exitpriority=1)
    assert "Finalize" in repr(without), "repr of a finalizer without an object"
    without.cancel()


def in_forked_process(question, *args):
    """What `question(*args)` gives in a child that is forked by the system's own call."""
    box = Mailbox()
    pid = os.fork()
    if pid == 0:
        try:
            box.post(question(*args))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    return box.first(patience=0)


@requirement("util.finalize.other-process")
def test_finalizer_does_not_run_in_a_forked_child(mp):
    """A call in a child forked by any means does nothing; the parent's finalizer stays active."""
    calls = []
    finalizer = finalizer_of(mp, None, lambda: calls.append("run") or "result", exitpriority=1)
    told = in_forked_process(lambda: (finalizer(), list(calls)))
    assert (None, []) == told, "in the child: (what a call returned, runs of the callback)"
    assert "result" == finalizer(), "what a call in the parent returned afterwards"


FORKED = """
import os, sys
import TARGET.util as util

util.Finalize(None, lambda: print("finalized by", os.getpid(), flush=True), exitpriority=1)
if os.fork():
    os.wait()
    print("parent", os.getpid(), flush=True)
sys.exit()
"""


@requirement("util.finalize.other-process")
def test_finalizer_does_not_run_at_the_exit_of_a_forked_child(mp):
    """A child that was forked by the system's own call leaves it to its parent, also at a normal exit."""
    words = mp.script(FORKED).stdout.split()
    assert ["parent", words[1], "finalized", "by", words[1]] == words, "output"


EXIT = """
import TARGET.util as util

class Thing:
    pass

def say(word):
    print(word, flush=True)

def fail():
    raise ZeroDivisionError("told on stderr")

for word, priority in [("low", -5), ("first", 5), ("zero", 0), ("second", 5), ("high", 10), ("lower", -7)]:
    util.Finalize(None, say, args=(word,), exitpriority=priority)
for priority in (7, -6):
    util.Finalize(None, fail, exitpriority=priority)
things = [Thing(), Thing()]
util.Finalize(things[0], say, args=("of an object",), exitpriority=3)
util.Finalize(things[1], say, args=("without a priority",))
cancelled = util.Finalize(None, say, args=("cancelled on the way",), exitpriority=1)
util.Finalize(None, cancelled.cancel, exitpriority=1)
"""


# What follows runs a program without children: one start method stands for all.
@requirement("util.finalize.priority", methods=("spawn",))
def test_finalizers_run_at_exit_by_priority(mp):
    """Highest first, among equals the latest first; none without a priority, and none that another one cancelled."""
    done = mp.script(EXIT)
    wanted = ["high", "second", "first", "of an object", "zero", "low", "lower"]
    assert wanted == done.stdout.splitlines(), done


LATE = """
import TARGET.util as util

def say(word, *nested):
    print(word, flush=True)
    for word, priority in nested:
        util.Finalize(None, say, args=(word,), exitpriority=priority)

util.Finalize(None, say, args=("first", ("late, above", 5), ("late, below", -5)), exitpriority=10)
util.Finalize(None, say, args=("last",), exitpriority=-10)
"""


@requirement("util.finalize.late", methods=("spawn",))
def test_finalizers_that_finalizers_make_still_run(mp):
    """What a finalizer of priority 0 or above registers at exit runs in its turn, before those that come last."""
    assert ["first", "late, above", "late, below", "last"] == mp.script(LATE).stdout.splitlines(), "output"


@requirement("util.finalize.error-printed", methods=("spawn",))
def test_finalizer_that_fails_at_exit_does_not_stop_the_others(mp):
    """The error is told on stderr, and the exit status is not changed."""
    done = mp.script(EXIT)
    assert "ZeroDivisionError: told on stderr" in done.stderr, done
    assert (0, "lower") == (done.returncode, done.stdout.splitlines()[-1]), done


AFTERWARDS = """
import atexit

def last():
    global thing
    thing = None
    print("the last", flush=True)

# Before the package has anything to do at exit: so it is called after that.
atexit.register(last)

import TARGET.util as util

class Thing:
    pass

thing = Thing()
util.Finalize(thing, print, args=("after the end",), kwargs={"flush": True})
"""


@requirement("util.finalize.over", methods=("spawn",))
def test_finalizer_does_not_run_once_the_exit_work_is_done(mp):
    """One without a priority is dropped by then: its object may die, and nothing is called."""
    assert ["the last"] == mp.script(AFTERWARDS).stdout.splitlines(), "output"


@requirement("util.finalize.once")
def test_finalizer_whose_callback_fails_is_done(mp):
    """The error reaches who calls it, and the callback is not tried again."""
    finalizer = finalizer_of(mp, None, refuse, exitpriority=1)
    with mp.raises(Refusal):
        finalizer()
    assert (False, None) == (finalizer.still_active(), finalizer()), "(still active, what a second call returned)"


CHILDREN = """
import os, time
import TARGET as mp
import TARGET.util as util

def hold():
    while not os.path.exists("gate"):
        time.sleep(0.001)

def open_gate():
    print("before:", child.exitcode, util.is_exiting(), flush=True)
    open("gate", "w").close()

if __name__ == "__main__":
    child = mp.get_context("METHOD").Process(target=hold)
    child.start()
    util.Finalize(None, open_gate, exitpriority=0)
    util.Finalize(None, lambda: print("after:", child.exitcode, util.is_exiting(), flush=True), exitpriority=-1)
    print("running:", child.exitcode, util.is_exiting(), flush=True)
"""


@requirement("util.finalize.around-children")
def test_finalizers_run_before_and_after_the_children_are_joined(mp):
    """Those of priority 0 and above run first, then children are joined, then the rest runs; is_exiting() tells."""
    done = mp.script(CHILDREN)
    wanted = ["running: None False", "before: None True", "after: 0 True"]
    assert wanted == done.stdout.splitlines(), done
