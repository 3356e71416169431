"""What a child finds when it begins, and what is done for it when its target has returned."""

import atexit
import io
import os
import random
import sys
import threading
import types

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import running
from conformance.specs.deeds import answer_of_child, captured, exitcode_of, nothing, tell


def read_stdin():
    return sys.stdin.read()


@requirement("process.child.stdin-devnull")
def test_child_reads_end_of_file_from_stdin(mp):
    """A child has nothing on sys.stdin, even if its parent has."""
    with open("input", "w+") as file:
        file.write("for the parent\n")
        file.flush()
        file.seek(0)
        os.dup2(file.fileno(), 0)
    assert "" == answer_of_child(mp, read_stdin), "what a child read from sys.stdin"


class Unclosable:
    """A standard input that cannot be closed."""

    def close(self):
        raise OSError("cannot be closed")


@requirement("process.child.stdin-none")
def test_child_starts_without_stdin(mp):
    """sys.stdin may be None, closed, without its buffer, or refuse to be closed."""
    saved, exitcodes = sys.stdin, []
    closed, detached = io.StringIO(), io.TextIOWrapper(io.BytesIO())
    closed.close()
    detached.detach()
    try:
        for stream in (None, closed, detached, Unclosable()):
            sys.stdin = stream
            exitcodes.append(exitcode_of(mp, nothing))
    finally:
        sys.stdin = saved
    assert [0] * 4 == exitcodes, "exitcodes with sys.stdin None, closed, detached, and one that cannot be closed"


def leave_thread(box, gate, daemon):
    def work():
        try:
            gate.wait()
        finally:
            box.post("thread ended")

    threading.Thread(target=work, daemon=daemon).start()


@requirement("process.child.nondaemon-threads-joined")
def test_child_waits_for_its_threads(mp):
    """A child does not end before its non-daemon threads have."""
    box, gate = Mailbox(), Gate()
    child = mp.Process(target=leave_thread, args=(box, gate, False))
    child.start()
    never(lambda: not child.is_alive(), "the end of the child before that of its thread")
    gate.open()
    child.join()
    assert ["thread ended"] == box.letters(), "what the thread had posted when the child had ended"


def leave_thread_and_fail(box, gate):
    leave_thread(box, gate, False)
    raise ValueError("raised on purpose")


@requirement("process.child.nondaemon-threads-joined")
def test_child_that_failed_waits_for_its_threads(mp):
    """So does a child whose target raised."""
    box, gate = Mailbox(), Gate()
    with captured(2) as stderr:
        child = mp.Process(target=leave_thread_and_fail, args=(box, gate))
        child.start()
        eventually(lambda: "raised on purpose" in stderr(), "the telling of the exception")
        never(lambda: not child.is_alive(), "the end of the child before that of its thread")
        gate.open()
        child.join()
    assert (1, ["thread ended"]) == (child.exitcode, box.letters()), "(exitcode, what the thread had posted)"


def leave_thread_to_write(box, gate):
    sys.stdout = open(1, "w", closefd=False)

    def work():
        gate.wait()
        sys.stdout.write("written late")

    threading.Thread(target=work).start()
    box.post("leaving")


@requirement("process.child.nondaemon-threads-joined")
def test_child_flushes_what_its_threads_write_at_last(mp):
    """What a thread writes after the target has returned gets out, too."""
    box, gate = Mailbox(), Gate()
    with captured(1) as text:
        child = mp.Process(target=leave_thread_to_write, args=(box, gate))
        child.start()
        box.wait()
        never(lambda: not child.is_alive(), "the end of the child before that of its thread", glance=0.05)
        gate.open()
        child.join()
        assert "written late" == text(), "what was written by the thread"


@requirement("process.child.daemon-threads-dropped")
def test_child_does_not_wait_for_daemon_threads(mp):
    """Daemon threads go down with the child."""
    box = Mailbox()
    exitcode = exitcode_of(mp, leave_thread, box, Gate(), True)
    assert ([], 0) == (box.letters(), exitcode), "(what the thread posted, exitcode)"


def write_half_lines(error=None):
    # Streams that hold back what they get, whatever the environment says of buffering.
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)
    sys.stdout.write("half a line")
    sys.stderr.write("half an error")
    if error is not None:
        raise error


@requirement("process.child.streams-flushed")
def test_child_flushes_its_streams(mp):
    """What the target wrote and did not flush gets out, also if it then fails."""
    with captured(1, 2) as text:
        exitcodes = [exitcode_of(mp, write_half_lines, error) for error in (None, ValueError("raised on purpose"))]
        counts = (text().count("half a line"), text().count("half an error"))
    assert ([0, 1], 2, 2) == (exitcodes, *counts), "(exitcodes, texts on stdout, texts on stderr)"


def lose_streams(lost, closed):
    setattr(sys, lost, None)
    # A file: flushing a StringIO that is closed is no error.
    stream = open(os.devnull, "w")
    stream.close()
    setattr(sys, closed, stream)


@requirement("process.child.flush-error-tolerated")
def test_child_may_lose_its_streams(mp):
    """A child that ends with one of sys.stdout and sys.stderr None and the other closed keeps its exit code."""
    pairs = [("stdout", "stderr"), ("stderr", "stdout")]
    exitcodes = [exitcode_of(mp, lose_streams, lost, closed) for lost, closed in pairs]
    assert [0, 0] == exitcodes, "exitcodes with (sys.stdout None, sys.stderr closed), and the other way round"


def describe_main_thread():
    main = threading.main_thread()
    return threading.current_thread() is main, main.native_id == threading.get_native_id()


