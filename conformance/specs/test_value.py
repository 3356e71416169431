"""Value and RawValue: one C object in memory that processes share, with a lock or without."""

import ctypes
import gc

from conformance.clocks import never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, running
from conformance.specs.structures import Point

CODES = {
    "c": ctypes.c_char,
    "b": ctypes.c_byte,
    "B": ctypes.c_ubyte,
    "h": ctypes.c_short,
    "H": ctypes.c_ushort,
    "i": ctypes.c_int,
    "I": ctypes.c_uint,
    "l": ctypes.c_long,
    "L": ctypes.c_ulong,
    "q": ctypes.c_longlong,
    "Q": ctypes.c_ulonglong,
    "f": ctypes.c_float,
    "d": ctypes.c_double,
    "u": ctypes.c_wchar,
}
"""The manual's type codes, those of `array` with "c" instead of "w", and what they stand for."""
SOILED = 512
"""Bytes of used memory, more than any object here takes."""


def soil(mp):
    """Leave memory that is not zero to those objects that come next."""
    memory = mp.RawArray("B", SOILED)
    memory[:] = [255] * SOILED
    del memory
    gc.collect()


def exchange(number, box, gate):
    """Post what is there and assign something else; post what is there once the gate is open."""
    box.post(number.value)
    number.value = 1
    box.post("assigned")
    gate.wait()
    box.post(number.value)


def increase_slowly(number, box, gate):
    """Add one, and take one's time between reading and assigning."""
    with number.get_lock():
        before = number.value
        box.post(before)
        gate.wait()
        number.value = before + 1


def increase(number):
    with number.get_lock():
        number.value += 1


@requirement("value-array.value.default-zero")
def test_value_without_arguments_is_zero(mp):
    """Whatever the type, and whatever was in that memory before."""
    soil(mp)
    for make in (mp.Value, mp.RawValue):
        values = {code: make(code).value for code in CODES}
        assert {code: kind().value for code, kind in CODES.items()} == values, "values by type code"


@requirement("value-array.value.initial")
def test_value_hands_its_arguments_to_the_type(mp):
    """What comes after the type is what the type's constructor takes."""
    numbers = [mp.Value("i", 7).value, mp.Value("d", 1.5).value, mp.Value("c", b"x").value, mp.Value("b", -1).value]
    assert [7, 1.5, b"x", -1] == numbers, "values"
    assert 7 == mp.Value("i", 7, lock=False).value, "value without a lock"
    point = mp.Value(Point, 3, 2.5)
    assert (3, 2.5) == (point.x, point.y), "fields of a structure"


@requirement("value-array.value.typecode-or-type")
def test_value_takes_a_code_or_a_type(mp):
    """Every code stands for the same type that may be given itself."""
    for code, kind in CODES.items():
        kinds = [type(mp.Value(named).get_obj()) for named in (code, kind)]
        assert [kind, kind] == kinds, f"types of what was made by {code!r} and by {kind.__name__}"


@requirement("value-array.value.bad-typecode")
def test_value_of_an_unknown_code_is_refused(mp):
    """A letter that stands for no type is a TypeError, with a lock or without."""
    for make in (mp.Value, mp.RawValue):
        for code in ("z", "", "ii"):
            with mp.raises(TypeError):
                make(code)


@requirement("value-array.value.shared")
def test_value_is_seen_by_parent_and_child(mp):
    """What one of them assigns the other reads, in both directions, with a lock and without."""
    for number in (mp.Value("i", 5), mp.Value("i", 5, lock=False)):
        box, gate = Mailbox(), Gate()
        with running(mp, exchange, args=(number, box, gate)):
            box.wait(2)
            seen = number.value
            number.value = 9
            gate.open()
            assert [5, "assigned", 9] == box.wait(3), "what the child saw before and after its own assignment"
            assert 1 == seen, "what the parent saw of the child's assignment"


@requirement("value-array.value.lock-default")
def test_value_has_a_recursive_lock_of_its_own(mp):
    """Its holder may take it again, nobody else may, and other values have other locks."""
    lock, other = mp.Value("i").get_lock(), mp.Value("i").get_lock()
    assert [True, True] == [lock.acquire(False), lock.acquire(False)], "acquire(False), twice by the same thread"
    assert False is Call(lock.acquire, False).result(), "acquire(False) by another thread"
    assert True is Call(other.acquire, False).result(), "acquire(False) of another value's lock"
    lock.release()
    lock.release()
    assert True is Call(lock.acquire, False).result(), "acquire(False) by another thread after the releases"


