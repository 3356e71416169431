"""The package's pickler, which programs teach their own types, and the passing of descriptors."""

import os

from conformance.requirement import requirement
from conformance.specs.aids import Call
from conformance.specs.deeds import answer_of_child


class Plain:
    """A type that only a registered reducer can make special."""

    def __init__(self, word):
        self.word = word


def reduce_plain(plain):
    return str.upper, (plain.word,)


def word(value):
    return value


@requirement("util.forking-pickler-register")
def test_registered_reducer_holds_for_pipes_and_queues(mp):
    """What goes through a connection or a queue is reduced by the function registered for its type."""
    mp.module("reduction").ForkingPickler.register(Plain, reduce_plain)
    reader, writer = mp.Pipe(duplex=False)
    queue, simple = mp.Queue(), mp.SimpleQueue()
    writer.send(Plain("sent"))
    queue.put(Plain("put"))
    simple.put([Plain("put too")])
    assert ["SENT", "PUT", ["PUT TOO"]] == [reader.recv(), queue.get(), simple.get()], "received"


@requirement("util.forking-pickler-register", methods=("spawn", "forkserver"))
def test_registered_reducer_holds_for_arguments(mp):
    """Arguments of a process are reduced by it too."""
    mp.module("reduction").ForkingPickler.register(Plain, reduce_plain)
    assert "GIVEN" == answer_of_child(mp, word, Plain("given")), "the argument in the child"


@requirement("util.forking-pickler-dumps")
def test_pickler_dumps_to_a_buffer(mp):
    """dumps() gives bytes, in the form of a buffer, which loads() turns back."""
    pickler = mp.module("reduction").ForkingPickler
    value = {"key": [1, "text", b"\0" * 1000, None]}
    data = pickler.dumps(value)
    assert value == pickler.loads(bytes(data)), "value from the bytes"
    assert value == pickler.loads(memoryview(data)), "value from the buffer"


@requirement("util.dict-views", needs=("managers",))
def test_dict_views_are_sent_as_lists(mp):
    """Keys, values and items of a dict can be sent once the managers are loaded."""
    mp.module("managers")
    reader, writer = mp.Pipe(duplex=False)
    views = {"key": "value"}
    for view in (views.keys(), views.values(), views.items()):
        writer.send(view)
    assert [["key"], ["value"], [("key", "value")]] == [reader.recv() for _ in range(3)], "received"


@requirement("util.send-handle")
def test_handle_is_sent_over_a_connection(mp):
    """send_handle() and recv_handle() hand a descriptor on, as a new one for the same file."""
    here, there = mp.Pipe()
    reduction = mp.module("reduction")
    with open("a file", "w+") as file:
        # The sender may wait for the receiver's word.
        sending = Call(reduction.send_handle, here, file.fileno(), os.getpid())
        handle = reduction.recv_handle(there)
        sending.result()
        assert os.fstat(file.fileno()).st_ino == os.fstat(handle).st_ino, "file behind the handle received"
        assert file.fileno() != handle, "the handle received is the one sent"
    os.close(handle)
