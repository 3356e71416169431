"""How the resource tracker is launched: its streams and options, who needs it meanwhile, and what if it cannot be."""

import io
import os
import signal
import sys

from conformance.clocks import eventually
from conformance.gates import new_path
from conformance.requirement import requirement
from conformance.specs.aids import Call, open_descriptors
from conformance.specs.kin import trackers_of

# These specs start no child: one start method stands for all.
ALONE = ("spawn",)

REGISTERS = """
import sys
from TARGET import resource_tracker
resource_tracker.register(sys.argv[1], "semaphore")
"""


class Meddler(io.StringIO):
    """A standard error that calls `need` when it is asked for its descriptor, as a finalizer may at any time."""

    def __init__(self, need):
        super().__init__()
        self._needs = [need]

    def fileno(self):
        if self._needs:
            self._needs.pop()()
        return 2


def semaphore():
    """A new semaphore, in the way in which Linux keeps it: its name and its path."""
    name = os.path.basename(new_path("resource"))
    path = "/dev/shm/sem." + name
    with open(path, "w"):
        return "/" + name, path


@requirement("resource-tracker.no-streams", methods=ALONE)
def test_resource_tracker_works_without_standard_streams(mp):
    """It does not inherit standard input and output, and there is no sys.stderr: it works like any other."""
    room = mp.module("resource_tracker")
    for number in (0, 1):
        os.set_inheritable(number, False)
    sys.stderr = None
    try:
        room.ensure_running()
    finally:
        sys.stderr = sys.__stderr__
    name, path = semaphore()
    room.register(name, "semaphore")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, room.getfd())
    os.close(null)
    eventually(lambda: not os.path.exists(path), "the removal of the semaphore")


@requirement("resource-tracker.options", methods=ALONE)
def test_resource_tracker_heeds_the_warning_options_of_the_program(mp):
    """Run with -W ignore it says nothing, with -W error it still removes what is left."""
    for option in ("default", "ignore", "error"):
        name, path = semaphore()
        done = mp.script(REGISTERS, flags=["-W", option], args=[name], family=True)
        assert False is os.path.exists(path), f"whether the semaphore is left behind with -W {option}"
        if option != "error":
            assert (option == "default") is ("1 leaked semaphore" in done.stderr), f"-W {option}: {done.stderr}"


@requirement("resource-tracker.launch-fails", methods=ALONE)
def test_resource_tracker_that_cannot_be_launched_is_launched_later(mp):
    """Who needs it gets the error, nothing stays open, no signal blocked, and the next one to need it has it."""
    room, executable = mp.module("resource_tracker"), mp.module("spawn").get_executable()
    before = open_descriptors()
    mp.set_executable("no\0program")
    try:
        with mp.raises(ValueError, OSError):
            room.ensure_running()
    finally:
        mp.set_executable(executable)
    assert before == open_descriptors(), "open descriptors"
    assert set() == set(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "signals that are blocked"
    room.ensure_running()
    eventually(lambda: trackers_of(os.getpid()), "the start of a tracker")


@requirement("resource-tracker.reentrant", methods=ALONE)
def test_resource_tracker_that_is_needed_while_it_is_launched_is_launched_once(mp):
    """A finalizer that needs it in the midst of its launch neither waits for ever nor gets another."""
    room = mp.module("resource_tracker")
    previous, sys.stderr = sys.stderr, Meddler(lambda: room.unregister("/a-name", "semaphore"))
    try:
        Call(room.ensure_running).result()
    finally:
        sys.stderr = previous
    eventually(lambda: 1 == len(trackers_of(os.getpid())), "that there is one tracker")


@requirement("resource-tracker.getfd", methods=ALONE)
def test_resource_tracker_getfd_starts_it(mp):
    """getfd() gives the descriptor that leads to the tracker, the same each time, and starts it if it does not run."""
    room = mp.module("resource_tracker")
    descriptor = room.getfd()
    assert int is type(descriptor), "type of the descriptor"
    os.fstat(descriptor)
    eventually(lambda: 1 == len(trackers_of(os.getpid())), "that there is one tracker")
    room.ensure_running()
    assert descriptor == room.getfd(), "the descriptor at a second call"
