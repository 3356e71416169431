"""Process: terminate, kill and interrupt."""

import atexit
import os
import signal
import sys

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call, replaced, running
from conformance.specs.deeds import leave_debris_here, nothing, report_and_hold
from conformance.specs.kin import is_running, state

# A child in these specs first posts that it is ready, so that no signal reaches it before its own code runs,
# and then waits at a gate that stays shut for good if the signal does its work.


def hold_with_clean_up(box, gate):
    atexit.register(box.post, "atexit")
    try:
        report_and_hold(box, gate)
    finally:
        box.post("finally")


def start_and_hold(mp, box, gate):
    leave_debris_here()
    mp.Process(target=outlive, args=(box, gate)).start()
    gate.wait()


def outlive(box, gate):
    box.post("started")
    gate.wait()
    box.post("alive")


def handle_and_hold(box, gate, number, code):
    def leave(number, frame):
        box.post("handled")
        sys.exit(code)

    signal.signal(number, leave)
    report_and_hold(box, gate)


def ignore_and_hold(box, gate):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report_and_hold(box, gate)


def hold_until_interrupted(box, gate, way_on):
    try:
        report_and_hold(box, gate)
    except KeyboardInterrupt:
        box.post("interrupted")
    way_on.wait()
    box.post("went on")


@requirement("process.terminate.sigterm")
def test_terminate_sends_sigterm(mp):
    """terminate() ends a child that does not care for SIGTERM by that signal."""
    box = Mailbox()
    with running(mp, report_and_hold, args=(box, Gate())) as child:
        box.wait()
        child.terminate()
        child.join()
        assert -signal.SIGTERM == child.exitcode, "exitcode after terminate()"


@requirement("process.terminate.no-cleanup")
def test_terminate_leaves_no_time_for_cleaning_up(mp):
    """Neither finally clauses nor exit handlers of the child run."""
    box = Mailbox()
    with running(mp, hold_with_clean_up, args=(box, Gate())) as child:
        box.wait()
        child.terminate()
        child.join()
        assert [child.pid] == box.letters(), "what the child posted"


@requirement("process.terminate.orphans")
def test_terminate_does_not_end_grandchildren(mp):
    """The children of a terminated process go on."""
    box, gate = Mailbox(), Gate()
    with running(mp, start_and_hold, args=(mp, box, gate)) as child:
        box.wait()
        child.terminate()
        child.join()
        gate.open()
        assert ["started", "alive"] == box.wait(2), "what the grandchild posted"


@requirement("process.terminate.finished", needs=("Process.kill",))
def test_terminate_and_kill_of_a_finished_child_do_nothing(mp):
    """A child that has ended is not disturbed, whether it has been joined or not."""
    child = mp.Process(target=sys.exit, args=(5,))
    child.start()
    eventually(lambda: not is_running(child.pid), "the end of the child")
    returned = [child.terminate(), child.kill()]
    child.join()
    returned += [child.terminate(), child.kill()]
    assert ([None] * 4, 5) == (returned, child.exitcode), "(what was returned, exitcode)"


