"""What is made for systems that lack what this one may have: the same rooms, loaded as they would be there."""

import _socket
import errno
import importlib.util
import os
import socket
import subprocess
import sys

import pytest
from background import Background

from reference._platform import _posix, _posix_handles, _posix_liveness, _posix_requests, _posix_streams

GATE = "import sys; sys.stdin.read(); sys.exit(3)"


def loaded_again(room):
    """A second copy of a loaded room, which finds the system as it is pretended to be now."""
    spec = importlib.util.spec_from_file_location(room.__name__, room.__file__)
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


@pytest.fixture
def child():
    """A child that ends with status 3 when told."""
    process = subprocess.Popen([sys.executable, "-S", "-c", GATE], stdin=subprocess.PIPE)
    yield process
    process.stdin.close()
    process.returncode = 3  # whoever collected it: there is nothing left to wait for


# Without waitid (PyPy).


def test_a_status_that_cannot_be_looked_at_is_taken_and_kept(child, monkeypatch):
    monkeypatch.delattr(os, "waitid", raising=False)
    without = loaded_again(_posix)
    assert without.peek_exitcode(child.pid, None) is None
    with Background(without.peek_exitcode, child.pid, None, True):
        child.stdin.close()
    assert [3, 3] == [without.peek_exitcode(child.pid, None) for _ in range(2)]
    without.reap(child.pid, None)
    without.reap(child.pid, None)
    with pytest.raises(ChildProcessError):
        without.peek_exitcode(child.pid, None, True)


def test_a_child_of_which_nobody_has_heard_is_ended(child):
    _posix.kill_and_reap(child.pid)
    with pytest.raises(ChildProcessError):
        os.waitpid(child.pid, 0)


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="takes statuses otherwise")
def test_who_comes_second_to_collect_a_child_is_not_disturbed(child):
    child.stdin.close()
    assert 3 == _posix.peek_exitcode(child.pid, None, True)
    _posix.reap(child.pid, None)
    _posix.reap(child.pid, None)


# Without process handles, or descriptors for them.


@pytest.mark.parametrize("way", ["handles", "numbers"])
def test_whether_another_process_has_ended(child, way, monkeypatch):
    if way == "numbers":
        monkeypatch.setattr(_posix, "process_handle", lambda pid: None)
    has_ended = _posix_liveness.has_ended
    assert not has_ended(child.pid)
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT) if hasattr(os, "waitid") else child.wait()
    assert has_ended(child.pid), "not yet collected"
    child.wait()
    assert has_ended(child.pid)


def test_what_cannot_be_found_out_counts_as_alive(child, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "somebody else's")

    def run_out(pid):
        raise OSError(errno.EMFILE, "none left")

    monkeypatch.setattr(_posix, "process_handle", run_out)
    assert not _posix_liveness.has_ended(child.pid)
    monkeypatch.setattr(_posix, "process_handle", lambda pid: None)
    monkeypatch.setattr(os, "kill", refuse)
    assert not _posix_liveness.has_ended(child.pid)
    monkeypatch.setattr(os, "kill", lambda *_: None)
    monkeypatch.setattr("builtins.open", refuse)
    assert not _posix_liveness.has_ended(child.pid)


# macOS.


@pytest.fixture
def mac(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr(_socket, "MSG_CMSG_CLOEXEC", raising=False)


def test_buffers_are_written_one_by_one_where_gathering_has_a_limit(mac):
    streams = loaded_again(_posix_streams)
    reader, writer = os.pipe()
    assert 1 == streams.GATHER_LIMIT
    assert 3 == streams.gather(writer, [b"one", b"two"])
    assert b"one" == os.read(reader, 100)
    os.close(reader)
    os.close(writer)


def test_who_receives_descriptors_confirms_them(mac):
    handles = loaded_again(_posix_handles)
    one, other = socket.socketpair()
    reader, writer = os.pipe()
    with one, other, open(reader, "rb", buffering=0), open(writer, "wb", buffering=0):
        with Background(handles.sendfds, one, [reader, writer]):
            got = handles.recvfds(other, 2)
        assert not any(map(os.get_inheritable, got))
        os.write(got[1], b"through")
        assert b"through" == os.read(got[0], 100)
        for fd in got:
            os.close(fd)
        other.send(b"?")
        with pytest.raises(RuntimeError, match="confirm"):
            handles.sendfds(one, [reader])


def test_requests_go_through_a_stream_where_there_are_no_packets(monkeypatch):
    monkeypatch.delattr(_socket, "MSG_CMSG_CLOEXEC", raising=False)
    requests = loaded_again(_posix_requests)
    real = _socket.socketpair
    kinds = []

    def without_packets(family, kind):
        kinds.append(kind)
        if kind == socket.SOCK_SEQPACKET:
            raise OSError(errno.EPROTONOSUPPORT, "no packets")
        return real(family, kind)

    monkeypatch.setattr(_socket, "socketpair", without_packets)
    asks, serves = requests.request_pair()
    assert [socket.SOCK_SEQPACKET, socket.SOCK_STREAM] == kinds
    requests.send(asks, b"a request", [0, 1])
    message, fds, complete = requests.receive(serves)
    assert (b"a request", 2, True) == (message, len(fds), complete)
    assert not any(map(os.get_inheritable, fds))
    for fd in (asks, serves, *fds):
        os.close(fd)


def test_a_pair_that_cannot_be_had_is_an_error(monkeypatch):
    def none_left(*_):
        raise OSError(errno.EMFILE, "none left")

    monkeypatch.setattr(_socket, "socketpair", none_left)
    with pytest.raises(OSError, match="none left"):
        _posix_requests.request_pair()
