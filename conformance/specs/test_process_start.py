"""Process.start: a new process, once, by its creator; what is taken along and what is left behind."""

import contextlib
import errno
import os
import sys
import threading
import weakref

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Refusal, after_collection, open_descriptors, replaced, running
from conformance.specs.deeds import answer_of_child, exitcode_of, hold, nothing, refusal, report_and_hold, tell
from conformance.specs.kin import exists, is_running

HALF_LINES = """
import sys
import TARGET

if __name__ == "__main__":
    # Streams that hold back what they get, whatever the environment says of buffering.
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)
    sys.stdout.write("half a line ")
    sys.stderr.write("half an error ")
    child = TARGET.get_context("METHOD").Process(target=print, args=("child",))
    child.start()
    child.join()
"""


def refusals_of_start(mp):
    answers = []
    for daemon in (None, False):
        grandchild = mp.Process(target=nothing, daemon=daemon)
        answers.append(refusal(mp, AssertionError, grandchild.start))
        if answers[-1] == "no exception":
            grandchild.join()
    return answers


def is_in_main_thread():
    return threading.current_thread() is threading.main_thread()


class Deed:
    """A target or an argument that can be watched by a weak reference."""

    def __init__(self, gate):
        self.gate = gate

    def __call__(self, *args, **kwargs):
        self.gate.wait()


class Moody:
    """A value that refuses to be pickled while its mood is bad."""

    def __init__(self):
        self.bad_mood = True

    def __reduce__(self):
        if self.bad_mood:
            raise Refusal("in a bad mood")
        return Moody, ()


@requirement("process.start.separate-process")
def test_process_start_runs_the_target_in_another_process(mp):
    """The target sees another process id than the caller of start()."""
    assert os.getpid() != answer_of_child(mp, os.getpid), "os.getpid() in the child"


@requirement("process.start.returns-none")
def test_process_start_returns_none_without_waiting(mp):
    """start() comes back while the target still runs."""
    gate = Gate()
    child = mp.Process(target=hold, args=(gate,))
    returned = child.start()
    alive = child.is_alive()
    gate.open()
    child.join()
    assert None is returned, "what start() returned"
    assert True is alive, "is_alive() when start() had returned, the target being held at a gate"


@requirement("process.start.twice")
def test_process_start_twice_is_refused(mp):
    """A second start() fails, during the first run and after it, and runs nothing."""
    box, gate = Mailbox(), Gate()
    with running(mp, report_and_hold, args=(box, gate)) as child:
        with mp.misuse(AssertionError):
            child.start()
        gate.open()
        child.join()
        with mp.misuse(AssertionError):
            child.start()
    assert [child.pid] == box.letters(), "pids of those who ran the target"


@requirement("process.start.after-close", needs=("Process.close",))
def test_process_start_after_close_is_refused(mp):
    """A closed Process cannot be started."""
    child = mp.Process(target=nothing)
    child.close()
    with mp.raises(ValueError):
        child.start()


@requirement("process.start.foreign-creator")
def test_process_start_of_another_process_object_is_refused(mp):
    """Only the process that made the object may start it."""
    other = mp.Process(target=nothing)
    assert "AssertionError" == answer_of_child(mp, refusal, mp, AssertionError, other.start), "start() in a child"


@requirement("process.start.daemonic-parent")
def test_process_start_in_a_daemonic_process_is_refused(mp):
    """Daemonic processes may have no children, daemonic or not."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, refusals_of_start, mp), daemon=True)
    child.start()
    child.join()
    assert ["AssertionError"] * 2 == box.first(patience=0), "start() of a daemonic and of another grandchild"


@requirement("process.start.reaps-finished")
def test_process_start_reaps_a_finished_child(mp):
    """Starting the next child collects one that has ended and was never joined."""
    first, second = mp.Process(target=nothing), mp.Process(target=nothing)
    first.start()
    eventually(lambda: not is_running(first.pid), "the end of the first child")
    second.start()
    # Where a server is the parent, it reaps by itself.
    eventually(lambda: not exists(first.pid), "the reaping of the first child", patience=3.0)
    second.join()


@requirement("process.start.drops-target-refs")
def test_process_start_drops_target_and_arguments(mp):
    """Once started, the parent's object keeps neither target nor args nor kwargs alive."""
    gate = Gate()
    deeds = [Deed(gate), Deed(gate), Deed(gate)]
    watched = [weakref.ref(deed) for deed in deeds]
    child = mp.Process(target=deeds[0], args=(deeds[1],), kwargs={"keyword": deeds[2]})
    child.start()
    del deeds
    try:
        after_collection(lambda: [None] * 3 == [ref() for ref in watched], "the death of target and arguments")
    finally:
        gate.open()
        child.join()


@requirement("process.start.failure-leaves-unstarted")
def test_process_start_that_failed_leaves_the_process_unstarted(mp):
    """When the arguments cannot be pickled nothing has begun, and start() may be tried again."""
    argument = Moody()
    child = mp.Process(target=id, args=(argument,))
    with mp.raises(Refusal):
        child.start()
    state = (child.pid, child.exitcode, child.is_alive())
    assert (None, None, False) == state, "(pid, exitcode, is_alive()) after the failure"
    assert [] == mp.active_children(), "active children after the failure"
    argument.bad_mood = False
    child.start()
    child.join()
    assert 0 == child.exitcode, "exitcode after the second try"


