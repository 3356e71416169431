"""The start method fork: what the child has from its parent, and what it leaves to it."""

import os
import threading
import warnings

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, open_descriptors
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing, tell

STATE = {}


def state():
    return dict(STATE)


@requirement("fork.inherits-memory")
def test_fork_child_sees_the_globals_of_its_parent(mp):
    """What the parent changed before the start is changed in the child."""
    STATE["changed"] = "at run time"
    assert {"changed": "at run time"} == answer_of_child(mp, state), "the global in the child"


def inode(descriptor):
    try:
        return os.fstat(descriptor).st_ino
    except OSError:
        return "closed"


@requirement("fork.inherits-fds")
def test_fork_child_has_the_descriptors_of_its_parent(mp):
    """A descriptor is open in the child, whether inheritable or not."""
    descriptors = os.open("first", os.O_CREAT), os.open("second", os.O_CREAT)
    os.set_inheritable(descriptors[1], True)
    for descriptor in descriptors:
        assert inode(descriptor) == answer_of_child(mp, inode, descriptor), "the file behind it in the child"
        os.close(descriptor)


@requirement("fork.descriptors")
def test_fork_child_has_hardly_more_descriptors_than_its_parent(mp):
    """Three at most: what tells of the end of either process, and what stands for the standard input."""
    before = open_descriptors()
    assert before + 3 >= answer_of_child(mp, open_descriptors), "number of open descriptors"


def use_globals():
    with STATE["lock"]:
        STATE["queue"].put("from the child")


@requirement("fork.inherits-sync-global")
def test_fork_child_uses_synchronisation_objects_in_globals(mp):
    """A lock and a queue need not be passed as arguments."""
    STATE["lock"], STATE["queue"] = mp.Lock(), mp.Queue()
    child = mp.Process(target=use_globals)
    child.start()
    assert "from the child" == Call(STATE["queue"].get).result(), "what the child put into the global queue"
    child.join()
    assert 0 == child.exitcode, "exitcode"


MAIN = """
import TARGET as mp
with open("runs", "a") as file:
    file.write(__name__ + " ")
if __name__ == "__main__":
    child = mp.get_context("METHOD").Process(target=print, args=("child",))
    child.start()
    child.join()
    print(open("runs").read())
"""


@requirement("fork.main-not-reimported")
def test_fork_child_does_not_execute_the_main_module(mp):
    """The main module is there already."""
    done = mp.script(MAIN)
    assert ["__main__", "child"] == sorted(done.stdout.split()), done


@requirement("fork.ppid")
def test_fork_child_has_its_starter_for_parent(mp):
    """The system knows the caller of start() as the child's parent."""
    assert os.getpid() == answer_of_child(mp, os.getppid), "os.getppid() in the child"


class Company:
    """A second thread in this process while the block lasts."""

    def __enter__(self):
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._leave.wait)
        self._thread.start()

    def __exit__(self, *error):
        self._leave.set()
        self._thread.join()


@requirement("fork.thread-warning")
def test_fork_of_a_process_with_threads_is_warned_of(mp):
    """A DeprecationWarning comes while there is a second thread."""
    with Company(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert 0 == exitcode_of(mp, nothing), "exitcode"
    assert {DeprecationWarning} == {warning.category for warning in caught}, "categories of the warnings"


@requirement("fork.single-thread")
def test_fork_child_has_one_thread(mp):
    """Of the parent's threads only the forking one lives on in the child."""
    with Company():
        assert 1 == answer_of_child(mp, threading.active_count), "threads in the child"


def start_thread(thread):
    thread.start()
    thread.join()
    return thread.is_alive()


@requirement("fork.unstarted-threads")
def test_fork_child_can_start_its_parents_threads(mp):
    """A thread that was made before the fork, but not started, can be started in the child."""
    thread = threading.Thread(target=nothing)
    assert False is answer_of_child(mp, start_thread, thread), "is_alive() of the thread after its end"


def leave():
    raise SystemExit(3)


@requirement("fork.os-exit")
def test_fork_child_never_returns_from_start(mp):
    """The code after start() runs in the parent alone, even if the target raises SystemExit."""
    box = Mailbox()
    child = mp.Process(target=leave)
    child.start()
    box.post(os.getpid())
    child.join()
    assert ([os.getpid()], 3) == (box.letters(), child.exitcode), "(who came by after start(), exitcode)"


@requirement("fork.after-fork-hooks")
def test_fork_hooks_run_before_the_target(mp):
    """What util.register_after_fork was given runs in the child, with its object, before the target."""
    box = Mailbox()
    mp.module("util").register_after_fork(box, lambda mailbox: mailbox.post("hook"))
    assert 0 == exitcode_of(mp, tell, box, str, "target"), "exitcode"
    assert ["hook", "target"] == box.letters(), "what ran in the child"


@requirement("fork.after-fork-hooks")
def test_fork_hooks_run_for_the_package_process(mp):
    """They run too where the global start method is fork, and the package's Process is used."""
    mp.package.set_start_method(mp.method)
    box = Mailbox()
    mp.module("util").register_after_fork(box, lambda mailbox: mailbox.post("hook"))
    child = mp.package.Process(target=tell, args=(box, str, "target"))
    child.start()
    child.join()
    assert ["hook", "target"] == box.letters(), "what ran in the child"


@requirement("fork.finalizers-not-inherited")
def test_fork_child_does_not_run_finalizers_of_its_parent(mp):
    """A finalizer runs in the process that registered it."""
    box = Mailbox()
    finalizer = mp.module("util").Finalize(None, box.post, args=("finalized",), exitpriority=1)
    exitcode_of(mp, nothing)
    assert [] == box.letters(), "finalizers run by the child"
    finalizer()
    assert ["finalized"] == box.letters(), "finalizers run by the parent"


@requirement("fork.queue-buffer-reset")
def test_fork_child_does_not_send_what_its_parent_buffered(mp):
    """Items that wait in the parent's buffer at the fork arrive once, though the child uses the queue too."""
    queue = mp.Queue()
    items = ["x" * BIG, "first", "second"]
    for item in items:
        queue.put(item)
    child = mp.Process(target=queue.put, args=("from the child",))
    child.start()
    got = [queue.get() for _ in range(4)]
    child.join()
    assert sorted([*items, "from the child"]) == sorted(got), "items received"
    assert queue.empty(), "no item came twice"
