"""The package's pickler, which programs teach their own types, in pipes, queues and arguments."""

from conformance.requirement import requirement
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


@requirement("util.dict-views", needs=("managers",))
def test_dict_views_are_sent_as_lists(mp):
    """Keys, values and items of a dict can be sent once the managers are loaded."""
    mp.module("managers")
    reader, writer = mp.Pipe(duplex=False)
    views = {"key": "value"}
    for view in (views.keys(), views.values(), views.items()):
        writer.send(view)
    assert [["key"], ["value"], [("key", "value")]] == [reader.recv() for _ in range(3)], "received"
