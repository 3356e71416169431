"""The start method forkserver: one server apart from the program, what it preloads, and what its death means."""

import os
import signal
import sys

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing, report_and_hold
from conformance.specs.kin import is_running

PRELOADED = "colorsys"
"""A module that nothing else imports."""


def is_imported(name):
    return name in sys.modules


def server_of(mp):
    """The pid of the server, as its child sees it."""
    return answer_of_child(mp, os.getppid)


@requirement("forkserver.server-parent")
def test_forkserver_is_a_process_apart(mp):
    """The parent of the children is not the program."""
    server = server_of(mp)
    assert server != os.getpid(), "the child's parent is this process"
    assert is_running(server), "the child's parent is running"


@requirement("forkserver.one-server")
def test_forkserver_starts_all_children(mp):
    """There is one server for a program."""
    assert server_of(mp) == server_of(mp), "the parent of a second child"


@requirement("forkserver.no-inherited-state")
def test_forkserver_child_does_not_have_what_the_program_imported(mp):
    """A module imported by the program only is not there in the child."""
    __import__(PRELOADED)
    assert False is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module"


@requirement("forkserver.preload")
def test_forkserver_preloads_modules(mp):
    """A module named before the first start is there when a child begins."""
    mp.set_forkserver_preload([PRELOADED])
    assert True is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module"


@requirement("forkserver.preload-import-error")
def test_forkserver_ignores_a_preload_that_fails(mp):
    """A name that cannot be imported does no harm; the others are imported."""
    mp.set_forkserver_preload(["no_module_of_this_name", PRELOADED])
    assert True is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the other module"


@requirement("forkserver.preload-too-late")
def test_forkserver_that_runs_preloads_nothing_more(mp):
    """Once the server has started, the call has no effect on it."""
    exitcode_of(mp, nothing)
    mp.set_forkserver_preload([PRELOADED])
    assert False is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module"


@requirement("forkserver.preload-other-methods")
def test_forkserver_preload_does_not_matter_to_other_methods(mp):
    """Children started otherwise have nothing preloaded."""
    mp.set_forkserver_preload([PRELOADED])
    assert False is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module"


@requirement("forkserver.preload-type")
def test_forkserver_preload_takes_names_only(mp):
    """A module object, or any other that is not a str, is refused at the call."""
    for modules in ([sys], ["sys", 1]):
        with mp.misuse(TypeError):
            mp.set_forkserver_preload(modules)


@requirement("forkserver.preload-on-error-invalid")
def test_forkserver_preload_refuses_an_unknown_on_error(mp):
    """on_error is one of the three words."""
    with mp.misuse(ValueError):
        mp.set_forkserver_preload([], on_error="shrug")


@requirement("forkserver.preload-on-error-fail")
def test_forkserver_ends_when_a_preload_must_not_fail(mp):
    """With on_error='fail' the server dies of the import error, and no child is started."""
    mp.set_forkserver_preload(["no_module_of_this_name"], on_error="fail")
    with mp.raises(EOFError, ConnectionError):
        mp.Process(target=nothing).start()


NOISY = """
import TARGET as mp
if __name__ == "__main__":
    with open("noisy.py", "w") as file:
        file.write("print('noise')")
    mp.set_forkserver_preload(["noisy"])
    for word in ("first", "second"):
        child = mp.get_context("METHOD").Process(target=print, args=(word,))
        child.start()
        child.join()
"""


@requirement("forkserver.preload-flushed")
def test_forkserver_flushes_what_preloaded_modules_print(mp):
    """Output of a preloaded module appears once, before that of the children."""
    done = mp.script(NOISY)
    assert ["noise", "first", "second"] == done.stdout.split(), done


COUNTING = """
import TARGET as mp
with open("runs", "a") as file:
    file.write(__name__ + " ")
if __name__ == "__main__":
    mp.set_forkserver_preload(["__main__"])
    for _ in range(2):
        child = mp.get_context("METHOD").Process(target=print)
        child.start()
        child.join()
    print(open("runs").read())
"""


@requirement("forkserver.preload-main")
def test_forkserver_preloads_the_main_module(mp):
    """__main__ among the preloaded is executed once for all children."""
    done = mp.script(COUNTING)
    assert ["__main__", "__mp_main__"] == done.stdout.split(), done


@requirement("forkserver.server-ignores-sigint")
def test_forkserver_survives_an_interrupt(mp):
    """SIGINT, as by Ctrl-C, does not end the server."""
    server = server_of(mp)
    os.kill(server, signal.SIGINT)
    assert server == server_of(mp), "the parent of a child that was started afterwards"


def kill_server(pid):
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_running(pid), "the end of the server")


@requirement("forkserver.server-killed-exitcode")
def test_forkserver_killed_leaves_exitcode_255(mp):
    """The exitcode of a child whose server died cannot be known: it is 255."""
    box, gate = Mailbox(), Gate()
    server = server_of(mp)
    child = mp.Process(target=report_and_hold, args=(box, gate))
    child.start()
    pid = box.first()
    kill_server(server)
    child.join()
    gate.open()
    assert 255 == child.exitcode, "exitcode"
    eventually(lambda: not is_running(pid), "the end of the child")


@requirement("forkserver.server-restarts")
def test_forkserver_is_started_again_after_its_death(mp):
    """A start that finds the server dead launches another."""
    server = server_of(mp)
    kill_server(server)
    assert server != server_of(mp), "the new server is the dead one"


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@requirement("forkserver.exitcode-signal")
def test_forkserver_hands_on_the_signal_that_killed_a_child(mp):
    """Exitcodes reach the caller unchanged: status 7 as 7, death by SIGKILL as its negative number."""
    assert [7, -signal.SIGKILL] == [exitcode_of(mp, sys.exit, 7), exitcode_of(mp, die)], "exitcodes"


def leave(gate, status):
    gate.wait()
    sys.exit(status)


@requirement("forkserver.sigchld-safe")
def test_forkserver_reports_children_that_end_together(mp):
    """No exitcode is lost when several children end at the same moment."""
    gate = Gate()
    children = [mp.Process(target=leave, args=(gate, status)) for status in range(8)]
    for child in children:
        child.start()
    gate.open()
    for child in children:
        child.join()
    assert list(range(8)) == [child.exitcode for child in children], "exitcodes"
