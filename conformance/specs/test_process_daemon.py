"""Daemonic and other children: the flag, and who waits for whom at the end."""

import os
import signal

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, ended, running
from conformance.specs.deeds import hold, nothing, tell
from conformance.specs.kin import is_running


def flag_of_new_process(mp):
    return mp.Process().daemon


def own_flag(mp):
    return mp.current_process().daemon


def hold_for_long(box, gate):
    # Longer than anybody waits for its end: it must not come from a gate that nobody opens.
    box.post(os.getpid())
    gate.wait(LONG)


def start_daemon_and_return(mp, box):
    mp.Process(target=hold_for_long, args=(box, Gate()), daemon=True).start()
    box.wait()


def work_late(box, gate):
    gate.wait()
    box.post("done")


def start_worker_and_return(mp, box, gate):
    mp.Process(target=work_late, args=(box, gate)).start()


# The child learns by a file that the main process has reached its end, and then gives it time to vanish.
END_BEFORE_CHILD = """
import os, threading
import TARGET

def wait_for(name):
    while not os.path.exists(name):
        threading.Event().wait(0.002)

def work():
    with open("draft", "w") as file:
        file.write(str(os.getpid()))
    os.rename("draft", "started")
    wait_for("main is through")
    threading.Event().wait({seconds})
    print("the child was left to finish", flush=True)

if __name__ == "__main__":
    TARGET.get_context("METHOD").Process(target=work, daemon={daemon}).start()
    wait_for("started")
    open("main is through", "w").close()
"""


@requirement("process.daemon.default-inherits")
def test_daemon_flag_is_inherited(mp):
    """A new Process is daemonic if its creator is."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, flag_of_new_process, mp), daemon=True)
    child.start()
    child.join()
    flags = [mp.Process().daemon, box.first(patience=0)]
    assert [False, True] == flags, "daemon of a new Process here, and in a daemonic child"


@requirement("process.daemon.set-before-start")
def test_daemon_flag_can_be_set_before_start(mp):
    """The child sees the flag that was assigned."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, own_flag, mp))
    child.daemon = True
    child.start()
    child.join()
    assert [True, True] == [child.daemon, box.first(patience=0)], "daemon of the object, and in the child"


@requirement("process.daemon.set-after-start")
def test_daemon_flag_cannot_be_set_after_start(mp):
    """Once started a process stays what it is."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        with mp.misuse(AssertionError):
            child.daemon = True
        assert False is child.daemon, "daemon after the refused assignment"
        gate.open()


def renounce(mp, box):
    mp.current_process().daemon = False
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    box.post((mp.current_process().daemon, child.daemon, child.exitcode))


@requirement("process.daemon.own-flag")
def test_daemonic_process_may_change_its_own_flag(mp):
    """A child that declares itself not daemonic may have children, which are not daemonic either."""
    box = Mailbox()
    child = mp.Process(target=renounce, args=(mp, box), daemon=True)
    child.start()
    child.join()
    assert [(False, False, 0)] == box.letters(), "(flag of the child, of its child, exitcode of that)"


@requirement("process.daemon.main-false")
def test_daemon_flag_of_the_main_process_is_false(mp):
    """The main process is not daemonic."""
    assert False is mp.current_process().daemon, "daemon of the current process"


@requirement("process.daemon.terminated-at-exit")
def test_daemonic_child_is_terminated_when_the_program_ends(mp):
    """The main process does not wait for a daemonic child, but ends it."""
    done = mp.script(END_BEFORE_CHILD.format(daemon=True, seconds=600))
    assert 0 == done.returncode, done
    with open("started") as file:
        pid = int(file.read())
    eventually(lambda: not is_running(pid), "the end of the daemonic child", patience=3.0)


@requirement("process.daemon.nested-terminated")
def test_daemonic_grandchild_is_terminated_when_the_child_ends(mp):
    """A child that ends terminates its own daemonic children."""
    box = Mailbox()
    with running(mp, start_daemon_and_return, args=(mp, box)) as child:
        ended(child)
        assert 0 == child.exitcode, "exitcode of the child"
    eventually(lambda: not is_running(box.first()), "the end of the grandchild", patience=6.0)


def end_slowly(box, gate):
    def leave(number, frame):
        box.post("told to end")
        gate.wait()
        box.post("done")
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    box.post("ready")
    gate.wait()


def start_slow_daemon_and_return(mp, box, gate):
    mp.Process(target=end_slowly, args=(box, gate), daemon=True).start()
    box.wait()


@requirement("process.daemon.awaited")
def test_daemonic_grandchild_is_awaited_once_it_was_told_to_end(mp):
    """A child that has terminated its daemonic children does not end before they have."""
    box, gate = Mailbox(), Gate()
    child = mp.Process(target=start_slow_daemon_and_return, args=(mp, box, gate))
    child.start()
    assert ["ready", "told to end"] == box.wait(2), "what the grandchild posted"
    never(lambda: not child.is_alive(), "the end of the child before that of the grandchild")
    gate.open()
    child.join()
    assert ["ready", "told to end", "done"] == box.letters(), "what the grandchild had posted when the child had ended"


@requirement("process.nondaemon.joined-at-exit")
def test_nondaemonic_child_is_awaited_when_the_program_ends(mp):
    """The main process does not end before a child that is not daemonic has finished."""
    done = mp.script(END_BEFORE_CHILD.format(daemon=False, seconds=0.2))
    assert "the child was left to finish\n" == done.stdout, "output at the end of the main process"


@requirement("process.nondaemon.joined-at-exit", methods=["fork"])  # once is enough for what takes so long
def test_nondaemonic_child_is_awaited_however_long_it_takes(mp):
    """There is no time after which the main process waits no longer."""
    done = mp.script(END_BEFORE_CHILD.format(daemon=False, seconds=2.5))
    assert "the child was left to finish\n" == done.stdout, "output at the end of the main process"


@requirement("process.nondaemon.nested-joined")
def test_nondaemonic_grandchild_is_awaited_when_the_child_ends(mp):
    """A child does not end before its own children have finished."""
    box, gate = Mailbox(), Gate()
    child = mp.Process(target=start_worker_and_return, args=(mp, box, gate))
    child.start()
    never(lambda: not child.is_alive(), "the end of the child before that of the grandchild")
    gate.open()
    child.join()
    assert ["done"] == box.letters(), "what the grandchild had posted when the child had ended"
    assert 0 == child.exitcode, "exitcode of the child"