@requirement("value-array.value.lock-given")
def test_value_uses_the_lock_that_it_was_given(mp):
    """get_lock() gives it back, and value waits for it."""
    for lock in (mp.Lock(), mp.RLock()):
        number = mp.Value("i", 5, lock=lock)
        assert lock is number.get_lock(), "what get_lock() gave"
        assert lock is mp.Array("i", 5, lock=lock).get_lock(), "what get_lock() of an array gave"
        lock.acquire()
        call = Call(getattr, number, "value")
        never(call.returned, "the reading of value while another thread held the lock")
        lock.release()
        assert 5 == call.result(), "value"


@requirement("value-array.lock-none")
def test_value_with_none_for_a_lock_gets_a_new_one(mp):
    """lock=None is no wish to have none: it means the same as True."""
    for shared in (mp.Value("i", lock=None), mp.Array("i", 2, lock=None)):
        lock = shared.get_lock()
        assert [True, True] == [lock.acquire(False), lock.acquire(False)], "acquire(False), twice"
        assert False is Call(lock.acquire, False).result(), "acquire(False) by another thread"


@requirement("value-array.value.lock-false")
def test_value_without_a_lock_is_the_bare_object(mp):
    """With lock=False there is an object of the type itself, which has neither get_lock nor get_obj."""
    for bare in (mp.Value("i", 5, lock=False), mp.Array("i", 5, lock=False)):
        assert (False, False) == (hasattr(bare, "get_lock"), hasattr(bare, "get_obj")), "get_lock and get_obj"
    assert ctypes.c_int is type(mp.Value("i", 5, lock=False)), "type of the value"


@requirement("value-array.value.lock-bad")
def test_value_refuses_what_is_no_lock(mp):
    """A lock must have acquire."""
    for wrong in ("a lock", 7, object()):
        with mp.misuse(AttributeError):
            mp.Value("i", lock=wrong)
        with mp.misuse(AttributeError):
            mp.Array("i", 3, lock=wrong)


@requirement("value-array.lock-kwonly")
def test_value_takes_its_lock_by_keyword_only(mp):
    """By position it would be one more argument for the type, or for nobody."""
    with mp.raises(TypeError):
        mp.Value("i", 5, False)
    with mp.raises(TypeError):
        mp.Array("i", 5, False)


@requirement("value-array.value.increment-under-lock")
def test_value_loses_no_increment_made_under_its_lock(mp):
    """Parent and child hold one lock: who reads, adds and assigns under it is not disturbed."""
    number, box, gate = mp.Value("i", 5), Mailbox(), Gate()
    with running(mp, increase_slowly, args=(number, box, gate)):
        box.wait()
        call = Call(increase, number)
        never(call.returned, "an increment while the child held the lock")
        gate.open()
        call.result()
    assert 7 == number.value, "value after two increments"


@requirement("value-array.access-locked")
def test_value_is_read_and_assigned_under_its_lock(mp):
    """While another thread holds the lock, value can be neither read nor assigned."""
    number = mp.Value("i", 5)
    number.get_lock().acquire()
    calls = [Call(getattr, number, "value"), Call(setattr, number, "value", 6)]
    never(lambda: any(call.returned() for call in calls), "the use of value while another thread held the lock")
    assert 5 == number.get_obj().value, "value meanwhile"
    number.get_lock().release()
    assert calls[0].result() in (5, 6), "what was read"
    calls[1].result()
    assert 6 == number.value, "value in the end"
    # The lock is free again: whoever used the value has let it go.
    assert True is Call(number.get_lock().acquire, False).result(), "acquire(False) by another thread"


@requirement("value-array.raw.value")
def test_rawvalue_is_a_shared_object_without_a_lock(mp):
    """It is of its type, has no get_lock, and its parts are seen by parent and child."""
    number, box, gate = mp.RawValue("i", 5), Mailbox(), Gate()
    assert (ctypes.c_int, False) == (type(number), hasattr(number, "get_lock")), "(type, has it get_lock)"
    with running(mp, exchange, args=(number, box, gate)):
        box.wait(2)
        seen = number.value
        number.value = 9
        gate.open()
        assert [5, "assigned", 9] == box.wait(3), "what the child saw"
    assert 1 == seen, "what the parent saw of the child's assignment"


@requirement("value-array.repr")
def test_value_repr_names_wrapper_and_object(mp):
    """The class of the wrapper, and the object as it shows itself."""
    number, text = mp.Value("i", 5), mp.Array("c", b"text")
    assert "<Synchronized wrapper for {}>".format(number.get_obj()) == repr(number), "repr of a value"
    assert "<SynchronizedString wrapper for {}>".format(text.get_obj()) == repr(text), "repr of a text"
    assert repr(mp.Array("i", 2)).startswith("<SynchronizedArray wrapper for "), "repr of an array"
