"""The fork server at its work: exit codes, descriptors, clients that vanish or have no key, idling and its own end."""

import contextlib
import os
import signal
import socket
import struct
import sys

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, after_collection, ended, open_descriptors, running
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing, report_and_hold
from conformance.specs.kin import is_running, state


def server_of(mp):
    """The pid of the server, as its child sees it."""
    return answer_of_child(mp, os.getppid)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@requirement("forkserver.exitcode-signal")
def test_forkserver_hands_on_the_signal_that_killed_a_child(mp):
    """Exitcodes reach the caller unchanged: status 7 as 7, death by SIGKILL as its negative number."""
    children = [mp.Process(target=sys.exit, args=(7,)), mp.Process(target=die)]
    for child in children:
        child.start()
        ended(child)
    assert [7, -signal.SIGKILL] == [child.exitcode for child in children], "exitcodes"


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
        ended(child)
    assert list(range(8)) == [child.exitcode for child in children], "exitcodes"


@requirement("forkserver.sigchld-safe")
def test_forkserver_reports_children_that_ended_while_it_was_stopped(mp):
    """However many ended since it looked last, each is reported."""
    server, gate, box = server_of(mp), Gate(), Mailbox()
    children = [mp.Process(target=report_and_hold, args=(box, gate)) for _ in range(4)]
    for child in children:
        child.start()
    pids = box.wait(4)
    os.kill(server, signal.SIGSTOP)
    try:
        gate.open()
        eventually(lambda: not any(map(is_running, pids)), "the end of the children")
    finally:
        os.kill(server, signal.SIGCONT)
    for child in children:
        ended(child)
    assert [0] * 4 == [child.exitcode for child in children], "exitcodes"


@requirement("forkserver.idle")
def test_forkserver_sleeps_when_there_is_nothing_to_do(mp):
    """After a child has come and gone, the server waits, and does not look around all the time."""
    server = server_of(mp)
    # One that looks around is seen asleep for a moment now and then.
    eventually(lambda: {"S"} == {state(server) for _ in range(200)}, "that the server sleeps")


@requirement("forkserver.serves-on")
def test_forkserver_serves_on_while_children_live(mp):
    """Children come and go beside one that stays."""
    box, gate = Mailbox(), Gate()
    with running(mp, report_and_hold, args=(box, gate)):
        box.wait()
        exitcodes = [Call(exitcode_of, mp, sys.exit, status).result() for status in (1, 2, 3)]
        gate.open()
    assert [1, 2, 3] == exitcodes, "exitcodes of those that came and went"


class Many:
    """Descriptors on their way to a child, where they are a list of what stands for them."""

    def __init__(self, mp, descriptors):
        self.mp, self.descriptors = mp, descriptors

    def __reduce__(self):
        duplicate = self.mp.module("reduction").DupFd
        return list, ([duplicate(descriptor) for descriptor in self.descriptors],)


def inodes(duplicates):
    """The files behind the descriptors, and how many different descriptors there are."""
    descriptors = [duplicate.detach() for duplicate in duplicates]
    return [os.fstat(descriptor).st_ino for descriptor in descriptors], len(set(descriptors))


@requirement("forkserver.many-fds")
def test_forkserver_hands_many_descriptors_to_a_child(mp):
    """A child can be given a hundred, each of which is what it was."""
    files = [os.open("file-{}".format(number), os.O_CREAT) for number in range(10)]
    wanted = [os.fstat(file).st_ino for file in files * 10]
    assert (wanted, 100) == answer_of_child(mp, inodes, Many(mp, files * 10)), "(files, number of descriptors)"


@requirement("forkserver.too-many-fds")
def test_forkserver_refuses_to_hand_over_too_many_descriptors(mp):
    """More than can be sent in one message are refused, nothing stays open, and the next child starts as usual."""
    server, before = server_of(mp), open_descriptors()
    with mp.misuse(ValueError):
        mp.Process(target=nothing, args=(Many(mp, [0] * 300),)).start()
    after_collection(lambda: before >= open_descriptors(), "the closing of what was opened for the child")
    assert server == server_of(mp), "the parent of the next child"


def count(duplicates):
    return len({duplicate.detach() for duplicate in duplicates})


@requirement("forkserver.fds-sent-or-refused")
def test_forkserver_hands_over_as_many_descriptors_as_it_does_not_refuse(mp):
    """Near the most that a message can carry, each number of them either arrives, or is refused by ValueError."""
    for number in range(244, 260):
        try:
            found = answer_of_child(mp, count, Many(mp, [0] * number))
        except ValueError:
            continue
        assert number == found, "number of descriptors that arrived"


def inherited(mp):
    return mp.module("forkserver").get_inherited_fds()


