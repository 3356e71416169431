"""Process.is_alive, and how a Process shows itself by repr and by the names it shares with Thread."""

import os

from conformance.clocks import eventually
from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import Call, running
from conformance.specs.deeds import answer_of_child, hold, leave, nothing, refusal
from conformance.specs.kin import exists


def self_is_alive(mp):
    return mp.current_process().is_alive()


@requirement("process.is-alive.before-start")
def test_process_is_not_alive_before_start(mp):
    """Nothing lives before start()."""
    assert False is mp.Process(target=nothing).is_alive(), "is_alive() before start()"


@requirement("process.is-alive.running")
def test_process_is_alive_while_it_runs(mp):
    """is_alive() is true from the return of start() on."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        alive = Call(child.is_alive).result()
        gate.open()
    assert True is alive, "is_alive() of a child that is held at a gate"


@requirement("process.is-alive.after-end")
def test_process_is_not_alive_after_its_end(mp):
    """is_alive() turns false when the child ends, although nobody joined it."""
    child = mp.Process(target=nothing)
    child.start()
    eventually(lambda: not child.is_alive(), "the turning false of is_alive()")
    child.join()
    assert False is child.is_alive(), "is_alive() after join()"


@requirement("process.is-alive.reaps")
def test_process_is_alive_reaps_the_child(mp):
    """When is_alive() has told that the child is dead, no zombie is left of it."""
    child = mp.Process(target=nothing)
    child.start()
    eventually(lambda: not child.is_alive(), "the turning false of is_alive()")
    # Where a server is the parent, it reaps by itself.
    eventually(lambda: not exists(child.pid), "the reaping of the child", patience=3.0)


@requirement("process.is-alive.self")
def test_process_is_alive_in_its_own_eyes(mp):
    """The current process is alive: in the main process, and in a child."""
    seen = [self_is_alive(mp), answer_of_child(mp, self_is_alive, mp)]
    assert [True, True] == seen, "is_alive() of the current process here, and in a child"


@requirement("process.is-alive.foreign")
def test_process_is_alive_of_somebody_elses_child_is_refused(mp):
    """Only the parent may ask whether a child is alive."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        answer = answer_of_child(mp, refusal, mp, AssertionError, child.is_alive)
        gate.open()
    assert "AssertionError" == answer, "is_alive() in a sibling"


@requirement("process.is-alive.closed", needs=("Process.close",))
def test_process_is_alive_after_close_is_refused(mp):
    """A closed Process does not tell."""
    child = mp.Process(target=nothing)
    child.close()
    with mp.raises(ValueError):
        child.is_alive()


def parts_of(text):
    return set(text.strip("<>").split())


@requirement("process.repr.states")
def test_process_repr_tells_the_state(mp):
    """repr names class, name, pid, parent and state in this order: initial, started, stopped, closed."""
    gate = Gate()
    child = mp.Process(target=hold, args=(gate,), name="shown")
    texts = [repr(child)]
    child.start()
    texts.append(repr(child))
    gate.open()
    child.join()
    texts.append(repr(child))
    pid = "pid={}".format(child.pid)
    child.close()
    texts.append(repr(child))
    endings = ["initial", "started", "stopped exitcode=0", "closed"]
    wanted = []
    for middle, ending in zip([[], [pid], [pid], []], endings):
        words = [mp.Process.__name__, "name='shown'", *middle, "parent={}".format(os.getpid()), ending]
        wanted.append("<{}>".format(" ".join(words)))
    assert wanted == texts, "repr before the start, while running, after join() and after close()"


@requirement("process.repr.states")
def test_process_repr_sees_the_end_by_itself(mp):
    """repr asks the system: nobody need join the child before."""
    child = mp.Process(target=nothing)
    child.start()
    mp.module("connection").wait([child.sentinel])
    eventually(lambda: "stopped" in parts_of(repr(child)), "the telling of the end by repr", 3.0)
    child.join()


def repr_of_itself(mp):
    return repr(mp.current_process())


@requirement("process.repr.states")
def test_process_repr_of_the_current_process_is_started(mp):
    """A process that looks at itself runs: the main process, and a child."""
    texts = [repr_of_itself(mp), answer_of_child(mp, repr_of_itself, mp)]
    assert ["started"] * 2 == [text.strip("<>").split()[-1] for text in texts], texts
    assert "name='MainProcess'" in parts_of(texts[0]), texts


@requirement("process.repr.states", methods=("fork",))
def test_process_repr_of_somebody_elses_child_is_unknown(mp):
    """What became of a sibling a child cannot know."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as sibling:
        text = answer_of_child(mp, repr, sibling)
        gate.open()
    assert "unknown" == text.strip("<>").split()[-1], text


@requirement("process.repr.exitcode")
def test_process_repr_tells_the_exitcode(mp):
    """repr of a stopped process ends with its exit code, a signal by its name."""
    leaving = mp.Process(target=leave, args=(3,))
    leaving.start()
    leaving.join()
    assert "exitcode=3" in parts_of(repr(leaving)), repr(leaving)
    with running(mp, hold, args=(Gate(),)) as terminated:
        terminated.terminate()
        terminated.join()
    assert "exitcode=-SIGTERM" in parts_of(repr(terminated)), repr(terminated)


@requirement("process.repr.daemon")
def test_process_repr_tells_that_it_is_daemonic(mp):
    """repr of a daemonic process ends with that word."""
    last_words = [repr(mp.Process(daemon=flag)).strip("<>").split()[-1] for flag in (True, False)]
    assert ["daemon", "initial"] == last_words, "last words of repr with daemon=True and daemon=False"


@requirement("process.api-as-thread")
def test_process_has_the_names_of_a_thread(mp):
    """What is common to threads and processes bears the same names."""
    child = mp.Process(target=nothing)
    names = ("start", "run", "join", "is_alive", "name", "daemon", "ident")
    assert [] == [name for name in names if not hasattr(child, name)], "names that a Process lacks"
    assert [] == [name for name in names[:4] if not callable(getattr(child, name))], "methods that are none"