@requirement("process.terminate.finished", needs=("Process.kill",))
def test_terminate_and_kill_of_a_joined_child_signal_nobody(mp):
    """Once a child is known to have ended its pid may be another's."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    signalled = []
    with replaced(os, "kill", lambda pid, number: signalled.append(pid)):
        child.terminate()
        child.kill()
    assert [] == signalled, "pids to which signals were sent"


@requirement("process.terminate.returns", needs=("Process.kill",))
def test_terminate_does_not_wait_for_the_end(mp):
    """terminate() returns although the child ignores it and goes on."""
    box, gate = Mailbox(), Gate()
    with running(mp, ignore_and_hold, args=(box, gate)) as child:
        box.wait()
        seen = (Call(child.terminate).result(), child.is_alive(), child.exitcode)
        gate.open()
    assert (None, True, None) == seen, "(terminate(), is_alive(), exitcode) of a child that ignores SIGTERM"
    assert 0 == child.exitcode, "exitcode in the end"


@requirement("process.terminate.unstarted")
def test_terminate_before_start_is_refused(mp):
    """There is nothing to end before start()."""
    with mp.raises(Exception):
        mp.Process(target=nothing).terminate()


@requirement("process.terminate.reaped-elsewhere", needs=("Process.kill",))
def test_terminate_and_kill_of_a_child_that_somebody_else_reaped_do_nothing(mp):
    """When other code has collected the child there is nothing to end, and nothing to complain of."""
    child = mp.Process(target=nothing)
    child.start()
    os.waitpid(child.pid, 0)
    assert [None, None] == [child.terminate(), child.kill()], "what terminate() and kill() returned"


@requirement("process.terminate.handler")
def test_terminate_leaves_the_end_to_a_handler_of_the_child(mp):
    """A child that handles SIGTERM ends in its own way."""
    box = Mailbox()
    with running(mp, handle_and_hold, args=(box, Gate(), signal.SIGTERM, 5)) as child:
        box.wait()
        child.terminate()
        child.join()
        assert ("handled", 5) == (box.letters()[-1], child.exitcode), "(last letter, exitcode) after terminate()"


@requirement("process.terminate.closed", needs=("Process.close", "Process.kill"))
def test_terminate_and_kill_after_close_are_refused(mp):
    """A closed Process cannot be ended."""
    child = mp.Process(target=nothing)
    child.start()
    child.join()
    child.close()
    with mp.raises(ValueError):
        child.terminate()
    with mp.raises(ValueError):
        child.kill()


@requirement("process.kill.sigkill", needs=("Process.kill",))
def test_kill_ends_a_child_that_ignores_sigterm(mp):
    """kill() sends SIGKILL, which nobody can ignore."""
    box = Mailbox()
    with running(mp, ignore_and_hold, args=(box, Gate())) as child:
        box.wait()
        child.kill()
        child.join()
        assert -signal.SIGKILL == child.exitcode, "exitcode after kill()"


@requirement("process.interrupt.sigint", needs=("Process.interrupt",))
def test_interrupt_raises_keyboard_interrupt_in_the_child(mp):
    """interrupt() sends SIGINT, which Python turns into KeyboardInterrupt."""
    box, way_on = Mailbox(), Gate()
    way_on.open()
    with running(mp, hold_until_interrupted, args=(box, Gate(), way_on)) as child:
        box.wait()
        child.interrupt()
        child.join()
        assert [child.pid, "interrupted", "went on"] == box.letters(), "what the child posted"


@requirement("process.interrupt.exitcode", needs=("Process.interrupt",))
def test_interrupt_gives_exitcode_1(mp):
    """A child that does not catch KeyboardInterrupt ends as by any exception."""
    box = Mailbox()
    with running(mp, report_and_hold, args=(box, Gate())) as child:
        box.wait()
        child.interrupt()
        child.join()
        assert 1 == child.exitcode, "exitcode after interrupt()"


@requirement("process.interrupt.finally", needs=("Process.interrupt",))
def test_interrupt_leaves_time_for_cleaning_up(mp):
    """Unlike terminate(), interrupt() lets finally clauses run."""
    box = Mailbox()
    with running(mp, hold_with_clean_up, args=(box, Gate())) as child:
        box.wait()
        child.interrupt()
        child.join()
        assert "finally" in box.letters(), box.letters()


@requirement("process.interrupt.swallowed", needs=("Process.interrupt",))
def test_interrupt_does_not_end_a_child_that_goes_on(mp):
    """A child may catch KeyboardInterrupt and live."""
    box, way_on = Mailbox(), Gate()
    with running(mp, hold_until_interrupted, args=(box, Gate(), way_on)) as child:
        box.wait()
        child.interrupt()
        box.wait(2)
        alive = child.is_alive()
        way_on.open()
        child.join()
        assert (True, 0) == (alive, child.exitcode), "(is_alive() after the interrupt, exitcode in the end)"


@requirement("process.interrupt.handler", needs=("Process.interrupt",))
def test_interrupt_is_left_to_a_handler_of_the_child(mp):
    """A child that handles SIGINT decides what comes of it."""
    box = Mailbox()
    with running(mp, handle_and_hold, args=(box, Gate(), signal.SIGINT, 6)) as child:
        box.wait()
        child.interrupt()
        child.join()
        assert ("handled", 6) == (box.letters()[-1], child.exitcode), "(last letter, exitcode) after interrupt()"


@requirement("process.interrupt.absent")
def test_interrupt_does_not_exist_yet(mp):
    """Programs that ask for the method before they use it are told the truth."""
    assert False is hasattr(mp.Process, "interrupt"), "whether Process has interrupt"


@requirement("process.terminate.windows-code")
def test_terminate_on_windows_gives_minus_sigterm(mp):
    """Where there are no signals the exit code tells that terminate() was called."""
    box = Mailbox()
    with running(mp, report_and_hold, args=(box, Gate())) as child:
        box.wait()
        child.terminate()
        child.join()
        assert -signal.SIGTERM == child.exitcode, "exitcode after terminate()"


@requirement("process.kill.windows", needs=("Process.kill",))
def test_kill_on_windows_is_terminate(mp):
    """Where there are no signals kill() does what terminate() does."""
    box = Mailbox()
    with running(mp, report_and_hold, args=(box, Gate())) as child:
        box.wait()
        child.kill()
        child.join()
        assert -signal.SIGTERM == child.exitcode, "exitcode after kill()"


def close_descriptors_and_hold(closed, gate):
    os.closerange(3, 1024)
    closed.open()
    gate.wait()


def lead_a_session():
    os.setsid()
    sys.exit(5)


@requirement("process.session-of-its-own")
def test_child_that_leads_a_session_is_not_lost(mp):
    """A child that leaves its parent's group and session is waited for as any."""
    child = mp.Process(target=lead_a_session)
    child.start()
    Call(child.join).result()
    assert 5 == child.exitcode, "exitcode"


@requirement("process.descriptors-closed")
def test_child_that_closed_its_descriptors_has_not_ended(mp):
    """A child that closes all descriptors, as daemons do, is alive until it ends."""
    closed, gate = Gate(), Gate()
    with running(mp, close_descriptors_and_hold, args=(closed, gate)) as child:
        closed.wait()
        seen = (Call(child.join, 0).result(), child.is_alive(), child.exitcode)
        joining = Call(child.join, LONG)
        never(joining.returned, "the return of join(timeout) before the end of the child")
        gate.open()
        joining.result()
    assert (None, True, None) == seen, "(join(0), is_alive(), exitcode) of a child that runs"
    assert 0 == child.exitcode, "exitcode in the end"


@requirement("process.kill-self-signal")
def test_stopped_child_has_not_ended(mp):
    """A child that SIGSTOP stops, and SIGCONT continues, is alive all the time."""
    box, gate = Mailbox(), Gate()
    with running(mp, report_and_hold, args=(box, gate)) as child:
        box.wait()
        os.kill(child.pid, signal.SIGSTOP)
        eventually(lambda: "T" == state(child.pid), "the stop of the child")
        seen = Call(lambda: (child.is_alive(), child.exitcode, child.join(0))).result()
        os.kill(child.pid, signal.SIGCONT)
        gate.open()
    assert (True, None, None) == seen, "(is_alive(), exitcode, join(0)) of a stopped child"
    assert 0 == child.exitcode, "exitcode after the child went on"
