"""The interface over threads."""

import threading

import pytest

from reference import dummy
from reference.dummy import connection


def test_a_thread_in_the_manner_of_a_process():
    gate = dummy.Event()
    results = dummy.Queue()
    child = dummy.Process(target=lambda *args, **kwargs: (gate.wait(), results.put((args, kwargs))), args=(1,))
    assert child.exitcode is None
    child.start()
    assert [child] == dummy.active_children()
    assert child.exitcode is None
    gate.set()
    child.join()
    assert ((1,), {}) == results.get()
    assert (0, []) == (child.exitcode, dummy.active_children())


def test_only_the_thread_that_made_it_starts_it():
    child = dummy.Process(target=int)
    failures = []

    def try_to_start():
        try:
            child.start()
        except RuntimeError as error:
            failures.append(str(error))

    stranger = threading.Thread(target=try_to_start)
    stranger.start()
    stranger.join()
    assert 1 == len(failures)
    assert "alone can start it" in failures[0]
    assert dummy.current_process() is threading.current_thread()


def test_a_thread_knows_its_own_children():
    gate, seen = dummy.Event(), []

    def parent():
        child = dummy.Process(target=gate.wait)
        child.start()
        seen.append(dummy.active_children() == [child])
        gate.set()
        child.join()

    middle = dummy.Process(target=parent)
    middle.start()
    middle.join()
    assert [True] == seen


def test_pipes():
    one, other = dummy.Pipe()
    with one, other:
        thing = object()
        one.send(thing)
        assert other.poll()
        assert thing is other.recv()
        other.send_bytes(b"back")
        assert b"back" == one.recv_bytes()
        assert not one.poll()
        assert not one.poll(0.001)
        one.send(None)
        assert other.poll(None)


def test_a_listener_and_its_client():
    with connection.Listener() as listener:
        client = connection.Client(listener.address)
        served = listener.accept()
        client.send("there")
        served.send("back")
        assert ("there", "back") == (served.recv(), client.recv())
    assert listener.address is None
    with pytest.raises(OSError, match="closed"):
        listener.accept()


def test_what_a_manager_offers_is_plain():
    manager = dummy.Manager()
    assert dummy is manager
    assert ({"a": 1}, [1, 2]) == (manager.dict(a=1), manager.list([1, 2]))
    assert [0, 1] == manager.Array("i", range(2))
    value = manager.Value("i", 3)
    value.value += 1
    assert "<Value('i', 4)>" == repr(value)
    space = manager.Namespace(b=2, a=1, _hidden=0)
    space.c = 3
    assert "Namespace(a=1, b=2, c=3)" == repr(space)
    manager.freeze_support()
    manager.shutdown()


def test_pools_are_refused_unless_the_package_stands_in_for_the_stdlibs():
    with pytest.raises(NotImplementedError, match="pools"):
        dummy.Pool(1)


def test_every_public_name_is_there():
    assert all(hasattr(dummy, name) for name in dummy.__all__)
    assert all(hasattr(connection, name) for name in connection.__all__)
