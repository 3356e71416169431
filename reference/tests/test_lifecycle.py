"""Finalizers, after-fork hooks, and what happens at exit in which order."""

import gc
import os

import pytest
import whole_programs

from reference import lifecycle


class Thing:
    """Something that can be referred to weakly."""


@pytest.fixture(autouse=True)
def registries():
    """Each test has the registries for itself."""
    finalizers, hooks = dict(lifecycle._finalizer_registry), dict(lifecycle._afterfork_registry)
    lifecycle._finalizer_registry.clear()
    lifecycle._afterfork_registry.clear()
    yield
    lifecycle._finalizer_registry.clear()
    lifecycle._finalizer_registry.update(finalizers)
    lifecycle._afterfork_registry.clear()
    lifecycle._afterfork_registry.update(hooks)


def test_a_finalizer_runs_once_and_returns_what_the_callback_returns():
    ran = []
    finalize = lifecycle.Finalize(None, lambda *args, **kwargs: ran.append((args, kwargs)) or 7, (1,), {"a": 2}, 0)
    assert finalize.still_active()
    assert 7 == finalize()
    assert finalize() is None
    assert [((1,), {"a": 2})] == ran
    assert not finalize.still_active()


def test_the_death_of_its_object_runs_it():
    ran = []
    thing = Thing()
    finalize = lifecycle.Finalize(thing, ran.append, ("dead",))
    assert [] == ran
    del thing
    gc.collect()
    assert ["dead"] == ran
    assert not finalize.still_active()


def test_cancelled_it_never_runs():
    ran = []
    finalize = lifecycle.Finalize(None, ran.append, ("ran",), exitpriority=1)
    finalize.cancel()
    finalize.cancel()
    lifecycle._run_finalizers()
    assert finalize() is None
    assert [] == ran


def test_at_exit_the_highest_priority_comes_first_and_of_equals_the_latest():
    ran = []
    keep = Thing()
    for name, priority in (("a", 0), ("b", 10), ("c", 0), ("d", -5), ("never", None)):
        lifecycle.Finalize(keep, ran.append, (name,), exitpriority=priority)
    lifecycle._run_finalizers(0)
    assert ["b", "c", "a"] == ran
    lifecycle._run_finalizers()
    assert ["b", "c", "a", "d"] == ran
    assert {} == lifecycle._finalizer_registry


def test_one_that_fails_is_reported_and_the_others_run(capsys):
    ran = []
    lifecycle.Finalize(None, ran.append, ("last",), exitpriority=0)
    lifecycle.Finalize(None, lambda: 1 / 0, exitpriority=1)
    lifecycle._run_finalizers()
    assert ["last"] == ran
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_one_that_another_took_away_is_passed_over():
    ran = []
    second = lifecycle.Finalize(None, ran.append, ("second",), exitpriority=0)
    lifecycle.Finalize(None, second.cancel, exitpriority=1)
    lifecycle._run_finalizers()
    assert [] == ran


def test_in_another_process_it_is_dropped(monkeypatch):
    ran = []
    finalize = lifecycle.Finalize(None, ran.append, ("ran",), exitpriority=0)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert finalize() is None
    assert [] == ran


@pytest.mark.parametrize(
    ("arguments", "error"), [((None, print), ValueError), ((Thing, print, (), None, "high"), TypeError)]
)
def test_what_could_never_run_is_refused(arguments, error):
    with pytest.raises(error, match="exitpriority"):
        lifecycle.Finalize(*arguments)


def test_its_representation_tells_what_it_will_do():
    thing = Thing()
    finalize = lifecycle.Finalize(thing, os.getcwd, (1,), {"a": 2}, 3)
    assert "<Finalize object, callback=getcwd, args=(1,), kwargs={'a': 2}, exitpriority=3>" == repr(finalize)
    finalize.cancel()
    assert "<Finalize object, dead>" == repr(finalize)


def test_after_fork_hooks_run_in_order_for_what_is_alive(monkeypatch):
    called = []
    things = [Thing() for _ in range(4)]
    for number, thing in enumerate(things):
        lifecycle.register_after_fork(thing, lambda _it, number=number: called.append(number))
    lifecycle.register_after_fork(things[0], lambda it: called.append(it is things[0]))
    del things[2], thing
    gc.collect()
    lifecycle._run_after_forkers()
    assert [0, 1, 3, True] == called


def test_a_hook_that_fails_does_not_stop_the_others():
    called = []
    thing = Thing()
    lifecycle.register_after_fork(thing, lambda _it: 1 / 0)
    lifecycle.register_after_fork(thing, called.append)
    lifecycle._run_after_forkers()
    assert [thing] == called


def test_a_forked_child_owes_nothing_for_its_parent(monkeypatch):
    monkeypatch.setattr(lifecycle, "_exiting", True)
    ran = []
    lifecycle.Finalize(None, ran.append, ("ran",), exitpriority=0)
    lifecycle.begin_forked_child()
    assert not lifecycle.is_exiting()
    lifecycle._run_finalizers()
    assert [] == ran


ORDER = """
    import atexit, os, sys, threading
    import reference
    from reference import util

    def say(text):
        os.write(1, (text + "\\n").encode())

    def child():
        util.Finalize(None, say, ("low finalizer",), exitpriority=-1)
        util.Finalize(None, say, ("finalizer",), exitpriority=1)
        atexit.register(say, "second atexit")
        atexit.register(say, "first atexit")
        ended = threading.Event()
        threading.Thread(target=lambda: ended.wait(60) and say("thread")).start()
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        # The last reference: written when the interpreter, or we, flush.
        atexit.register(sys.stdout.write, "flushed\\n")
        ended.set()

    if __name__ == "__main__":
        atexit.register(say, "parent")
        process = reference.get_context(sys.argv[1]).Process(target=child)
        process.start()
        process.join()
        say(str(process.exitcode))
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_ends_in_this_order(tmp_path, method):
    done = whole_programs.run(tmp_path, ORDER, method)
    expected = ["thread", "first atexit", "second atexit", "finalizer", "low finalizer", "flushed", "0", "parent"]
    assert expected == whole_programs.output(done).splitlines()


def test_at_exit_children_end_between_the_finalizers(tmp_path):
    program = """
        import os, time
        import reference
        from reference import util

        def say(text):
            os.write(1, (text + "\\n").encode())

        def child(gate):
            gate.poll(60)
            say("child")

        if __name__ == "__main__":
            context = reference.get_context("fork")
            reading, writing = context.Pipe(duplex=False)
            context.Process(target=child, args=(reading,)).start()
            idle = context.Process(target=time.sleep, args=(600,), daemon=True)
            idle.start()
            util.Finalize(None, writing.send, (1,), exitpriority=0)
            util.Finalize(None, say, ("low",), exitpriority=-1)
    """
    assert ["child", "low"] == whole_programs.output(whole_programs.run(tmp_path, program)).splitlines()


def test_a_plain_fork_leaves_its_parents_children_alone(tmp_path):
    program = """
        import os, sys
        import reference

        def child(gate):
            gate.poll(60)

        if __name__ == "__main__":
            context = reference.get_context("fork")
            reading, writing = context.Pipe(duplex=False)
            process = context.Process(target=child, args=(reading,), daemon=True)
            process.start()
            if os.fork() == 0:
                sys.exit(0)
            os.wait()
            print(process.is_alive())
            writing.send(1)
            process.join()
            print(process.exitcode)
    """
    assert "True\n0\n" == whole_programs.output(whole_programs.run(tmp_path, program))
