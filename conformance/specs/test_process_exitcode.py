"""Process.exitcode: how the end of a child is told."""

import io
import os
import signal
import sys

try:
    import resource
except ImportError:  # Windows, which has no such limits
    resource = None

from conformance.clocks import eventually
from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import Call, running
from conformance.specs.deeds import captured, exitcode_of, hold, leave, nothing
from conformance.specs.kin import is_running


def give(value):
    return value


def fail(error):
    raise error


def leave_by_bare_exit():
    sys.exit()


def kill_itself(number):
    os.kill(os.getpid(), number)
    signal.pause()


@requirement("process.exitcode.before-start")
def test_exitcode_is_none_before_start(mp):
    """Nothing has ended before start()."""
    assert None is mp.Process(target=nothing).exitcode, "exitcode before start()"


@requirement("process.exitcode.running")
def test_exitcode_is_none_while_the_child_runs(mp):
    """There is no exit code before the end."""
    gate = Gate()
    with running(mp, hold, args=(gate,)) as child:
        exitcode = Call(lambda: child.exitcode).result()
        gate.open()
    assert None is exitcode, "exitcode of a child that is held at a gate"


@requirement("process.exitcode.normal")
def test_exitcode_is_0_after_a_normal_end(mp):
    """A target that returns ends its process with 0."""
    assert 0 == exitcode_of(mp, nothing), "exitcode after a return"


@requirement("process.exitcode.return-value-ignored")
def test_exitcode_ignores_what_the_target_returns(mp):
    """A value that the target returns is no exit code."""
    assert 0 == exitcode_of(mp, give, 5), "exitcode after return 5"


@requirement("process.exitcode.return-value-ignored", methods=("fork",))
def test_exitcode_ignores_what_an_overridden_run_returns(mp):
    """Nor is one that run() returns."""

    class Mine(mp.Process):
        def run(self):
            return 5

    child = Mine()
    child.start()
    child.join()
    assert 0 == child.exitcode, "exitcode after run() returned 5"


@requirement("process.exitcode.sys-exit-int")
def test_exitcode_is_the_integer_given_to_sys_exit(mp):
    """sys.exit(7) ends the process with 7."""
    assert 7 == exitcode_of(mp, sys.exit, 7), "exitcode after sys.exit(7)"


@requirement("process.exitcode.sys-exit-none")
def test_exitcode_of_a_bare_sys_exit_is_0(mp):
    """sys.exit() is a good end."""
    assert 0 == exitcode_of(mp, leave_by_bare_exit), "exitcode after sys.exit()"


@requirement("process.exitcode.sys-exit-none")
def test_exitcode_of_sys_exit_none_is_0(mp):
    """sys.exit(None) is a good end."""
    assert 0 == exitcode_of(mp, sys.exit, None), "exitcode after sys.exit(None)"


@requirement("process.exitcode.sys-exit-text")
def test_exitcode_of_sys_exit_with_text_is_1(mp):
    """sys.exit("text") ends the process with 1 and prints the text to stderr."""
    with captured(2) as stderr:
        exitcode = exitcode_of(mp, sys.exit, "last words")
        assert (1, True) == (exitcode, "last words\n" in stderr()), "(exitcode, is the line on stderr)"


@requirement("process.exitcode.sys-exit-text")
def test_exitcode_of_sys_exit_with_another_object_is_1(mp):
    """So does any other object: its text is printed."""
    with captured(2) as stderr:
        exitcode = exitcode_of(mp, sys.exit, ("last", 2.5))
        assert (1, True) == (exitcode, "('last', 2.5)" in stderr()), "(exitcode, is the text on stderr)"


@requirement("process.exitcode.sys-exit-text")
def test_exitcode_of_sys_exit_with_an_empty_object_is_1(mp):
    """Also one that counts as false, or is a number but no int."""
    exitcodes = [exitcode_of(mp, sys.exit, value) for value in ("", [], 0.0, 7.0)]
    assert [1] * 4 == exitcodes, "exitcodes after sys.exit of an empty text, an empty list, 0.0 and 7.0"