@requirement("forkserver.inherited-fds")
def test_forkserver_children_know_what_they_were_given(mp):
    """get_inherited_fds() is None in a process that no server started, else a list."""
    assert None is inherited(mp), "in the program"
    assert [] == answer_of_child(mp, inherited, mp), "in a child that was given nothing"


EXITING = """
import os
import TARGET as mp

def tell():
    print(os.getppid(), flush=True)

if __name__ == "__main__":
    child = mp.get_context("METHOD").Process(target=tell)
    child.start()
    child.join()
"""


@requirement("forkserver.server-exits")
def test_forkserver_ends_with_the_program(mp):
    """When nobody is left who could ask it, the server ends, without a word."""
    done = mp.script(EXITING, family=True)
    server = int(done.stdout)
    eventually(lambda: not is_running(server), "the end of the server")
    assert "" == done.stderr, done


VANISHING = """
import os, signal, time
import TARGET as mp

def outlive(other):
    server = os.getppid()
    open("started-%d" % bool(other), "w").close()
    mp.parent_process().join()
    # The other one is gone for good once the server has taken note of its end.
    while other and exists(other):
        time.sleep(0.001)
    print("outlived", os.getppid() == server, flush=True)

def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    first = context.Process(target=outlive, args=(0,))
    first.start()
    second = context.Process(target=outlive, args=(first.pid,))
    second.start()
    while not (os.path.exists("started-0") and os.path.exists("started-1")):
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@requirement("forkserver.vanished-client")
def test_forkserver_does_not_mind_that_nobody_wants_an_exitcode(mp):
    """Children of a program that was killed end quietly, and the server with the last of them, not before."""
    # A killed program leaves its temporary files behind.
    done = mp.script(VANISHING, env={"TMPDIR": os.getcwd()}, family=True)
    assert ["outlived True"] * 2 == done.stdout.splitlines(), done
    assert "" == done.stderr, done


def handles_of(pid):
    """What the descriptors of a process stand for."""
    directory = "/proc/{}/fd".format(pid)
    for number in os.listdir(directory):
        with contextlib.suppress(FileNotFoundError):  # It was closed meanwhile.
            yield os.readlink(os.path.join(directory, number))


@requirement("forkserver.lets-go")
def test_forkserver_keeps_nothing_of_children_that_have_ended(mp):
    """What it handed to children, and what it reported their ends by, the server has closed."""
    server = server_of(mp)
    before = len(list(handles_of(server)))
    for _ in range(4):
        pair = mp.Pipe()
        assert 0 == exitcode_of(mp, id, pair), "exitcode"
    eventually(lambda: before >= len(list(handles_of(server))), "the closing of what children needed", 3.0)


def addresses_of(pid):
    """The addresses at which a process listens on Unix sockets."""
    handles, addresses = set(handles_of(pid)), []
    with open("/proc/net/unix") as table:
        for line in list(table)[1:]:
            flags, inode, path = line.split()[3], line.split()[6], line.rstrip("\n").split(" ")[-1]
            # 0x10000: it listens. A name that begins with NUL is shown with an "@".
            if int(flags, 16) & 0x10000 and "socket:[{}]".format(inode) in handles:
                addresses.append("\0" + path[1:] if path.startswith("@") else path)
    return addresses


def ask_without_key(address):
    """Ask for a child, with a wrong answer to any challenge; give what comes back through the pipe for its pid."""
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
        wrong = b"{sha256}" + bytes(32)
        socket.send_fds(client, [struct.pack("!i", len(wrong)) + wrong], [null, writer, null, null])
        for handle in (writer, null):
            os.close(handle)
        while client.recv(4096):
            pass
    with open(reader, "rb") as pipe:
        return pipe.read()


@requirement("forkserver.auth")
def test_forkserver_does_nothing_for_who_has_no_key(mp):
    """Who finds the server's socket and does not know its key gets no child; the program's requests still work."""
    server = server_of(mp)
    for address in addresses_of(server):
        assert b"" == Call(ask_without_key, address).result(), "what the server told of a child"
    assert server == server_of(mp), "the parent of a child that was started afterwards"


def post_exitcode(mp, box):
    try:
        box.post(exitcode_of(mp, nothing))
    except BaseException as error:
        box.post(repr(error))


@requirement("forkserver.raw-fork")
def test_forkserver_serves_a_process_that_the_program_has_forked(mp):
    """It need not be one of the package's own: it gets children like its parent, which goes on to get some."""
    assert 0 == exitcode_of(mp, nothing), "exitcode of a child before the fork"
    box = Mailbox()
    forked = os.fork()
    if forked == 0:
        try:
            post_exitcode(mp, box)
        finally:
            os._exit(0)
    try:
        assert 0 == box.first(), "exitcode of a child of the forked process"
    finally:
        os.kill(forked, signal.SIGKILL)
        os.waitpid(forked, 0)
    assert 0 == exitcode_of(mp, nothing), "exitcode of a child after that"