@requirement("process.child.main-thread")
def test_child_runs_its_target_in_its_main_thread(mp):
    """The thread that runs the target is the main thread, under its true native id."""
    seen = answer_of_child(mp, describe_main_thread)
    assert (True, True) == seen, "(is it the main thread, has that the native id of the running one)"


def register_finalizer(mp, box, code):
    mp.module("util").Finalize(None, box.post, args=("finalized {}".format(code),), exitpriority=10)
    sys.exit(code)


@requirement("process.child.finalizers-run", needs=("util.Finalize",))
def test_child_runs_its_finalizers(mp):
    """Finalizers that the child registered run at its end, be that a good one or not."""
    box = Mailbox()
    exitcodes = [exitcode_of(mp, register_finalizer, mp, box, code) for code in (0, 3)]
    assert ["finalized 0", "finalized 3"] == box.letters(), "what the finalizers posted"
    assert [0, 3] == exitcodes, "exitcodes of the children"


FINALIZER_OF_MAIN = """
import TARGET
import TARGET.util

if __name__ != "__main__":
    TARGET.util.Finalize(None, print, args=("finalized",), exitpriority=10)

if __name__ == "__main__":
    child = TARGET.get_context("METHOD").Process(target=print, args=("ran",))
    child.start()
    child.join()
"""


@requirement("process.child.import-finalizers", needs=("util.Finalize",))
def test_spawned_child_runs_finalizers_of_what_it_imports(mp):
    """What its main module registers on import is the child's own, and runs at its end."""
    done = mp.script(FINALIZER_OF_MAIN)
    assert "ran\nfinalized\n" == done.stdout, done


def wait_and_post(box, gate):
    gate.wait()
    box.post("child")


def end_in_order(mp, box, gate):
    def early():
        box.post("early")
        gate.open()

    util = mp.module("util")
    util.Finalize(None, early, exitpriority=0)
    util.Finalize(None, box.post, args=("late",), exitpriority=-1)
    mp.Process(target=wait_and_post, args=(box, gate)).start()


@requirement("process.child.exit-order", needs=("util.Finalize",))
def test_child_waits_for_its_children_between_its_finalizers(mp):
    """Those of priority zero and more run before its own children are waited for, the others after that."""
    box = Mailbox()
    with running(mp, end_in_order, args=(mp, box, Gate())) as child:
        box.wait(3)
        child.join()
    assert ["early", "child", "late"] == box.letters(), "what was done at the end, in this order"


def register_exit_handler(box):
    atexit.register(box.post, "exit handler")


@requirement("process.child.atexit-run")
def test_child_runs_its_exit_handlers(mp):
    """What the child registered with atexit runs when its target has returned."""
    box = Mailbox()
    exitcode_of(mp, register_exit_handler, box)
    assert ["exit handler"] == box.letters(), "what the exit handler posted"


@requirement("process.child.atexit-run-spawn")
def test_spawned_child_runs_its_exit_handlers(mp):
    """A spawned child ends as an interpreter does: its exit handlers run."""
    box = Mailbox()
    exitcode_of(mp, register_exit_handler, box)
    assert ["exit handler"] == box.letters(), "what the exit handler posted"


def register_exit_handler_and_raise(box, error):
    register_exit_handler(box)
    raise error


def check_exit_handlers_after_errors(mp):
    box = Mailbox()
    with captured(2):
        exitcodes = [
            exitcode_of(mp, register_exit_handler_and_raise, box, error)
            for error in (ValueError("raised on purpose"), SystemExit(7))
        ]
    assert ([1, 7], ["exit handler"] * 2) == (exitcodes, box.letters()), "(exitcodes, what the exit handlers posted)"


@requirement("process.child.atexit-run")
def test_child_runs_its_exit_handlers_though_its_target_raised(mp):
    """They run also if the target failed, or left by sys.exit."""
    check_exit_handlers_after_errors(mp)


@requirement("process.child.atexit-run-spawn")
def test_spawned_child_runs_its_exit_handlers_though_its_target_raised(mp):
    """So they do in a spawned child."""
    check_exit_handlers_after_errors(mp)


@requirement("process.child.parent-atexit-not-run")
def test_child_does_not_run_exit_handlers_of_its_parent(mp):
    """Exit handlers belong to the process that registered them."""
    box = Mailbox()
    atexit.register(box.post, "exit handler of the parent")
    try:
        exitcode_of(mp, nothing)
    finally:
        atexit.unregister(box.post)
    assert [] == box.letters(), "what the exit handler posted in the child"


def draw():
    return random.random()


@requirement("process.random.reseeded")
def test_random_is_reseeded_in_every_child(mp):
    """The random module goes different ways in the parent and in each of its children."""
    random.seed(1)
    box = Mailbox()
    children = [mp.Process(target=tell, args=(box, draw)) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    values = [random.random(), *box.letters()]
    assert 3 == len(set(values)), "different values among {}".format(values)


@requirement("process.random.numpy-untouched")
def test_random_generator_of_numpy_is_left_alone(mp):
    """Only the random module is reseeded: a program that uses numpy's generator has to see to it itself."""
    touched = []

    class Tripwire(types.ModuleType):
        __file__ = None  # which is asked of every module by what measures coverage

        def __getattr__(self, name):
            touched.append(name)
            raise AttributeError(name)

    sys.modules["numpy"], sys.modules["numpy.random"] = Tripwire("numpy"), Tripwire("numpy.random")
    touched_in_child = answer_of_child(mp, lambda: touched)
    assert [] == touched_in_child, "attributes of numpy that somebody asked for in the child"
