"""Pickling for other processes: which reducers are asked, and what happens to picklers that are kept."""

import copyreg
import functools
import io
import os
import pickle
import socket
import sys
import threading

import pytest

from reference import reduction
from reference.reduction import ForkingPickler, pickled

loads = pickle.loads


class Thing:
    def __init__(self, value=None):
        self.value = value

    def method(self):
        return self.value


class Nested:
    """Pickles another object while it is itself being pickled."""

    def __init__(self, inner):
        self.inner = inner

    def __reduce__(self):
        return loads, (ForkingPickler.dumps([self.inner, Thing(1)]),)


class Awkward:
    def __reduce__(self):
        raise RuntimeError("cannot be pickled")


@pytest.fixture
def table():
    """The reducers, put back as they were afterwards."""
    before = dict(ForkingPickler._extra_reducers)
    yield ForkingPickler._extra_reducers
    ForkingPickler._extra_reducers.clear()
    ForkingPickler._extra_reducers.update(before)


@pytest.mark.parametrize(
    "obj",
    [
        None,
        True,
        5,
        2.5,
        "text",
        b"bytes",
        [],
        (1, [2, {"a": b"b"}]),
        "x" * 100_000,
        b"x" * 100_000,
        [bytearray(b"y" * 100_000), "z" * 70_000, list(range(50_000))],
        len,
        Thing,
        [].append,
        str.upper,
        int.__add__,
    ],
    ids=lambda obj: repr(obj)[:20],
)
def test_what_is_dumped_can_be_loaded(obj):
    for again in (ForkingPickler.loads(ForkingPickler.dumps(obj)), ForkingPickler.loads(ForkingPickler.dumps(obj, 2))):
        assert type(obj) is type(again)
        if not callable(obj) or isinstance(obj, type):
            assert obj == again


def test_methods_and_partials_keep_what_they_are_bound_to():
    bound = ForkingPickler.loads(ForkingPickler.dumps(Thing(7).method))
    assert 7 == bound()
    part = functools.partial(pow, 2, mod=5)
    part.note = "kept"
    again = ForkingPickler.loads(ForkingPickler.dumps(part))
    assert (3, "kept") == (again(3), again.note)


def test_small_objects_have_one_piece_and_big_data_is_passed_on_uncopied():
    data = b"x" * 1_000_000
    pieces = pickled([data, 1])
    assert isinstance(pieces, list)
    if sys.implementation.name == "cpython":
        assert isinstance(pickled([1, "a"]), bytes)
        assert any(piece is data for piece in pieces)
    assert [data, 1] == loads(b"".join(pieces))


def test_a_bytearray_that_grows_meanwhile_does_not_harm_its_neighbours():
    data = bytearray(200_000)

    class Grows:
        def __reduce__(self):
            data.extend(b"grown")
            return str, ("grown",)

    again = ForkingPickler.loads(ForkingPickler.dumps([data, Grows(), "behind"]))
    assert (200_000, "grown", "behind") == (len(again[0]), again[1], again[2])


def test_a_registered_reducer_is_asked_before_copyreg_and_the_object(table):
    class Local:
        pass

    with pytest.raises((pickle.PicklingError, AttributeError)):
        ForkingPickler.dumps(Local())
    copyreg.pickle(Local, lambda obj: (str, ("copyreg",)))
    try:
        assert "copyreg" == loads(ForkingPickler.dumps(Local()))
        ForkingPickler.register(Local, lambda obj: (str, ("registered",)))
        assert "registered" == loads(ForkingPickler.dumps(Local()))
        buffer = io.BytesIO()
        reduction.dump(Local(), buffer)
        assert "registered" == loads(buffer.getvalue())
        del table[Local]
        assert "copyreg" == loads(ForkingPickler.dumps(Local()))
    finally:
        del copyreg.dispatch_table[Local]
    with pytest.raises((pickle.PicklingError, AttributeError)):
        ForkingPickler.dumps(Local())


def test_a_subclass_pickles_in_its_own_way():
    class Own(ForkingPickler):
        def persistent_id(self, obj):
            return "thing" if isinstance(obj, Thing) else None

    class Reader(pickle.Unpickler):
        def persistent_load(self, pid):
            return pid

    assert ["thing", 1] == Reader(io.BytesIO(Own.dumps([Thing(), 1]))).load()


def test_pickling_inside_pickling_gets_a_pickler_of_its_own():
    inner, thing = loads(ForkingPickler.dumps([Nested([1, Nested(2)]), "behind"]))[0]
    assert (1, 1) == (thing.value, inner[0])


def test_after_an_error_the_next_object_is_pickled_whole():
    for _ in range(3):
        with pytest.raises(RuntimeError, match="cannot be pickled"):
            ForkingPickler.dumps(["some", "text", Awkward()])
        assert ["next", [1, 2]] == loads(ForkingPickler.dumps(["next", [1, 2]]))


def test_nothing_of_one_message_is_referred_to_by_the_next():
    shared = ["shared"]
    first, second = ForkingPickler.dumps([shared, shared]), ForkingPickler.dumps([shared, 1])
    assert [["shared"], ["shared"]] == loads(first)
    assert [["shared"], 1] == loads(second)


