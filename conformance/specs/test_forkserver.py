"""The start method forkserver: one server apart from the program, what its children have, and what its death means."""

import os
import signal
import sys

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, after_collection, ended, open_descriptors
from conformance.specs.deeds import answer_of_child, report_and_hold
from conformance.specs.kin import children_of, is_running, trackers_of
from conformance.specs.rivals import all_at_once

UNUSED = "colorsys"
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
    assert server_of(mp) == Call(server_of, mp).result(), "the parent of a second child"


@requirement("forkserver.nested")
def test_forkserver_starts_children_of_children(mp):
    """A child, too, has its children started by a server, one for all of them."""
    first, second, child = answer_of_child(mp, servers_of_grandchildren, mp)
    assert first == second, "the parents of two grandchildren"
    assert first != child, "the grandchildren's parent is the child"


def servers_of_grandchildren(mp):
    return server_of(mp), server_of(mp), os.getpid()


@requirement("forkserver.one-server")
def test_forkserver_is_launched_once_by_any_number_of_threads(mp):
    """Threads that need a server at the same time get the same."""
    # It has a lock of its own.
    mp.module("resource_tracker").ensure_running()
    all_at_once(mp.module("forkserver").ensure_running)
    server = server_of(mp)
    eventually(lambda: [server] == helpers(), "that there is one server")


def helpers():
    """The child processes of this process that are no trackers."""
    here = os.getpid()
    return sorted(set(children_of(here)) - set(trackers_of(here)))


@requirement("forkserver.no-inherited-state")
def test_forkserver_child_does_not_have_what_the_program_imported(mp):
    """A module imported by the program only is not there in the child."""
    __import__(UNUSED)
    assert False is answer_of_child(mp, is_imported, UNUSED), "whether the child has the module"


@requirement("forkserver.server-ignores-sigint")
def test_forkserver_survives_an_interrupt(mp):
    """SIGINT, as by Ctrl-C, does not end the server."""
    # Who runs the suite in the background may have it ignored, which a server would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    server = server_of(mp)
    os.kill(server, signal.SIGINT)
    assert server == server_of(mp), "the parent of a child that was started afterwards"


def kill_server(pid):
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not is_running(pid), "the end of the server")


@requirement("forkserver.server-killed-exitcode")
def test_forkserver_killed_leaves_exitcode_255(mp):
    """The exitcode of children whose server died cannot be known: it is 255, at once, though they run on."""
    box, gate = Mailbox(), Gate()
    server = server_of(mp)
    children = [mp.Process(target=report_and_hold, args=(box, gate)) for _ in range(2)]
    for child in children:
        child.start()
    pids = box.wait(2)
    kill_server(server)
    for child in children:
        ended(child)
    assert [True, True] == [is_running(pid) for pid in pids], "whether the children run"
    gate.open()
    assert [255, 255] == [child.exitcode for child in children], "exitcodes"
    eventually(lambda: not any(map(is_running, pids)), "the end of the children")


@requirement("forkserver.server-restarts")
def test_forkserver_is_started_again_after_its_death(mp):
    """A start that finds the server dead launches another."""
    server = server_of(mp)
    descriptors = open_descriptors()
    kill_server(server)
    assert server != server_of(mp), "the new server is the dead one"
    after_collection(lambda: open_descriptors() <= descriptors, "the closing of what led to the dead server")