@contextlib.contextmanager
def running_out_of_pipes(number):
    """Let the system refuse, for want of descriptors, the pipe that is asked for as that number."""
    real, asked = os.pipe, []

    def pipe():
        asked.append(number)
        if len(asked) == number:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real()

    with replaced(os, "pipe", pipe):
        yield


@requirement("process.start.failure-closes")
def test_process_start_that_lacks_descriptors_leaves_none_open(mp):
    """Whichever descriptor cannot be had, those that were opened for the child before are closed."""
    exitcode_of(mp, nothing)  # What is launched and loaded once is so now.
    before = open_descriptors()
    for number in range(1, 5):
        child = mp.Process(target=nothing)
        with running_out_of_pipes(number), contextlib.suppress(OSError):
            child.start()
        if child.pid:
            child.join()
    del child
    after_collection(lambda: before >= open_descriptors(), "the closing of what was opened for children")


@requirement("process.start.failure-closes")
def test_process_start_that_cannot_execute_leaves_nothing_open(mp):
    """A program that no system can execute costs no descriptor."""
    exitcode_of(mp, nothing)  # What is launched and loaded once is so now.
    before = open_descriptors()
    child = mp.Process(target=nothing)
    mp.set_executable("no such\0name")
    with contextlib.suppress(OSError, ValueError):
        child.start()
        child.join()
    del child
    after_collection(lambda: before >= open_descriptors(), "the closing of what was opened for the child")


@requirement("process.start.from-thread")
def test_process_start_from_a_thread_runs_the_main_thread_of_the_child(mp):
    """Whichever thread starts a child, the target runs in the child's main thread."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, is_in_main_thread))
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    child.join()
    assert True is box.first(patience=0), "whether the target ran in the main thread"


@requirement("process.start.flushes-std-streams")
def test_process_start_does_not_hand_buffered_output_to_the_child(mp):
    """What the parent has written but not flushed appears once, not once for each process."""
    done = mp.script(HALF_LINES)
    counts = (done.stdout.count("half a line"), done.stderr.count("half an error"))
    assert (1, 1) == counts, done


@requirement("process.start.closed-stdout")
def test_process_start_works_with_streams_closed_or_none(mp):
    """A parent that has one of sys.stdout and sys.stderr closed, and the other None, can start children."""
    saved, exitcodes = (sys.stdout, sys.stderr), []
    # A file: flushing a StringIO that is closed is no error.
    closed = open(os.devnull, "w")
    closed.close()
    try:
        for streams in ((closed, None), (None, closed)):
            sys.stdout, sys.stderr = streams
            exitcodes.append(exitcode_of(mp, nothing))
    finally:
        sys.stdout, sys.stderr = saved
    assert [0, 0] == exitcodes, "exitcodes of two children"


IN_NO_DIRECTORY = """
import os
os.mkdir("gone")
os.chdir("gone")
os.rmdir(os.path.join(os.pardir, "gone"))

import TARGET

if __name__ == "__main__":
    child = TARGET.get_context("METHOD").Process(target=print, args=("child",))
    child.start()
    child.join()
"""


@requirement("process.start.no-directory", fresh=True)
def test_process_starts_where_the_directory_was_removed(mp):
    """A program whose working directory has been removed can import the package, and fork."""
    done = mp.script(IN_NO_DIRECTORY)
    assert "child\n" == done.stdout, done


class Elsewhere:
    """A launcher with no more than what programs that bring their own give theirs; the process ends when told."""

    def __init__(self, process_obj):
        self.pid = 4711
        self.sentinel, self._writer = os.pipe()
        self.returncode = None

    def end(self, code):
        self.returncode = code
        for end in (self._writer, self.sentinel):
            os.close(end)

    def poll(self, flag=None):
        return self.returncode

    def wait(self, timeout=None):
        return self.returncode


@requirement("process.start.own-launcher")
def test_process_of_a_subclass_with_its_own_launcher(mp):
    """A subclass's _Popen may give a launcher of its own: pid, sentinel, poll and wait are all that is asked of it."""

    class Errand(mp.module("process").BaseProcess):
        @staticmethod
        def _Popen(process_obj):
            return Elsewhere(process_obj)

    errand, other = Errand(name="errand"), mp.Process(target=nothing)
    errand.start()
    assert (4711, True, None) == (errand.pid, errand.is_alive(), errand.exitcode), "pid, is_alive, exitcode"
    other.start()
    other.join()
    assert [errand] == mp.active_children(), "children that are alive"
    errand._popen.end(3)
    errand.join()
    assert (3, False, []) == (errand.exitcode, errand.is_alive(), mp.active_children()), "once it has ended"


def inheritable_descriptors():
    found = set()
    for number in range(3, 256):
        with contextlib.suppress(OSError):
            if os.get_inheritable(number):
                found.add(number)
    return found


@requirement("process.start.not-inheritable")
def test_process_start_opens_nothing_that_other_programs_inherit(mp):
    """What a parent keeps open for its children, helpers included, is closed in programs that it executes meanwhile."""
    before, gate = inheritable_descriptors(), Gate()
    with running(mp, hold, hold, args=(gate,)):
        opened = inheritable_descriptors() - before
        gate.open()
    assert set() == opened, "inheritable descriptors that the starts have opened"