@requirement("process.exitcode.sys-exit-bool")
def test_exitcode_of_sys_exit_with_a_truth_value(mp):
    """True and False are the integers 1 and 0."""
    exitcodes = [exitcode_of(mp, sys.exit, value) for value in (True, False)]
    assert [1, 0] == exitcodes, "exitcodes after sys.exit(True) and sys.exit(False)"


@requirement("process.exitcode.sys-exit-truncated")
def test_exitcode_of_sys_exit_has_eight_bits(mp):
    """The system keeps the lowest eight bits of an exit status."""
    exitcodes = [exitcode_of(mp, sys.exit, value) for value in (256, -1)]
    assert [0, 255] == exitcodes, "exitcodes after sys.exit(256) and sys.exit(-1)"


@requirement("process.exitcode.exception")
def test_exitcode_of_an_uncaught_exception_is_1(mp):
    """A target that raises ends its process with 1."""
    assert 1 == exitcode_of(mp, fail, ValueError("raised on purpose")), "exitcode after an exception"


@requirement("process.exitcode.keyboard-interrupt")
def test_exitcode_of_an_uncaught_keyboard_interrupt_is_1(mp):
    """KeyboardInterrupt is an exception like others."""
    assert 1 == exitcode_of(mp, fail, KeyboardInterrupt()), "exitcode after KeyboardInterrupt"


@requirement("process.exitcode.os-exit")
def test_exitcode_is_the_integer_given_to_os_exit(mp):
    """os._exit(9) ends the process with 9."""
    assert 9 == exitcode_of(mp, leave, 9), "exitcode after os._exit(9)"


@requirement("process.exitcode.signal")
def test_exitcode_of_a_child_that_a_signal_killed_is_negative(mp):
    """A child that died of signal N has the exit code -N."""
    numbers = [signal.SIGTERM, signal.SIGKILL, signal.SIGUSR1]
    exitcodes = [exitcode_of(mp, kill_itself, number) for number in numbers]
    assert [-number for number in numbers] == exitcodes, "exitcodes of children killed by SIGTERM, SIGKILL, SIGUSR1"


def abort_with_a_core():
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    small = 1 << 16
    resource.setrlimit(resource.RLIMIT_CORE, (small if limit < 0 else min(small, limit), limit))
    os.abort()


@requirement("process.exitcode.signal")
def test_exitcode_of_a_child_that_dumped_its_core_is_that_of_its_signal(mp):
    """That the system has kept an image of it changes nothing."""
    with captured(2):
        assert -signal.SIGABRT == exitcode_of(mp, abort_with_a_core), "exitcode of a child killed by SIGABRT"


@requirement("process.exitcode.polls")
def test_exitcode_is_known_without_join(mp):
    """Once the child has ended it is enough to read exitcode."""
    child = mp.Process(target=sys.exit, args=(4,))
    child.start()
    eventually(lambda: child.exitcode is not None, "an exitcode without join()")
    assert 4 == child.exitcode, "exitcode of a child that nobody joined"


@requirement("process.exitcode.polls")
def test_exitcode_is_not_lost_to_a_look_at_another_child(mp):
    """Who looks at one child, by whatever means, collects no other."""
    first, gate = mp.Process(target=sys.exit, args=(4,)), Gate()
    with running(mp, hold, args=(gate,)) as second:
        first.start()
        eventually(lambda: not is_running(first.pid), "the end of the first child")
        looks = (second.is_alive(), second.exitcode, Call(second.join, 0).result())
        gate.open()
    assert (True, None, None) == looks, "(is_alive(), exitcode, join(0)) of the second child"
    assert [4, 0] == [first.exitcode, second.exitcode], "exitcodes"


@requirement("process.exitcode.closed", needs=("Process.close",))
def test_exitcode_after_close_is_refused(mp):
    """A closed Process does not tell."""
    child = mp.Process(target=nothing)
    child.close()
    with mp.raises(ValueError):
        child.exitcode


