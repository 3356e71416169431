"""Small specs for the suite's own tests."""

import os
import signal
import sys
import time


def nothing():
    pass


def ignore_and_wait():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def test_one_child(mp):
    """A child can be started and joined."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    assert child.exitcode == 0, "exitcode of a child that did nothing"


def test_one_lock(mp):
    """A lock can be made."""
    mp.Lock()


def test_nothing(mp):
    """Nothing at all."""


def test_wrong(mp):
    """An expectation that is not met."""
    print("to stdout")
    print("to stderr", file=sys.stderr)
    assert 7 == 2 + 2, "the sum"


def test_raises(mp):
    """An error of no special kind."""
    raise LookupError("nowhere")


def test_absent(mp):
    """A name that no target has."""
    mp.NoSuchThing


class OddProcess:
    @property
    def exitcode(self):
        raise NotImplementedError


def test_not_implemented(mp):
    """A name behind which there is nothing."""
    OddProcess().exitcode


def test_kill_own_child(mp):
    """Every child is gone, killed or not, when it was joined."""
    child = mp.Process(target=ignore_and_wait)
    child.start()
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode == -signal.SIGKILL


def test_waits_for_ever(mp):
    """A child that never ends is joined."""
    child = mp.Process(target=ignore_and_wait)
    child.start()
    child.join()


def test_dispositions(mp):
    """Signals, descriptors and directories are those of a new program."""
    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)
    for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
        assert signal.getsignal(signum) == signal.SIG_DFL, signum
    assert set() == signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert os.listdir(".") == []
    assert os.listdir(os.environ["TMPDIR"]) == []
    assert sys.stdin.read() == ""
    assert os.getpid() == os.getsid(0)


def test_failing_with_a_stuck_child(mp):
    """A failure while a child never ends."""
    mp.Process(target=ignore_and_wait).start()
    assert 1 == 2, "after the start"


def test_uses_named_semaphores(mp):
    """Semaphores that travel to a child by name are made and dropped."""
    locks = [mp.Lock() for _ in range(20)]
    child = mp.Process(target=take, args=(locks,))
    child.start()
    child.join()
    assert child.exitcode == 0


def take(locks):
    for lock in locks:
        with lock:
            pass


def test_forked_by_a_stranger(mp):
    """The process that forked or executed this one is not the suite's warm interpreter."""
    with open("/proc/{}/cmdline".format(os.getppid())) as file:
        assert "nursery" not in file.read()


def test_caller(mp):
    """The caller's environment arrives."""
    assert "caller" == os.environ["SAMPLE_VARIABLE"]
    assert "CONFORMANCE_SCALE" in os.environ
    assert 60 > len(os.environ["TMPDIR"]), "room for the names of sockets"


def test_tampers(mp):
    """Whatever a cell does to its surroundings, no other cell sees it."""
    os.chmod(".", 0o500)
    os.chmod(os.environ["TMPDIR"], 0o555)
    os.mkdir(os.path.join(os.environ["CONFORMANCE_MEETING"], "deep"))
    os.environ["PATH"] = "/nowhere"
    os.umask(0o777)
    os.chdir("/")
    os.closerange(3, 1024)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def test_exits_by_system_exit(mp):
    """A spec that raises SystemExit has not passed."""
    sys.exit(0)


def leave_late():
    time.sleep(0.4)
    os.kill(os.getpid(), signal.SIGKILL)


def test_orphans_that_end_by_themselves(mp):
    """A child of a child that ends soon is nobody's leak."""
    child = mp.Process(target=beget)
    child.start()
    child.join()
    assert 0 == child.exitcode


def beget():
    if os.fork() == 0:
        leave_late()


def test_nothing_after_a_child(mp):
    """A child is started and joined, no more."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()


def test_lock_and_wait(mp):
    """A lock is made, and something never happens."""
    mp.Lock()
    while True:
        time.sleep(60)
