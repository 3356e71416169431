"""Values and arrays of C types, with and without a lock."""

import ctypes
import gc

import pytest

import reference
from reference import sharedctypes

METHODS = ["fork", "spawn", "forkserver"]


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_double))


class Labelled(Point):
    _fields_ = (("label", ctypes.c_char * 4),)


def change(number, numbers, text, point, raw):
    with number.get_lock():
        number.value += 1
    numbers[1] = 7
    text.value = b"hi"
    point.y = 2.5
    raw[0] = 9


@pytest.mark.parametrize("method", METHODS)
def test_a_child_changes_them(method):
    context = reference.get_context(method)
    number, numbers = context.Value("i", 4), context.Array("d", [1, 2, 3])
    text, point, raw = context.Array("c", 10), context.Value(Labelled, 1, 2, b"a"), context.RawArray("h", 2)
    child = context.Process(target=change, args=(number, numbers, text, point, raw))
    child.start()
    child.join()
    assert 0 == child.exitcode
    assert (5, [1, 7, 3], b"hi") == (number.value, list(numbers), text.value)
    assert (1, 2.5, b"a", [9, 0]) == (point.x, point.y, point.label, list(raw))


@pytest.mark.parametrize("code", sorted(sharedctypes.typecode_to_type))
def test_type_codes(code):
    value = sharedctypes.RawValue(code)
    assert type(value) is sharedctypes.typecode_to_type[code]
    assert type(value)().value == value.value


@pytest.mark.parametrize("code", ["", "z", "ii"])
def test_unknown_type_codes(code):
    for make in (sharedctypes.RawValue, sharedctypes.Value):
        with pytest.raises(TypeError, match="type code"):
            make(code)
    with pytest.raises(TypeError, match="type code"):
        sharedctypes.Array(code, 2)


def test_new_memory_is_zero_also_where_something_was():
    for _ in range(3):
        array = sharedctypes.RawArray("i", 100)
        assert 100 * [0] == array[:]
        array[:] = range(1, 101)
        del array
        gc.collect()


def test_sizes_and_initial_items():
    assert [] == list(sharedctypes.RawArray("i", 0))
    assert [1, 2] == sharedctypes.RawArray("i", iter([1, 2]))[:]
    with pytest.raises(ValueError, match="-1"):
        sharedctypes.RawArray("i", -1)


def test_arrays_have_the_manners_of_lists():
    array = sharedctypes.Array("i", range(5))
    array[1:3] = [10, 20]
    array[-1] = 40
    assert (5, [0, 10, 20, 3, 40], [10, 20]) == (len(array), list(array), array[1:3])
    with pytest.raises(IndexError):
        array[5]


def test_characters_have_value_and_raw():
    text = sharedctypes.Array("c", b"abc\0d")
    assert (b"abc", b"abc\0d") == (text.value, text.raw)
    text.value = b"x"
    assert b"x\0c\0d" == text.raw
    text.raw = b"12345"
    assert b"12345" == text.value
    with pytest.raises(ValueError, match="too long"):
        text.value = b"123456"


def test_a_copy_is_independent_and_bare():
    original = sharedctypes.RawValue(Point, 1, 2.5)
    twin = sharedctypes.copy(original)
    original.x = 3
    assert (1, 2.5, Point) == (twin.x, twin.y, type(twin))
    assert [1, 2] == list(sharedctypes.copy(sharedctypes.RawArray("i", [1, 2])))


def test_the_lock_is_the_one_given_or_none_or_a_new_one():
    lock = reference.get_context("fork").Lock()
    value = sharedctypes.Value("i", 0, lock=lock)
    assert lock is value.get_lock()
    assert type(sharedctypes.Value("i", lock=False)) is ctypes.c_int
    assert "RLock" == type(sharedctypes.Value("i", lock=None).get_lock()).__name__
    with pytest.raises(AttributeError, match="acquire"):
        sharedctypes.Array("i", 2, lock="no lock")


def test_attributes_are_taken_under_the_lock():
    value = sharedctypes.Value(Point, 1, 2)
    with value as taken:
        assert taken
        value.x = 5  # recursive
        assert (5, 5) == (value.x, value.get_obj().x)
        with pytest.raises(RuntimeError):
            value.__reduce__()
    assert value.acquire(False)
    value.release()


def test_wrapping_twice_is_refused():
    value = sharedctypes.synchronized(sharedctypes.RawValue("i", 3))
    assert "<Synchronized wrapper for c_int(3)>" == repr(value)
    with pytest.raises(AssertionError, match="already"):
        sharedctypes.synchronized(value)


def test_a_structure_has_one_class_of_wrappers():
    one, other = sharedctypes.Value(Labelled, 1), sharedctypes.Value(Labelled, 2)
    assert type(one) is type(other)
    assert "SynchronizedLabelled" == type(one).__name__
    assert {"x", "y", "label"} <= vars(type(one)).keys()


def test_they_do_not_travel_outside_of_a_start():
    for thing in (sharedctypes.RawValue("i"), sharedctypes.Value("i")):
        with pytest.raises(RuntimeError, match="inheritance"):
            reference.reducer.ForkingPickler.dumps(thing)
