"""Actors: a thread and some children that carry out operations on shared objects, one at a time, on command.

So a sequence of operations can be played by several processes in one definite order, and an operation can be left
to block while others go on. Orders and answers travel over sockets of the suite's own: what the target's pipes or
locks are worth is what is to be found out. Runs in the interpreter under test and its children: stdlib only,
syntax of Python 3.8.
"""

from __future__ import annotations

import pickle
import select
import socket
import struct
import threading

from conformance import clocks
from conformance.gates import new_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Sequence, Tuple

    from conformance.subject import Subject

    Outcome = Tuple[str, Any]
    Order = Tuple[int, str, Tuple[Any, ...]]

GIVES, RAISES, HOLDS = "gives", "raises", "holds the lock"
_LENGTH = struct.Struct("!I")


def _send(link: socket.socket, value: Any) -> None:
    data = pickle.dumps(value, protocol=4)
    link.sendall(_LENGTH.pack(len(data)) + data)


def _receive(link: socket.socket) -> Any:
    return pickle.loads(_exactly(link, _LENGTH.unpack(_exactly(link, _LENGTH.size))[0]))


def _exactly(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = link.recv(size - len(data))
        if not piece:
            raise EOFError("the other side has gone")
        data += piece
    return data


def act(address: Any, key: bytes, number: int, objects: Sequence[Any]) -> None:
    """Be the actor `number`: carry out each order on one of `objects`, until the stage is closed."""
    family = socket.AF_INET if isinstance(address, tuple) else getattr(socket, "AF_UNIX")  # noqa: B009 - not on Windows
    with socket.socket(family, socket.SOCK_STREAM) as link:
        link.connect(address)
        _send(link, (key, number))
        while True:
            order = _receive(link)
            if order is None:
                return
            _send(link, _carry_out(link, objects, order))


def _carry_out(link: socket.socket, objects: Sequence[Any], order: Order) -> Outcome:
    index, name, args = order
    try:
        if name in ("wait inside", "notify inside", "notify all inside"):
            return GIVES, _inside(link, objects[index], name, args)
        found = getattr(objects[index], name)
        return GIVES, found(*args) if callable(found) else found
    except Exception as error:
        return RAISES, type(error).__name__


def _inside(link: socket.socket, condition: Any, name: str, args: Tuple[Any, ...]) -> Any:
    """A method of a condition whose lock is taken for it.

    A waiter says that it holds the lock: whoever takes the lock after that finds it waiting.
    """
    with condition:
        if name == "wait inside":
            _send(link, (HOLDS, None))
            return condition.wait(*args)
        return condition.notify(*args) if name == "notify inside" else condition.notify_all()


class Stage:
    """Actors and the objects that they share.

    A context manager: on leaving, the actors end; children that still block are killed.
    """

    def __init__(self, mp: Subject, objects: Iterable[Any], children: int = 2) -> None:
        self.objects = tuple(objects)
        self._key = new_path("stage").encode()
        self._blocked: Dict[int, Order] = {}
        self._server = _listen()
        address = self._server.getsockname()
        arguments = [(address, self._key, number, self.objects) for number in range(children + 1)]
        self._children = [mp.Process(target=act, args=arguments[number], daemon=True) for number in range(children)]
        self.actors = list(range(children + 1))
        for child in self._children:
            child.start()
        threading.Thread(target=act, args=arguments[children], daemon=True).start()
        self._links: Dict[int, socket.socket] = {}
        try:
            while len(self._links) < len(self.actors):
                self._admit()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _admit(self) -> None:
        self._server.settimeout(_patience())
        try:
            link = self._server.accept()[0]
        except OSError as error:
            raise AssertionError("a child did not begin to act") from error
        link.settimeout(_patience())
        key, number = _receive(link)
        if key == self._key:
            self._links[number] = link
        else:
            link.close()

    @property
    def free(self) -> List[int]:
        """The actors that wait for an order."""
        return [actor for actor in self.actors if actor not in self._blocked]

    def perform(self, actor: int, order: Order) -> Outcome:
        """Have `order`, an object's number, a method's name and its arguments, carried out; what came of it.

        Raises:
            AssertionError: it does not end in time.
        """
        self.begin(actor, order)
        return self.outcome(actor)

    def begin(self, actor: int, order: Order) -> None:
        """Have `order` begun; it may block."""
        _send(self._links[actor], order)
        self._blocked[actor] = order
        if order[1] == "wait inside":
            said = self._receive(actor)
            if said[0] != HOLDS:
                raise AssertionError("{} before it waits: {}".format(_words(order), said))

    def outcome(self, actor: int) -> Outcome:
        """What came of the order that `actor` carries out, once it ended."""
        outcome: Outcome = self._receive(actor)
        del self._blocked[actor]
        return outcome

    def _receive(self, actor: int) -> Any:
        try:
            return _receive(self._links[actor])
        except (EOFError, OSError) as error:
            raise AssertionError("{} did not end in time".format(_words(self._blocked[actor]))) from error

    def ended(self, actors: Iterable[int], wait: bool = False) -> List[int]:
        """Those of `actors` whose orders have ended. wait: for at least one of them; AssertionError if none does."""
        links = {self._links[actor]: actor for actor in actors}
        # Windows refuses to select among no sockets.
        ready = select.select(list(links), [], [], _patience() if wait else 0)[0] if links else []
        if wait and not ready:
            raise AssertionError("none of the blocked operations went on in time")
        return [links[link] for link in ready]

    def close(self) -> None:
        """End the actors."""
        for actor, link in self._links.items():
            if actor not in self._blocked:
                _send(link, None)
        for number, child in enumerate(self._children):
            if number in self._blocked or number not in self._links:
                child.terminate()
            child.join(_patience())
        for link in self._links.values():
            link.close()
        self._server.close()


def _listen() -> socket.socket:
    if hasattr(socket, "AF_UNIX"):
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(new_path("s"))
    else:
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("127.0.0.1", 0))
    server.listen(8)
    return server


def _patience() -> float:
    return clocks.PATIENCE * clocks.scale()


def _words(order: Order) -> str:
    return "{}({})".format(order[1], ", ".join(map(repr, order[2])))