def test_pickled_objects_are_not_kept_alive():
    gone = []

    class Watched:
        def __reduce__(self):
            return str, ("watched",)

        def __del__(self):
            gone.append(True)

    obj = Watched()
    ForkingPickler.dumps([obj])
    del obj
    if sys.implementation.name == "cpython":
        assert [True] == gone


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="sizes of picklers are known on CPython only")
def test_a_pickler_that_has_grown_is_not_kept():
    reduction._stock.clear()
    ForkingPickler.dumps([str(number) for number in range(10_000)])
    assert [] == reduction._stock
    ForkingPickler.dumps([1, "a"])
    assert 1 == len(reduction._stock)


def test_threads_pickle_at_once():
    errors = []

    def work(number):
        for turn in range(300):
            thing = [number, "x" * turn, Nested(turn)]
            again = loads(ForkingPickler.dumps(thing))
            if again[:2] != thing[:2] or again[2][0] != turn:
                errors.append(again)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == errors


def test_a_child_forked_in_the_middle_of_pickling_pickles_afresh():
    source, sink = os.pipe()

    class Forks:
        def __reduce__(self):
            child = os.fork()
            if child == 0:
                ok = [1, "in the child"] == loads(ForkingPickler.dumps([1, "in the child"]))
                os.write(sink, b"whole" if ok else b"broken")
                os._exit(0)
            os.waitpid(child, 0)
            return str, ("forked",)

    assert ["before", "forked", "behind"] == loads(ForkingPickler.dumps(["before", Forks(), "behind"]))
    assert b"whole" == os.read(source, 100)
    os.close(source)
    os.close(sink)


class Parcel:
    """What a broker or launcher makes of a descriptor, in these tests."""

    def __init__(self, where, fd):
        self.where, self.fd = where, fd

    def detach(self):
        return os.dup(self.fd)


def test_a_descriptor_goes_by_the_launcher_while_a_child_is_started_and_else_by_the_broker(monkeypatch):
    class Launcher:
        def duplicate_for_child(self, fd):
            return fd + 1000

        def DupFd(self, token):
            return Parcel("launcher", token)

    monkeypatch.setattr(reduction, "handle_broker", lambda fd: Parcel("broker", fd))
    monkeypatch.setattr(reduction, "get_spawning_popen", lambda: Launcher())
    assert ("launcher", 1005) == (reduction.DupFd(5).where, reduction.DupFd(5).fd)
    monkeypatch.setattr(reduction, "get_spawning_popen", lambda: None)
    assert ("broker", 5) == (reduction.DupFd(5).where, reduction.DupFd(5).fd)


def test_the_broker_is_loaded_when_first_needed(monkeypatch):
    loaded = []

    def load(name):
        loaded.append(name)
        reduction.handle_broker = lambda fd: Parcel("broker", fd)

    monkeypatch.setattr(reduction, "handle_broker", None)
    monkeypatch.setattr(reduction.rooms, "load", load)
    assert "broker" == reduction.DupFd(5).where
    reduction.DupFd(6)
    assert ["resource_sharer"] == loaded
    monkeypatch.setattr(reduction, "handle_broker", None)
    monkeypatch.setattr(reduction.rooms, "load", loaded.append)
    with pytest.raises(RuntimeError, match="did not offer itself"):
        reduction.DupFd(5)
    monkeypatch.setattr(reduction, "HAVE_SEND_HANDLE", False)
    with pytest.raises(ValueError, match="cannot pass a descriptor"):
        reduction.DupFd(5)


def test_sockets_travel_with_their_kind(monkeypatch, table):
    monkeypatch.setattr(reduction, "handle_broker", lambda fd: Parcel("broker", fd))
    one, other = socket.socketpair()
    with one, other:
        again = loads(ForkingPickler.dumps([one]))[0]
        with again:
            assert (one.family, one.type, one.proto) == (again.family, again.type, again.proto)
            again.sendall(b"by the copy")
            assert b"by the copy" == other.recv(100)


def test_subclasses_of_socket_are_left_alone(monkeypatch):
    class Other(socket.socket):
        pass

    monkeypatch.setattr(reduction, "handle_broker", lambda fd: Parcel("broker", fd))
    with Other() as sock, pytest.raises(TypeError):
        ForkingPickler.dumps(sock)


def test_descriptors_travel_over_a_unix_socket_several_at_once():
    one, other = socket.socketpair()
    source, sink = os.pipe()
    with one, other:
        reduction.sendfds(one, [source, sink])
        source_again, sink_again = reduction.recvfds(other, 5)
        os.write(sink_again, b"by the copy")
        assert b"by the copy" == os.read(source, 100)
        assert not os.get_inheritable(source_again)
    for fd in (source, sink, source_again, sink_again):
        os.close(fd)


def test_receiving_descriptors_where_none_come():
    one, other = socket.socketpair()
    with other:
        one.sendall(b"\1")
        with pytest.raises(RuntimeError, match="expected descriptors"):
            reduction.recvfds(other, 1)
        one.close()
        with pytest.raises(EOFError):
            reduction.recvfds(other, 1)


def test_more_descriptors_than_expected_are_refused_and_closed():
    one, other = socket.socketpair()
    with one, other:
        reduction.sendfds(one, [0, 1, 2])
        before = len(os.listdir("/proc/self/fd"))
        with pytest.raises(RuntimeError, match="expected descriptors"):
            reduction.recvfds(other, 1)
        assert before == len(os.listdir("/proc/self/fd"))


def test_the_base_of_reducers_offers_what_this_room_does():
    class Own(reduction.AbstractReducer):
        pass

    for name in ("ForkingPickler", "dump", "send_handle", "recv_handle", "sendfds", "recvfds", "DupFd"):
        assert getattr(reduction, name) is getattr(Own(), name)
