"""Beyond the manual: strange programs, directories and signals, that stop nobody and leave nothing behind."""

import importlib
import os
import signal
import stat

from conformance.clocks import eventually
from conformance.gates import Mailbox, new_path
from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call, open_descriptors, running
from conformance.specs.deeds import answer_of_child, nothing

PATIENCE = 3.0
"""As for deaths: seconds, unscaled."""


def swallow(data):
    pass


@requirement("spawn.child-ends-before-reading", methods=("spawn",))
def test_start_returns_when_the_child_ends_before_it_reads_its_arguments(mp):
    """An interpreter that ends at once, and arguments that no pipe holds, do not block start()."""
    first = mp.Process(target=nothing)  # Helpers that live on begin with a proper interpreter.
    first.start()
    first.join()
    program = new_path("no-python")
    with open(program, "w") as file:
        file.write("#!/bin/sh\nexit 3\n")
    os.chmod(program, stat.S_IRWXU)
    mp.set_executable(program)
    child = mp.Process(target=swallow, args=(bytes(8 << 20),))
    start = Call(child.start)
    eventually(start.returned, "the end of start()", PATIENCE)
    try:
        start.result()
    except OSError:
        return  # It may also say so by an exception.
    child.join()
    assert 3 == child.exitcode, "exitcode"


@requirement("queue.close.unused", methods=("fork",))
def test_queue_closed_unused_gives_its_descriptors_back(mp):
    """close() of a queue into which this process has put nothing leaves no descriptor open."""
    kept = mp.Queue()  # What is loaded and opened once is so now.
    before = open_descriptors()
    queues = [mp.Queue() for _ in range(5)]
    for items in queues:
        items.close()
        items.join_thread()
    assert before == open_descriptors(), "open descriptors, with the queues closed"
    kept.close()


HIJACK = """
import os
open("hijacked", "w").close()
raise SystemExit(77)
"""

LOCAL = """
import os
import TARGET as mp

def answer(connection):
    connection.send("answer")

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    mine, theirs = context.Pipe()
    child = context.Process(target=answer, args=(theirs,))
    child.start()
    theirs.close()
    try:
        print(mine.recv())
    except EOFError:
        print("nothing")
    child.join()
    print(child.exitcode, os.path.exists("hijacked"))
"""


@requirement("spawn.current-directory", methods=("spawn", "forkserver"))
def test_child_does_not_import_from_the_current_directory(mp):
    """A file in the current directory that bears the package's name is not taken for the package by children."""
    with open(mp.name.partition(".")[0] + ".py", "w") as file:
        file.write(HIJACK)
    done = mp.script(LOCAL, name=os.path.join("elsewhere", "program.py"))
    assert "answer\n0 False\n" == done.stdout, "what the child answers, its exitcode, and whether the file was run"


def set_in_handler(event, box):
    signal.signal(signal.SIGALRM, lambda *_: event.set())
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    box.post(event.wait(LONG))


@requirement("event.set.signal-handler", methods=("fork",))
def test_event_may_be_set_by_a_signal_handler_of_the_waiter(mp):
    """A handler that interrupts wait() may set the event, and wait() returns True."""
    event, box = mp.Event(), Mailbox()
    with running(mp, set_in_handler, args=(event, box)):
        assert True is box.first(PATIENCE), "what wait() returned"


DEEP = """
import os, sys
import TARGET as mp

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    child = context.Process(target=os.getpid)
    child.start()
    child.join()
    from TARGET.connection import Listener
    Listener(family="AF_UNIX").close()
    print(child.exitcode)
"""


@requirement("util.long-temp-dir", methods=("fork", "forkserver"))
def test_sockets_find_a_place_though_the_temporary_directory_lies_deep(mp):
    """A temporary directory whose path is longer than a socket's may be keeps no server and no listener from work."""
    deep = os.path.abspath(os.path.join("d" * 60, "e" * 60))
    os.makedirs(deep)
    done = mp.script(DEEP, env={"TMPDIR": deep})
    assert "0\n" == done.stdout, "exitcode of a child; stderr: " + done.stderr[-300:]


KILLED = """
import os, signal, sys
import TARGET as mp

def wait(locks):
    os.kill(os.getppid(), signal.SIGUSR1)
    signal.pause()

if __name__ == "__main__":
    os.setpgid(0, 0)
    signal.signal(signal.SIGUSR1, lambda *_: os.killpg(0, signal.SIGKILL))
    context = mp.get_context("METHOD")
    locks = [context.Lock(), context.Condition(), context.Barrier(2)]
    child = context.Process(target=wait, args=(locks,))
    child.start()
    while True:
        signal.pause()
"""


def names():
    return set(os.listdir("/dev/shm"))


@requirement("resource-tracker.family-killed", methods=("fork", "spawn"))
def test_nothing_stays_when_the_whole_family_is_killed(mp):
    """SIGKILL to all processes of a program at once leaves nothing behind of what synchronised them."""
    before = names()
    mp.script(KILLED, family=True)
    eventually(lambda: not names() - before, "the removal of what was shared", PATIENCE)


LATE = """
import atexit
import TARGET as mp

def make():
    global lock
    lock = mp.get_context("METHOD").Lock()
    print("made")

if __name__ == "__main__":
    atexit.register(make)
"""


@requirement("resource-tracker.lock-at-exit", methods=("spawn", "forkserver"))
def test_a_lock_made_at_exit_is_not_said_to_have_leaked(mp):
    """A program that makes its only lock when it ends, and keeps it, is warned of nothing: it was no leak."""
    done = mp.script(LATE, family=True)
    assert ("made\n", "") == (done.stdout, done.stderr), "(output, errors)"


@requirement("forkserver.out-of-descriptors")
def test_fork_server_without_descriptors_says_so_and_serves_on(mp):
    """While its server can open nothing more, start() raises OSError or EOFError; then the same one serves again."""
    resource = importlib.import_module("resource")
    server = answer_of_child(mp, os.getppid)
    usual = resource.prlimit(server, resource.RLIMIT_NOFILE)
    for limit in (3, 8):
        resource.prlimit(server, resource.RLIMIT_NOFILE, (limit, usual[1]))
        try:
            with mp.raises(OSError, EOFError):
                Call(mp.Process(target=nothing).start).result()
        finally:
            resource.prlimit(server, resource.RLIMIT_NOFILE, usual)
    assert server == answer_of_child(mp, os.getppid), "the parent of the next child"
