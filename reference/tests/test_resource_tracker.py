"""The tracker's bookkeeping without I/O, and the family's side of it with real trackers."""

import os
import signal
import subprocess
import sys
import warnings

import pytest

from reference import forking, helpers, inherited
from reference.resource_tracker import Ledger, ResourceTracker, encode


@pytest.fixture
def tracker():
    tracker = ResourceTracker()
    yield tracker
    tracker._stop()


def test_a_message_ends_with_nul_and_the_name_begins_with_one_slash():
    assert b"+:shared_memory:/abc\0" == encode("+", "abc", "shared_memory")
    assert encode("+", "abc", "semaphore") == encode("+", "//abc", "semaphore")


@pytest.mark.parametrize(
    ("name", "rtype", "reason"),
    [("a\0b", "dummy", "null"), ("a" * 499, "shared_memory", "too long"), ("a", "file", "unknown resource type")],
)
def test_names_that_cannot_be_tracked_are_refused(name, rtype, reason):
    with pytest.raises(ValueError, match=reason):
        encode("+", name, rtype)


def test_the_longest_name_fits_one_atomic_write():
    assert 512 == len(encode("+", "/" + "a" * (512 - len("+:semaphore:/\0")), "semaphore"))


def test_the_ledger_takes_pieces_of_any_size_and_any_legal_name():
    names = ["/a:b", "/x\ny", "/:", "/ü\udcff", "/trailing\n"]
    stream = b"".join(encode("+", name, "shared_memory") for name in names)
    ledger = Ledger()
    for byte in stream:
        assert [] == ledger.feed(bytes([byte]))
    assert [("shared_memory", names)] == list(ledger.leaked())


def test_giving_back_twice_or_the_unknown_is_no_complaint():
    ledger = Ledger()
    give_back = encode("-", "a", "semaphore")
    assert [] == ledger.feed(encode("+", "a", "semaphore") + give_back + give_back + encode("-", "b", "dummy"))
    assert [] == list(ledger.leaked())


def test_nonsense_is_reported_and_what_follows_still_counts():
    ledger = Ledger()
    assert ["nonsense", "*:dummy:a", "+:file:a"] == ledger.feed(b"nonsense\0*:dummy:a\0+:file:a\0+:dummy:kept\0")
    assert [("dummy", ["kept"])] == list(ledger.leaked())


@pytest.mark.parametrize(("give_back", "expected"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_whether_something_leaked(tracker, give_back, expected, capfd):
    tracker.register("somename", "dummy")
    if give_back:
        tracker.unregister("somename", "dummy")
    tracker._stop(wait_timeout=60)
    assert expected == tracker._exitcode
    assert expected == capfd.readouterr().err.count("There appear to be 1 leaked dummy objects")


def test_a_killed_tracker_is_replaced_with_a_warning(tracker):
    tracker.ensure_running()
    first = tracker._pid
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert not tracker._check_alive()
    with pytest.warns(UserWarning, match="resource_tracker: process died unexpectedly"):
        tracker.register("a", "dummy")
    assert first != tracker._pid
    tracker.unregister("a", "dummy")
    tracker._stop(wait_timeout=60)
    assert 0 == tracker._exitcode, "the name registered together with the relaunch was lost or kept"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_the_signals_that_end_programs_do_not_end_the_tracker(tracker, signum):
    tracker.ensure_running()
    os.kill(tracker._pid, signum)
    tracker._stop(wait_timeout=60)
    assert 0 == tracker._exitcode


def test_the_callers_signal_mask_is_left_as_it_was(tracker):
    before = signal.pthread_sigmask(signal.SIG_SETMASK, {signal.SIGINT, signal.SIGUSR1})
    try:
        tracker.ensure_running()
        assert {signal.SIGINT, signal.SIGUSR1} == signal.pthread_sigmask(signal.SIG_BLOCK, ())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.parametrize("ours", [True, False])
def test_only_the_familys_forks_keep_the_pipe(tracker, ours):
    fd = tracker.getfd()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = forking.fork() if ours else os.fork()
    if pid == 0:
        os._exit(0 if (tracker._fd == fd and tracker._pid is None) == ours else 1)
    assert 0 == os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_an_inherited_pipe_is_used_and_nothing_launched(tracker):
    heir = ResourceTracker(inherits=True)
    inherited.give_tracker_fd(os.dup(tracker.getfd()))
    heir.register("somename", "dummy")
    assert heir._pid is None
    heir._stop()
    tracker._stop(wait_timeout=60)
    assert 1 == tracker._exitcode, "the name that the heir registered did not reach the tracker"


def test_a_finalizer_amid_the_launch_neither_launches_nor_gets_lost(tracker, monkeypatch):
    launched = []

    def launch(*args, **kwargs):
        launched.append(launch_helper(*args, **kwargs))
        tracker.register("late", "dummy")
        tracker.ensure_running()
        return launched[-1]

    launch_helper = helpers.launch_helper
    monkeypatch.setattr(helpers, "launch_helper", launch)
    tracker.ensure_running()
    tracker._stop(wait_timeout=60)
    assert (1, 1) == (len(launched), tracker._exitcode)


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="destroys no globals at exit: the system collects it")
def test_the_tracker_has_ended_and_was_collected_when_its_program_has():
    # On a busy machine a tracker takes longer than programs are made to wait for it.
    program = (
        "from reference import resource_tracker as r; r.ensure_running(); print(r._resource_tracker._pid);"
        "r.ResourceTracker._stop.__defaults__ = (60.0,);"
        "import atexit; atexit.register(lambda: r.unregister('late', 'dummy')); r.register('late', 'dummy')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert not done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_warnings_as_errors_do_not_keep_the_tracker_from_its_work():
    program = "from reference import resource_tracker as r; r.register('leaked', 'dummy')"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "UserWarning: resource_tracker: There appear to be 1 leaked dummy objects" in done.stderr
