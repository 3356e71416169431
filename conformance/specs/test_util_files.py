"""The private temporary directory, closing descriptors, and starting a program with some of them."""

import os
import sys
import tempfile

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, is_open
from conformance.specs.deeds import answer_of_child


@requirement("util.temp-dir")
def test_temp_dir_is_one_private_directory(mp):
    """The same each time, in the directory for temporary files, and open to its owner only."""
    path = mp.module("util").get_temp_dir()
    assert path == mp.module("util").get_temp_dir(), "path at a second call"
    assert os.path.realpath(tempfile.gettempdir()) == os.path.dirname(os.path.realpath(path)), "where it lies"
    assert os.path.isdir(path), "it is no directory"
    if os.name == "posix":
        assert 0o700 == os.stat(path).st_mode & 0o777, "permissions"


def make_temp_dir(mp):
    path = mp.module("util").get_temp_dir()
    return path, os.path.isdir(path)


@requirement("util.temp-dir")
def test_temp_dir_of_a_child_goes_with_it(mp):
    """What a child made is removed when it ends."""
    path, existed = answer_of_child(mp, make_temp_dir, mp)
    assert (True, False) == (existed, os.path.exists(path)), "whether it existed (in the child, after its end)"


@requirement("util.temp-dir")
def test_temp_dir_survives_children(mp):
    """What the parent made is still there when a child, which may know of it, has ended."""
    path = mp.module("util").get_temp_dir()
    answer_of_child(mp, make_temp_dir, mp)
    assert os.path.isdir(path), "the parent's directory has gone"


TEMPORARY = """
import os
import TARGET.util as util

def look():
    now = util.get_temp_dir()
    print(now == path, os.path.isdir(now), flush=True)
    if now != path:
        os.rmdir(now)

# Among equals the latest goes first: these two stand on either side of the directory's own.
util.Finalize(None, look, exitpriority=-99)
path = util.get_temp_dir()
print(path, flush=True)
open(os.path.join(path, "file"), "w").close()
for priority in (0, -101):
    util.Finalize(None, look, exitpriority=priority)
"""


@requirement("util.temp-dir.exit", methods=("spawn",))
def test_temp_dir_is_removed_at_exit(mp):
    """With all that is in it, late; who asks for it later still gets one that exists."""
    path, *seen = mp.script(TEMPORARY).stdout.splitlines()
    wanted = ["True True", "True True", "False True"]
    assert wanted == seen, "(whether it is the same, whether it exists) for finalizers of priority 0, -99 and -101"
    assert not os.path.exists(path), "the directory is still there"


@requirement("util.temp-dir-long", methods=("spawn",))
def test_temp_dir_that_is_too_long_is_replaced(mp):
    """A listener with an address of its own choice works although the directory's path is too long for an address."""
    directory = os.path.abspath("x" * 110)
    os.mkdir(directory)
    tempfile.tempdir = directory
    try:
        with mp.module("connection").Listener(family="AF_UNIX") as listener:
            assert not listener.address.startswith(directory), listener.address
    finally:
        tempfile.tempdir = None


def listen(mp, directory):
    os.mkdir(directory)
    tempfile.tempdir = directory
    with mp.module("connection").Listener(family="AF_UNIX") as listener:
        return listener.address != ""


@requirement("util.temp-dir-lengths", methods=("fork",))
def test_temp_dir_of_every_length_will_do(mp):
    """Listeners work whether the directory's path is short, nearly too long for an address, or just too long."""
    shortest = len(os.path.abspath("x"))
    for length in range(max(shortest, 70), 110):
        directory = os.path.abspath("x" * (length - shortest + 1))
        assert True is answer_of_child(mp, listen, mp, directory), "a listener, by a path of {}".format(length)


def keep_two_descriptors(mp, box, low, high):
    kept = [os.dup2(0, low), os.dup2(0, high)]
    highest = min(300, os.sysconf("SC_OPEN_MAX") - 1)
    others = [os.dup2(0, number) for number in (low + 1, high - 1, high + 1, highest)]
    pid = os.fork()
    if pid == 0:
        try:
            mp.module("util").close_all_fds_except([high, 1, low])
            box.post(([is_open(fd) for fd in [1, *kept]], [is_open(fd) for fd in [0, 2, *others]]))
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


@requirement("util.close-all-fds-except")
def test_close_all_fds_except_keeps_those_given(mp):
    """Descriptors that are listed, in any order, stay open; all below, between and above are closed."""
    box = Mailbox()
    keep_two_descriptors(mp, box, 60, 80)
    kept, others = box.first(patience=0)
    assert ([True] * 3, [False] * 6) == (kept, others), "whether open (those listed, others)"


LOOK = """
import os, sys

os.write(int(sys.argv[1]), b"here")
try:
    os.fstat(int(sys.argv[2]))
except OSError:
    sys.exit(7)
"""


@requirement("util.spawnv-passfds", methods=("spawn",))
def test_spawnv_passfds_starts_a_program_with_those_descriptors(mp):
    """It gives the program's pid; of the other descriptors, also inheritable ones, the program has none."""
    reader, writer = os.pipe()
    other = os.dup(reader)
    os.set_inheritable(other, True)
    program = os.fsencode(sys.executable)
    arguments = [program, b"-c", LOOK.encode(), str(writer).encode(), str(other).encode()]
    pid = mp.module("util").spawnv_passfds(program, arguments, [writer])
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert b"here" == Call(pipe.read).result(), "what the program wrote to the descriptor"
    _, status = Call(os.waitpid, pid, 0).result()
    assert 7 << 8 == status, "status of a program that ends by 7 if it has no other descriptor"


@requirement("util.is-abstract-socket-namespace", methods=("fork",))
def test_abstract_addresses_are_told_from_others(mp):
    """Text or bytes that begin with NUL are abstract addresses, others and empty ones are not, and a number is none."""
    is_abstract = mp.module("util").is_abstract_socket_namespace
    assert [True] * 3 == [is_abstract(address) for address in ("\0name", b"\0name", "\0")], (
        "addresses that begin with NUL"
    )
    assert [False] * 5 == [is_abstract(address) for address in ("name", b"name", "name\0", "", b"")], "other addresses"
    with mp.raises(TypeError):
        is_abstract(7)
