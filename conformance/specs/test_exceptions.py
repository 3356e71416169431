"""The package's exception classes: their kin, and who raises them."""

import builtins

from conformance.gates import Gate
from conformance.requirement import requirement
from conformance.specs.aids import LONG, SHORT, Call
from conformance.specs.deeds import hold

NAMES = ("BufferTooShort", "AuthenticationError", "TimeoutError")


def classes(mp):
    return {name: getattr(mp.package, name) for name in NAMES}


@requirement("exceptions.base")
def test_exceptions_have_one_base(mp):
    """All are kinds of ProcessError, which is an Exception like others, and none is a kind of another."""
    base, kinds = mp.package.ProcessError, classes(mp)
    assert True is issubclass(base, Exception), "whether ProcessError is a kind of Exception"
    assert [] == [name for name, kind in kinds.items() if not issubclass(kind, base)], "those of another base"
    pairs = [(one, two) for one in NAMES for two in NAMES if one != two and issubclass(kinds[one], kinds[two])]
    assert [] == pairs, "those of which the first is a kind of the second"


@requirement("exceptions.timeout-distinct")
def test_exceptions_timeout_is_not_the_builtin_one(mp):
    """Who catches the built-in TimeoutError does not catch the package's."""
    assert False is issubclass(mp.package.TimeoutError, builtins.TimeoutError), "whether it is a kind of the built-in"


@requirement("exceptions.not-os-error")
def test_exceptions_are_no_os_errors(mp):
    """Who catches OSError catches none of them."""
    kinds = {"ProcessError": mp.package.ProcessError, **classes(mp)}
    assert [] == [name for name, kind in kinds.items() if issubclass(kind, OSError)], "those that are kinds of OSError"


@requirement("exceptions.authentication-from")
def test_exceptions_authentication_error_tells_of_a_wrong_key(mp):
    """Both sides of a connection that differ in their keys raise it."""
    connection = mp.module("connection")
    with connection.Listener(authkey=b"one key") as listener:
        accepting = Call(listener.accept)
        with mp.raises(mp.package.AuthenticationError):
            Call(connection.Client, listener.address, authkey=b"another key").result()
        with mp.raises(mp.package.AuthenticationError):
            accepting.result()


@requirement("exceptions.buffer-too-short-args")
def test_exceptions_buffer_too_short_carries_the_message(mp):
    """What did not fit into the buffer is not lost: it is the exception's first argument."""
    here, there = mp.Pipe()
    with here, there:
        there.send_bytes(b"a long message")
        with mp.raises(mp.package.BufferTooShort) as caught:
            here.recv_bytes_into(bytearray(3))
    assert (b"a long message", bytes) == (caught.error.args[0], type(caught.error.args[0])), "(message, its type)"


@requirement("exceptions.timeout-from-pool", needs=("Pool",))
def test_exceptions_timeout_error_comes_from_pools(mp):
    """A result that is not there in time raises it, whether of one task or of many."""
    gate = Gate()
    with mp.Pool(1) as pool:
        one, many = pool.apply_async(hold, (gate,)), pool.imap(hold, [gate])
        for wait in (one.get, many.next):
            with mp.raises(mp.package.TimeoutError):
                wait(SHORT)
        gate.open()
        assert [None, None] == [one.get(LONG), many.next(LONG)], "the results in the end"
