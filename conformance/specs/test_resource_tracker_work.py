"""The resource tracker at its work: what it cleans away at the end, what it outlives, and what it says."""

import contextlib
import os
import select
import signal
import warnings

from conformance.clocks import eventually
from conformance.gates import Gate, new_path
from conformance.requirement import requirement
from conformance.specs.deeds import captured
from conformance.specs.kin import trackers_of

# These specs start no child: one start method stands for all.
ALONE = ("spawn",)
FATAL = (signal.SIGINT, signal.SIGTERM)


def start(mp):
    """The tracker's room, and the pid of the tracker."""
    room = mp.module("resource_tracker")
    room.ensure_running()
    return room, eventually(lambda: trackers_of(os.getpid()), "the start of a tracker")[0]


def status_of(pid):
    """The status with which a child of this process has ended, in a list; [] while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    return [status] if done else []


def let_go(room, pid):
    """Close this process's way to the tracker, as its end would do; give the status with which the tracker ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    # Replaced, not closed: the number is still the target's.
    os.dup2(null, room.getfd())
    os.close(null)
    return eventually(lambda: status_of(pid), "the end of the tracker")[0]


def make(rtype):
    """A new semaphore or shared memory block, in the way in which Linux keeps both: its name and its path."""
    name = os.path.basename(new_path("resource"))
    path = "/dev/shm/" + {"semaphore": "sem.", "shared_memory": ""}[rtype] + name
    with open(path, "w"):
        return "/" + name, path


@requirement("resource-tracker.unlinks", methods=ALONE)
def test_resource_tracker_removes_what_is_left(mp):
    """Each resource of each type is removed, even if another cannot be; a warning counts those of a type."""
    with captured(2) as text:
        room, pid = start(mp)
        paths = []
        for rtype in ["semaphore"] * 5 + ["shared_memory"] * 2:
            name, path = make(rtype)
            room.register(name, rtype)
            paths.append(path)
        os.unlink(paths[2])
        let_go(room, pid)
        said = text()
    assert [False] * 7 == [os.path.exists(path) for path in paths], "whether each is still there"
    assert "There appear to be 5 leaked semaphore objects to clean up at shutdown" in said, said
    assert "There appear to be 2 leaked shared_memory objects to clean up at shutdown" in said, said
    assert "No such file" in said, said


@requirement("resource-tracker.unregister", methods=ALONE)
def test_resource_tracker_leaves_alone_what_was_given_back(mp):
    """What was registered, once or twice, and unregistered is neither removed nor spoken of."""
    with captured(2) as text:
        room, pid = start(mp)
        name, path = make("semaphore")
        for change in (room.register, room.register, room.unregister):
            change(name, "semaphore")
        let_go(room, pid)
        said = text()
    assert os.path.exists(path), "it has been removed"
    os.unlink(path)
    assert "" == said, "text on standard error"


@requirement("resource-tracker.unregister", methods=ALONE)
def test_resource_tracker_forgets_only_what_was_given_back(mp):
    """What else is registered, of the same type and of another, is still removed."""
    with captured(2) as text:
        room, pid = start(mp)
        resources = [(*make(rtype), rtype) for rtype in ("semaphore", "semaphore", "shared_memory")]
        for name, _path, rtype in resources:
            room.register(name, rtype)
        room.unregister(resources[0][0], "semaphore")
        let_go(room, pid)
        said = text()
    assert [True, False, False] == [os.path.exists(path) for _, path, _ in resources], "whether each is still there"
    os.unlink(resources[0][1])
    assert "1 leaked semaphore" in said, said


@requirement("resource-tracker.exit-code", methods=ALONE)
def test_resource_tracker_exits_with_0_if_nothing_is_left(mp):
    """Nothing was registered that has not been given back."""
    room, pid = start(mp)
    room.register("/given-back", "semaphore")
    room.unregister("/given-back", "semaphore")
    assert 0 == let_go(room, pid), "status"


@requirement("resource-tracker.exit-code", methods=ALONE)
def test_resource_tracker_exits_with_another_code_if_something_is_left(mp):
    """It ends by itself, and its code tells."""
    room, pid = start(mp)
    room.register(make("semaphore")[0], "semaphore")
    status = let_go(room, pid)
    assert os.WIFEXITED(status), status
    assert 0 != os.WEXITSTATUS(status), "exit code"


