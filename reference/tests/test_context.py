"""Contexts and the start method in force. No process is started here."""

import os

import pytest

import reference
from reference import context, reduction, start_method, start_methods

ALL = {"fork", "spawn", "forkserver"}


@pytest.fixture(autouse=True)
def undecided():
    """Each test begins with no start method decided."""
    before = start_method.get()
    start_method.set(None)
    yield
    start_method.set(before)


def test_the_default_is_decided_by_the_first_question_that_needs_it():
    assert reference.get_start_method(allow_none=True) is None
    assert start_methods.DEFAULT.name == reference.get_start_method()
    assert start_methods.DEFAULT.name == reference.get_start_method(allow_none=True)


def test_asking_for_the_default_context_decides():
    assert start_methods.DEFAULT.name == reference.get_context().get_start_method()
    assert start_method.get() is not None


def test_asking_for_a_named_context_does_not_decide():
    for name in ALL:
        assert name == reference.get_context(name).get_start_method()
        assert reference.get_context(name) is reference.get_context(name).get_context()
    assert start_method.get() is None


def test_a_method_is_set_once_unless_forced():
    reference.set_start_method("spawn")
    with pytest.raises(RuntimeError, match="already"):
        reference.set_start_method("fork")
    assert "spawn" == reference.get_start_method()
    reference.set_start_method("fork", force=True)
    assert "fork" == reference.get_start_method()
    reference.set_start_method(None, force=True)
    assert reference.get_start_method(allow_none=True) is None
    reference.set_start_method(None)
    assert start_methods.DEFAULT.name == reference.get_start_method(allow_none=True)


@pytest.mark.parametrize("name", ["nosuch", "", 7])
def test_unknown_methods_are_refused(name):
    with pytest.raises(ValueError, match="find context"):
        reference.get_context(name)
    with pytest.raises(ValueError, match="find context"):
        reference.set_start_method(name, force=True)
    assert start_method.get() is None


def test_a_context_that_others_enter_is_known_and_can_be_the_default(monkeypatch):
    class Own(context.SpawnContext):
        _name = "own"

    own = Own()
    monkeypatch.setitem(context._concrete_contexts, "own", own)
    assert own is reference.get_context("own")
    reference.set_start_method("own")
    assert own is reference.get_context()
    assert "own" not in reference.get_all_start_methods()


def test_what_this_system_lacks_is_refused_and_not_listed(monkeypatch):
    lacking = start_methods.StartMethod("fork", "popen_fork", available=False)
    monkeypatch.setitem(start_methods.TABLE, "fork", lacking)
    with pytest.raises(ValueError, match="fork"):
        reference.get_context("fork")
    assert "fork" not in reference.get_all_start_methods()


def test_all_methods_the_default_first():
    names = reference.get_all_start_methods()
    assert (ALL, start_methods.DEFAULT.name) == (set(names), names[0])


def test_a_concrete_context_keeps_to_its_method():
    fork = reference.get_context("fork")
    with pytest.raises(ValueError, match="concrete"):
        fork.set_start_method("spawn")
    assert "spawn" == fork.get_context("spawn").get_start_method()
    assert not hasattr(fork, "get_all_start_methods")


def test_rows_do_not_change():
    with pytest.raises(AttributeError, match="name"):
        start_methods.FORK.name = "spoon"


def test_a_process_starts_by_the_method_in_force_when_it_is_started(monkeypatch):
    started = []
    for cls in (context.ForkProcess, context.SpawnProcess):
        monkeypatch.setattr(cls, "_Popen", lambda process_obj, cls=cls: started.append(cls))
    process = reference.Process()
    reference.set_start_method("spawn")
    process._Popen(process)
    reference.set_start_method("fork", force=True)
    process._Popen(process)
    assert [context.SpawnProcess, context.ForkProcess] == started


def test_the_number_of_processors(monkeypatch):
    assert os.cpu_count() == reference.cpu_count()
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    with pytest.raises(NotImplementedError, match="processors"):
        reference.cpu_count()


def test_the_reducer_can_be_replaced():
    fork = reference.get_context("fork")
    assert reduction is fork.reducer
    try:
        fork.reducer = reduction.AbstractReducer
        assert reduction.AbstractReducer is reference.get_context("spawn").reducer
    finally:
        fork.reducer = None
    assert reduction is fork.reducer


def test_exceptions_are_the_packages_own():
    for name in ("ProcessError", "BufferTooShort", "TimeoutError", "AuthenticationError"):
        assert getattr(reference, name) is getattr(reference.get_context("fork"), name) is getattr(context, name)
