"""Handles fetched from the process that pickled them: by whom, how often, and what happens to those nobody fetches."""

import os
import pickle
import socket
import threading

import pytest

from reference import connection, reduction, resource_sharer
from reference.errors import AuthenticationError
from reference.resource_sharer import DupFd, _request


@pytest.fixture(autouse=True)
def _stopped_afterwards():
    yield
    resource_sharer.stop(timeout=60)


@pytest.fixture
def pipe():
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


def travel(fd):
    """What the receiver gets of `DupFd(fd)`."""
    return pickle.loads(reduction.ForkingPickler.dumps(DupFd(fd)))


def test_loading_the_room_makes_it_the_broker():
    assert DupFd is reduction.handle_broker


def test_a_fetched_descriptor_is_a_duplicate_and_the_sender_keeps_none(pipe):
    reader, writer = pipe
    travelling = travel(writer)
    os.close(writer)
    fetched = travelling.detach()
    os.write(fetched, b"through")
    assert b"through" == os.read(reader, 10)
    os.close(fetched)
    assert b"" == os.read(reader, 10), "somebody still holds the write end"


def test_a_descriptor_can_be_fetched_once(pipe):
    writer = pipe[1]
    travelling = travel(writer)
    os.close(writer)
    os.close(travelling.detach())
    with pytest.raises(EOFError):
        travelling.detach()


def test_stop_releases_what_nobody_fetched(pipe):
    reader, writer = pipe
    travelling = travel(writer)
    os.close(writer)
    resource_sharer.stop(timeout=60)
    assert b"" == os.read(reader, 10)
    with pytest.raises((ConnectionError, FileNotFoundError)):
        travelling.detach()


def test_it_serves_again_after_a_stop(pipe):
    reader, writer = pipe
    resource_sharer.stop(timeout=60)
    os.close(travel(writer).detach())
    os.close(writer)
    assert b"" == os.read(reader, 10)


def test_who_does_not_know_the_key_gets_nothing(pipe):
    writer = pipe[1]
    travelling = travel(writer)
    address, ticket = travelling._ident
    with pytest.raises(AuthenticationError):
        connection.Client(address, authkey=b"guessed")
    with connection.Client(address) as stranger:
        stranger.recv_bytes()  # the challenge
        stranger.send_bytes(_request.pack(ticket, os.getpid()))
        stranger.recv_bytes()  # the refusal
        with pytest.raises(EOFError):
            stranger.recv_bytes()
    os.close(travelling.detach())
    os.close(writer)


def test_a_silent_peer_keeps_nobody_waiting(pipe):
    reader, writer = pipe
    travelling = travel(writer)
    os.close(writer)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(travelling._ident[0])
        os.close(travelling.detach())
    assert b"" == os.read(reader, 10)


def test_want_of_threads_costs_one_peer_its_answer_and_no_more(pipe, monkeypatch):
    reader, writer = pipe
    travelling = travel(writer)
    os.close(writer)
    start = threading.Thread.start

    def refuse(thread):
        monkeypatch.setattr(threading.Thread, "start", start)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises((EOFError, ConnectionError)):
        travelling.detach()
    os.close(travelling.detach())
    assert b"" == os.read(reader, 10)


def test_a_forked_child_holds_none_of_its_parents_handles(pipe):
    reader, writer = pipe
    travelling = travel(writer)
    os.close(writer)
    ready_reads, ready_writes = os.pipe()
    go_reads, go_writes = os.pipe()
    pid = os.fork()
    if pid == 0:
        resource_sharer._resource_sharer._after_fork()
        os.write(ready_writes, b"1")
        os.close(go_writes)
        os.read(go_reads, 1)
        os._exit(0)
    assert b"1" == os.read(ready_reads, 1)
    os.close(travelling.detach())
    assert b"" == os.read(reader, 10), "the child holds the write end"
    for fd in (ready_reads, ready_writes, go_reads, go_writes):
        os.close(fd)
    os.waitpid(pid, 0)