@requirement("process.exitcode.stable")
def test_exitcode_stays(mp):
    """However often it is read, and joined in between, the exit code stays."""
    child = mp.Process(target=sys.exit, args=(3,))
    child.start()
    child.join()
    exitcodes = [child.exitcode, child.exitcode]
    child.join()
    child.is_alive()
    exitcodes.append(child.exitcode)
    assert [3, 3, 3] == exitcodes, "exitcode read three times"


@requirement("process.uncaught.traceback")
def test_uncaught_exception_is_told_on_stderr(mp):
    """The child's stderr has a line that names the process, and then the traceback."""
    child = mp.Process(target=fail, args=(ValueError("raised on purpose"),), name="unlucky")
    with captured(2) as stderr:
        child.start()
        child.join()
        before, _, after = stderr().partition("Traceback (most recent call last)")
        lines = before.split("\n")
        assert ("unlucky" in lines[-2], "") == (True, lines[-1]), stderr()
        places = [line for line in after.splitlines() if line.endswith(", in fail")]
        assert ("raised on purpose" in after, 1) == (True, len(places)), stderr()


@requirement("process.uncaught.traceback")
def test_uncaught_keyboard_interrupt_is_told_on_stderr(mp):
    """No exception ends a child in silence, also not those that are none of the ordinary."""
    with captured(2) as stderr:
        exitcode_of(mp, fail, KeyboardInterrupt("raised on purpose"))
        assert "KeyboardInterrupt: raised on purpose" in stderr(), stderr()


def fail_because_of_another():
    try:
        raise LookupError("the reason")
    except LookupError as error:
        raise ValueError("raised on purpose") from error


@requirement("process.uncaught.traceback")
def test_uncaught_exception_is_told_with_its_cause(mp):
    """As any program does, the child tells what led to the exception."""
    with captured(2) as stderr:
        exitcode_of(mp, fail_because_of_another)
        text = stderr()
    assert ("LookupError: the reason" in text, "ValueError: raised on purpose" in text) == (True, True), text


def end_with_own_stderr(error):
    sys.stderr = open("errors", "a")
    raise error


@requirement("process.uncaught.traceback")
def test_uncaught_exception_is_told_where_the_child_wants_it(mp):
    """A child that has replaced sys.stderr finds it there, as it does the text of sys.exit."""
    for error in (ValueError("raised on purpose"), SystemExit("last words")):
        assert 1 == exitcode_of(mp, end_with_own_stderr, error), "exitcode of the child"
    with open("errors") as file:
        told = file.read()
    assert ("raised on purpose" in told, "last words" in told) == (True, True), told


def fail_without_stderr():
    sys.stderr = io.StringIO()
    sys.stderr.close()
    raise ValueError("raised on purpose")


@requirement("process.uncaught.no-stderr")
def test_uncaught_exception_that_cannot_be_told_gives_exitcode_1(mp):
    """A child that has lost its stderr cannot say why it failed, and yet tells that it did."""
    with captured(2):
        assert 1 == exitcode_of(mp, fail_without_stderr), "exitcode of a child that raised with sys.stderr closed"


@requirement("process.uncaught.not-propagated")
def test_uncaught_exception_does_not_reach_the_parent(mp):
    """The parent learns of it by the exit code alone."""
    child = mp.Process(target=fail, args=(ValueError("raised on purpose"),))
    returned = [child.start(), child.join()]
    assert ([None, None], 1) == (returned, child.exitcode), "(what start and join returned, exitcode)"


@requirement("process.external-wait")
def test_exitcode_of_a_child_that_somebody_else_reaped_is_unknown(mp):
    """When other code has collected the child by its pid, nothing raises and exitcode is None."""
    child = mp.Process(target=sys.exit, args=(3,))
    child.start()
    os.waitpid(child.pid, 0)
    returned = child.join(0)
    assert (None, None) == (returned, child.exitcode), "(what join(0) returned, exitcode)"
