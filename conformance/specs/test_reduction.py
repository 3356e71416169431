"""The reduction module: the pickler of everything that goes to another process, and what programs teach it."""

import copyreg
import functools
import io
import pickle
import socket

from conformance.requirement import requirement
from conformance.specs.aids import Call


class Ticket:
    """What refuses to be pickled unless somebody registers how."""

    def __init__(self, text):
        self.text = text

    def __reduce_ex__(self, protocol):
        raise pickle.PicklingError("a ticket needs a reducer")

    def __eq__(self, other):
        return type(self) is type(other) and self.text == other.text

    def read(self):
        return self.text

    @classmethod
    def make(cls):
        return cls("made by a class method")


class Special(Ticket):
    """A subclass, for which nobody registers anything."""


def reduce_ticket(ticket):
    return Ticket, (ticket.text,)


def reduce_loudly(ticket):
    return Ticket, (ticket.text.upper(),)


def join(*args, **keywords):
    return args, keywords


@requirement("util.forking-pickler-register.scope")
def test_registered_reducer_is_for_exactly_its_type(mp):
    """The last reducer registered for a type holds, for no subclass, and not for pickle itself."""
    pickler = mp.module("reduction").ForkingPickler
    pickler.register(Ticket, reduce_ticket)
    pickler.register(Ticket, reduce_loudly)
    assert "LOUD" == pickler.loads(pickler.dumps(Ticket("loud"))).text, "text with the second reducer"
    for refused in (lambda: pickler.dumps(Special("x")), lambda: pickle.dumps(Ticket("x"))):
        with mp.raises(pickle.PicklingError):
            refused()
    assert False is (Ticket in copyreg.dispatch_table), "whether copyreg knows the type"


@requirement("util.forking-pickler-copyreg")
def test_copyreg_is_asked_where_nothing_is_registered(mp):
    """What copyreg is taught at any time is used, except for types that ForkingPickler was taught itself."""
    pickler = mp.module("reduction").ForkingPickler
    with mp.raises(pickle.PicklingError):
        pickler.dumps(Ticket("x"))
    copyreg.pickle(Ticket, reduce_loudly)
    assert "BY COPYREG" == pickler.loads(pickler.dumps(Ticket("by copyreg"))).text, "text by copyreg's reducer"
    pickler.register(Ticket, reduce_ticket)
    assert "by ours" == pickler.loads(pickler.dumps(Ticket("by ours"))).text, "text by the registered reducer"
    copyreg.pickle(Ticket, reduce_loudly)
    assert "by ours" == pickler.loads(pickler.dumps(Ticket("by ours"))).text, "text by the registered reducer"


@requirement("util.forking-pickler-dumps")
def test_dumps_gives_a_pickle(mp):
    """dumps gives a buffer that pickle, too, can load, in the protocol asked for."""
    pickler = mp.module("reduction").ForkingPickler
    value = {"key": [1, (2, "three")], "bytes": bytes(100_000)}
    for protocol in (2, 4, pickle.HIGHEST_PROTOCOL):
        data = bytes(pickler.dumps(value, protocol))
        assert (pickle.PROTO[0], protocol) == (data[0], data[1]), "mark and number of the protocol"
        assert value == pickle.loads(data), f"what pickle made of dumps(value, {protocol})"
    assert value == pickle.loads(pickler.dumps(value, None)), "what pickle made of dumps(value, None)"
    assert pickler.dumps(value) == pickler.dumps(value, None), "dumps(value, None)"


@requirement("util.forking-pickler-dumps")
def test_dump_writes_to_a_file_with_the_registered_reducers(mp):
    """reduction.dump and a ForkingPickler made by hand write what loads reads, one pickle after the other."""
    reduction = mp.module("reduction")
    reduction.register(Ticket, reduce_ticket)
    file = io.BytesIO()
    reduction.dump(Ticket("first"), file)
    reduction.dump(Ticket("second"), file, 2)
    second = file.getvalue()[len(bytes(reduction.ForkingPickler.dumps(Ticket("first")))) :]
    assert 2 == second[1], "protocol of the second"
    reduction.ForkingPickler(file).dump(Ticket("third"))
    file.seek(0)
    assert ["first", "second", "third"] == [pickle.load(file).text for _ in range(3)], "texts of the tickets"


@requirement("util.forking-pickler-subclass")
def test_dumps_of_a_subclass_uses_the_subclass(mp):
    """A subclass of ForkingPickler with a reducer_override of its own dumps by it."""

    class Override(mp.module("reduction").ForkingPickler):
        def reducer_override(self, value):
            return reduce_loudly(value) if isinstance(value, Ticket) else NotImplemented

    assert "LOUD" == pickle.loads(Override.dumps(Ticket("loud"))).text, "text by the subclass"


@requirement("util.reduced-callables")
def test_callables_of_all_kinds_can_be_sent(mp):
    """Bound methods, class methods, methods of built-in types and partial objects arrive as they were sent."""
    mp.module("reduction").register(Ticket, reduce_ticket)
    left, right = mp.Pipe()
    ticket, partial = Ticket("bound"), functools.partial(join, 1, 2, key=3)
    for function, args in (
        (ticket.read, ()),
        (Ticket.make, ()),
        (partial, (4,)),
        (functools.partial(ticket.read), ()),
        ([1, 2].count, (2,)),
        (str.upper, ("text",)),
        (list.append, ([], 1)),
        (int.__add__, (1, 2)),
        ((5).__add__, (2,)),
        (dict.fromkeys, ("ab",)),
        (len, ("abc",)),
    ):
        left.send(function)
        assert function(*args) == Call(right.recv).result()(*args), f"what {function!r} returns on arrival"
    left.send(partial)
    received = right.recv()
    assert (join, (1, 2), {"key": 3}) == (received.func, received.args, received.keywords), "the parts of a partial"


@requirement("util.abstract-reducer")
def test_abstract_reducer_offers_what_the_module_does(mp):
    """A subclass of AbstractReducer has the module's functions, and may replace some, as a context's reducer."""
    reduction = mp.module("reduction")

    class Reducer(reduction.AbstractReducer):
        pass

    for name in ("ForkingPickler", "dump", "send_handle", "recv_handle", "sendfds", "recvfds", "DupFd"):
        assert getattr(reduction, name) == getattr(Reducer, name), f"the reducer's {name}"
    Reducer.register(Ticket, reduce_ticket)
    assert "x" == pickle.loads(reduction.ForkingPickler.dumps(Ticket("x"))).text, "text by the registered reducer"


def reduce_to_nothing(value):
    return str, ()


@requirement("util.abstract-reducer.init")
def test_abstract_reducer_registers_the_usual_reducers_when_made(mp):
    """Methods, partial objects and sockets are reduced as usual once one was made, whatever was registered before."""
    reduction = mp.module("reduction")
    pickler = reduction.ForkingPickler
    # PyPy's are plain functions.
    methods = [Ticket.make, *(method for method in (list.append, int.__add__) if type(method) is not type(join))]
    partial = functools.partial(join, 1, key=2)
    near, far = socket.socketpair()
    with near, far:
        for value in (*methods, partial, near):
            pickler.register(type(value), reduce_to_nothing)
            assert "" == pickler.loads(pickler.dumps(value)), f"{value!r} as it was registered"
        reduction.AbstractReducer()
        assert methods == [pickler.loads(pickler.dumps(method)) for method in methods], "methods on arrival"
        assert ((1,), {"key": 2}) == pickler.loads(pickler.dumps(partial))(), "what the partial object returns"
        with Call(pickler.loads, pickler.dumps(near)).result() as received:
            assert near.family == received.family, "family of the socket on arrival"