@requirement("resource-tracker.exit-code", methods=ALONE)
def test_resource_tracker_exits_with_another_code_if_something_cannot_be_removed(mp):
    """A name behind which there is nothing counts as something left."""
    room, pid = start(mp)
    room.register("/nothing-of-this-name", "semaphore")
    assert 0 != os.WEXITSTATUS(let_go(room, pid)), "exit code"


@requirement("resource-tracker.nonsense", methods=ALONE)
def test_resource_tracker_does_its_work_after_a_registration_that_makes_no_sense(mp):
    """An unknown type of resource is refused at once, or else passed over."""
    room, pid = start(mp)
    with contextlib.suppress(Exception):
        room.register("/a-name", "no such type")
    name, path = make("semaphore")
    room.register(name, "semaphore")
    let_go(room, pid)
    assert not os.path.exists(path), "the semaphore has not been removed"


@requirement("resource-tracker.leaked-shm", methods=ALONE)
def test_resource_tracker_removes_a_shared_memory_block(mp):
    """A block of the system's that was registered cannot be opened afterwards."""
    import _posixshmem

    room, pid = start(mp)
    name = "/" + os.path.basename(new_path("s"))[-20:]
    os.close(_posixshmem.shm_open(name, flags=os.O_CREAT | os.O_RDWR, mode=0o600))
    room.register(name, "shared_memory")
    let_go(room, pid)
    with mp.raises(FileNotFoundError):
        _posixshmem.shm_open(name, flags=os.O_RDWR, mode=0o600)


@requirement("resource-tracker.output", methods=ALONE)
def test_resource_tracker_lets_go_of_the_standard_output(mp):
    """Whoever reads a program's output until its end does not wait for the end of the tracker."""
    own = os.dup(1)
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(writer)
    try:
        room, pid = start(mp)
    finally:
        os.dup2(own, 1)
        os.close(own)
    try:
        eventually(lambda: select.select([reader], [], [], 0)[0], "the end of the output")
        assert b"" == os.read(reader, 1), "what came of it"
        assert [] == status_of(pid), "the status with which the tracker has ended"
    finally:
        os.close(reader)
        let_go(room, pid)


@requirement("resource-tracker.odd-names", methods=ALONE)
def test_resource_tracker_takes_any_name(mp):
    """Colons and newlines in a name are nothing special."""
    with captured(2) as text:
        room, pid = start(mp)
        name, path = make("shared_memory")
        for odd in (":a:b", "\na"):
            os.link(path, path + odd)
            room.register(name + odd, "shared_memory")
        os.unlink(path)
        let_go(room, pid)
        said = text()
    assert [] == [odd for odd in (":a:b", "\na") if os.path.exists(path + odd)], "what is still there"
    assert "Traceback" not in said, said


@requirement("resource-tracker.survives-signals", methods=ALONE)
def test_resource_tracker_survives_signals(mp):
    """SIGINT and SIGTERM, which go to the whole process group at any time, do not keep it from its work."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    for number in FATAL:
        signal.signal(number, lambda number, frame: None)
    with captured(2) as text:
        mp.module("resource_tracker").ensure_running()
        # It is just beginning: from the first moment on they must not end it.
        for number in FATAL:
            os.kill(0, number)
        with warnings.catch_warnings():
            # It would be told of if another one had to be started.
            warnings.simplefilter("error")
            room, pid = start(mp)
        for number in FATAL:
            os.kill(pid, number)
        name = make("semaphore")[0]
        room.register(name, "semaphore")
        status = let_go(room, pid)
        said = text()
    assert os.WIFEXITED(status), "status {}".format(status)
    assert "1 leaked semaphore" in said, said
    assert "Interrupt" not in said, said


KILLED = """
import os, signal
import TARGET as mp
lock = mp.get_context("METHOD").Lock()
os.kill(os.getpid(), signal.SIGKILL)
"""


@requirement("resource-tracker.leaked-semaphore", methods=("spawn", "forkserver"))
def test_resource_tracker_removes_the_semaphore_of_a_killed_process(mp):
    """The name is unlinked, and a warning counts it."""
    done = mp.script(KILLED, family=True)
    assert -signal.SIGKILL == done.returncode, done
    assert "1 leaked semaphore" in done.stderr, done


@requirement("resource-tracker.raw-fork", methods=ALONE)
def test_resource_tracker_ends_though_a_forked_process_lives(mp):
    """A process that was forked by the system's own call does not keep it."""
    room, pid = start(mp)
    gate = Gate()
    forked = os.fork()
    if forked == 0:
        gate.wait()
        os._exit(0)
    try:
        let_go(room, pid)
    finally:
        gate.open()
        os.waitpid(forked, 0)
