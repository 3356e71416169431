"""Process objects: what they refuse, what they show, and how they see their launcher. No process is started here."""

import os
import pickle

import pytest

from reference import authkey, context, exitcodes, process, spawning


class Launched:
    """A launcher whose child ends when told."""

    pid = 4711
    sentinel = 99
    prompt = False
    lost = False
    closed = False

    def __init__(self):
        self.returncode = None

    def poll(self):
        return self.returncode

    def wait(self, timeout=None):
        return self.returncode

    def close(self):
        self.closed = True


@pytest.fixture
def started():
    class Started(process.BaseProcess):
        @staticmethod
        def _Popen(process_obj):
            return Launched()

    it = Started(name="it")
    it.start()
    yield it
    process._children.discard(it)


def test_without_a_start_method_it_cannot_start():
    with pytest.raises(NotImplementedError, match="context"):
        process.BaseProcess().start()


def test_a_group_is_refused():
    with pytest.raises(AssertionError, match="group"):
        process.BaseProcess(group=1)


def test_arguments_are_copied():
    args, kwargs = [1], {"a": 1}
    it = process.BaseProcess(target=print, args=args, kwargs=kwargs)
    args.append(2)
    kwargs["b"] = 2
    assert ((1,), {"a": 1}) == (it._args, it._kwargs)


def test_default_names_count_the_children_of_each_ancestor(monkeypatch):
    monkeypatch.setattr(process, "_process_counter", iter([7]))
    parent = process.BaseProcess()
    assert "BaseProcess-7" == parent.name
    monkeypatch.setattr(process, "_process_counter", iter([1]))
    monkeypatch.setattr(process, "_current_process", parent)
    assert "BaseProcess-7:1" == process.BaseProcess().name


@pytest.mark.parametrize("verb", ["terminate", "kill", "interrupt"])
def test_what_was_not_started_cannot_be_signalled(verb):
    with pytest.raises(AttributeError, match="not been started"):
        getattr(process.BaseProcess(), verb)()


def test_before_the_start():
    it = process.BaseProcess()
    assert (None, None, None, False) == (it.pid, it.ident, it.exitcode, it.is_alive())
    with pytest.raises(ValueError, match="not been started"):
        it.sentinel  # noqa: B018 - the access itself is tried
    with pytest.raises(AssertionError, match="started"):
        it.join()


def test_once_started(started):
    assert (4711, 99, None, True) == (started.pid, started.sentinel, started.exitcode, started.is_alive())
    assert not hasattr(started, "_target")
    assert started in process.active_children()
    with pytest.raises(AssertionError, match="twice"):
        started.start()
    with pytest.raises(AssertionError, match="started"):
        started.daemon = True
    with pytest.raises(ValueError, match="running"):
        started.close()


def test_once_ended(started):
    started._popen.returncode = 3
    assert (3, False) == (started.exitcode, started.is_alive())
    assert started not in process.active_children()


def test_once_ended_with_its_status_lost(started):
    started._popen.lost = True
    assert (None, False) == (started.exitcode, started.is_alive())
    started.join()
    assert started not in process.active_children()


def test_the_launcher_of_others_need_not_know_all_that_ours_do(monkeypatch):
    class Theirs(process.BaseProcess):
        @staticmethod
        def _Popen(process_obj):
            return Launched()

    for name in ("lost", "prompt"):
        monkeypatch.delattr(Launched, name)
    it = Theirs()
    it.start()
    assert it.is_alive()
    assert [it] == process.active_children()
    it._popen.returncode = 3
    assert ([], 3) == (process.active_children(), it.exitcode)


def test_once_closed(started):
    popen = started._popen
    popen.returncode = 0
    started.close()
    started.close()
    assert popen.closed
    for use in ("start", "join", "is_alive", "terminate", "kill", "interrupt"):
        with pytest.raises(ValueError, match="closed"):
            getattr(started, use)()
    for attribute in ("exitcode", "pid", "ident", "sentinel"):
        with pytest.raises(ValueError, match="closed"):
            getattr(started, attribute)
    assert ("it", False) == (started.name, started.daemon)


def test_elsewhere_it_cannot_be_asked(started, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: -1)
    for use in ("join", "is_alive"):
        with pytest.raises(AssertionError, match="child process"):
            getattr(started, use)()
    assert "unknown" in repr(started)


def test_representations(started):
    here = os.getpid()
    assert f"<BaseProcess name='new' parent={here} initial daemon>" == repr(
        process.BaseProcess(name="new", daemon=True)
    )
    assert f"<Started name='it' pid=4711 parent={here} started>" == repr(started)
    started._popen.returncode = -15
    assert f"<Started name='it' pid=4711 parent={here} stopped exitcode=-SIGTERM>" == repr(started)
    started.close()
    assert f"<Started name='it' parent={here} closed>" == repr(started)


@pytest.mark.parametrize(("code", "text"), [(0, "0"), (7, "7"), (-9, "-SIGKILL"), (-999, "-999")])
def test_exit_codes_in_words(code, text):
    assert text == exitcodes.in_words(code)


@pytest.mark.parametrize(
    ("argument", "code", "said"),
    [(None, 0, ""), (0, 0, ""), (300, 300, ""), (True, 1, ""), ("why", 1, "why\n"), ((1, 2), 1, "(1, 2)\n")],
)
def test_exit_codes_that_were_asked_for(argument, code, said, capsys):
    assert (code, said) == (exitcodes.from_system_exit(SystemExit(argument)), capsys.readouterr().err)


def test_a_name_is_text():
    it = process.BaseProcess()
    with pytest.raises(AssertionError, match="int"):
        it.name = 7


def test_the_main_process_has_nothing_to_close():
    main = process._MainProcess()
    main.close()
    assert ("MainProcess", False, 32) == (main.name, main.daemon, len(main.authkey))


def test_a_daemonic_process_has_no_children(monkeypatch):
    monkeypatch.setitem(process.current_process()._config, "daemon", True)
    with pytest.raises(AssertionError, match="daemonic"):
        context.ForkProcess().start()


def test_a_key_neither_travels_nor_shows_itself():
    key = authkey.AuthenticationString(b"secret")
    with pytest.raises(TypeError, match="key"):
        pickle.dumps(key)
    with pytest.raises(TypeError, match="key"):
        pickle.dumps(process.BaseProcess())
    assert "secret" not in repr(key)


def test_a_key_travels_to_a_child():
    spawning.set_spawning_popen(Launched())
    try:
        sent = pickle.dumps(authkey.AuthenticationString(b"secret"))
    finally:
        spawning.set_spawning_popen(None)
    got = pickle.loads(sent)
    assert (b"secret", authkey.AuthenticationString) == (got, type(got))


def test_the_parent_object():
    reading, writing = os.pipe()
    parent = process._ParentProcess("p", 1, reading)
    try:
        assert (1, 1, None, False, True) == (
            parent.pid,
            parent.ident,
            parent.exitcode,
            parent.daemon,
            parent.is_alive(),
        )
        parent.join(0)
        os.close(writing)
        parent.join()
        assert not parent.is_alive()
    finally:
        os.close(reading)
