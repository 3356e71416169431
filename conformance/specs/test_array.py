"""Array and RawArray: C arrays in memory that processes share; texts among them."""

import ctypes
import gc

from conformance.clocks import never
from conformance.requirement import requirement
from conformance.specs.aids import Call, Refusal
from conformance.specs.deeds import answer_of_child, exitcode_of

SOILED = 512
"""Bytes of used memory, more than any array here takes."""
HUGE = 5 << 20
"""Bytes: more than an implementation takes from the system at a time."""


def soil(mp):
    """Leave memory that is not zero to those objects that come next."""
    memory = mp.RawArray("B", SOILED)
    memory[:] = [255] * SOILED
    del memory
    gc.collect()


def assign(array, changes):
    for index, item in changes.items():
        array[index] = item


def failing_items():
    yield 1
    raise Refusal("no more items")


@requirement("value-array.array.zeroed")
def test_array_of_a_size_is_zero(mp):
    """So many items, all of them zero, whatever was in that memory before."""
    for make in (mp.Array, mp.RawArray):
        for size in (20, 1, 0):
            soil(mp)
            array = make("i", size)
            assert ([0] * size, size) == (list(array), len(array)), "(items, length)"


@requirement("value-array.array.shared")
def test_array_without_items_reaches_a_child(mp):
    """It has no items there either."""
    lengths = [answer_of_child(mp, len, make("i", 0)) for make in (mp.Array, mp.RawArray)]
    assert [0, 0] == lengths, "lengths in the child"


@requirement("value-array.array.initializer")
def test_array_of_items_has_them(mp):
    """A list, a tuple, a range or bytes: their length, and their values."""
    for items in ([3, 1, 2], (3, 1, 2), range(5), []):
        for array in (mp.Array("i", items), mp.RawArray("i", items), mp.Array("i", items, lock=False)):
            assert (list(items), len(items)) == (list(array), len(array)), "(items, length)"
    assert b"text" == mp.Array("c", b"text").value, "value of a text"


@requirement("value-array.array.negative")
def test_array_of_a_negative_size_is_refused(mp):
    """There is no array of less than nothing."""
    for make in (mp.Array, mp.RawArray):
        with mp.raises(ValueError):
            make("i", -1)


@requirement("value-array.array.no-w")
def test_array_of_wide_characters_by_w_is_refused(mp):
    """The code "w" of the module array is not known here."""
    for make in (mp.Array, mp.RawArray, mp.Value, mp.RawValue):
        with mp.raises(TypeError):
            make("w", 3)


@requirement("value-array.array.index-slice")
def test_array_is_read_and_assigned_by_index_and_slice(mp):
    """As a list that cannot grow: from the end too, and in steps."""
    for array in (mp.Array("i", 6), mp.RawArray("i", 6)):
        array[0], array[-1] = 1, 6
        array[1:5] = [2, 3, 4, 5]
        assert ([1, 2, 3, 4, 5, 6], 6) == (array[:], len(array)), "(all items, length)"
        assert (2, 6, [2, 3], [1, 3, 5]) == (array[1], array[-1], array[1:3], array[::2]), "some items"
        with mp.raises(ValueError):
            array[0:2] = [1, 2, 3]


@requirement("value-array.array.index-error")
def test_array_ends_where_it_ends(mp):
    """An index that is out of range is an IndexError, for reading and for assigning; so iteration ends."""
    array = mp.Array("i", 3)
    for index in (3, 100, -4):
        with mp.raises(IndexError):
            array[index]
        with mp.raises(IndexError):
            array[index] = 1
    assert [0, 0, 0] == list(array), "what iteration gave"


@requirement("value-array.array.char-value-raw")
def test_array_of_characters_has_value_and_raw(mp):
    """value ends at the first null byte, raw does not; both can be assigned."""
    for text in (mp.Array("c", b"abc\0d"), mp.RawArray("c", b"abc\0d")):
        assert (b"abc", b"abc\0d") == (text.value, text.raw), "(value, raw)"
        text.value = b"xy"
        assert (b"xy", b"xy\0\0d") == (text.value, text.raw), "(value, raw) after value was assigned"
        text.raw = b"12345"
        assert (b"12345", b"12345", b"3") == (text.value, text.raw, text[2]), "(value, raw, item) after raw was"


@requirement("value-array.array.char-too-long")
def test_array_of_characters_refuses_longer_ones(mp):
    """What has no room is not cut off."""
    for text in (mp.Array("c", 4), mp.RawArray("c", 4)):
        text.value = b"four"
        with mp.raises(ValueError):
            text.value = b"five!"
        assert b"four" == text.value, "value after the refusal"


@requirement("value-array.array.shared")
def test_array_is_seen_by_parent_and_child(mp):
    """What a child assigns the parent reads, up to the last item of an array of any size."""
    last = HUGE - 1
    arrays = [mp.Array("B", HUGE), mp.RawArray("B", HUGE), mp.Array("d", [0.5, 1.5]), mp.Array("B", HUGE, lock=False)]
    for array in arrays:
        changes = {0: 7, len(array) - 1: 9}
        assert 0 == exitcode_of(mp, assign, array, changes), "exitcode of the child"
        assert changes == {index: array[index] for index in changes}, "items, by their index"
    assert [0, 9] == [arrays[0][last - 1], arrays[0][last]], "the last two items"


@requirement("value-array.access-locked")
def test_array_is_read_and_assigned_under_its_lock(mp):
    """While another thread holds the lock nothing of the array can be read or assigned."""
    array = mp.Array("c", b"text")
    lock = array.get_lock()
    lock.acquire()
    calls = [
        Call(array.__getitem__, 0),
        Call(array.__getitem__, slice(2)),
        Call(array.__setitem__, 0, b"T"),
        Call(getattr, array, "value"),
        Call(setattr, array, "value", b"last"),
        Call(getattr, array, "raw"),
        Call(setattr, array, "raw", b"last"),
    ]
    never(lambda: any(call.returned() for call in calls), "the use of the array while another thread held the lock")
    lock.release()
    for call in calls:
        call.result()
    assert True is Call(lock.acquire, False).result(), "acquire(False) by another thread when all have used the array"


@requirement("value-array.access-locked")
def test_array_releases_its_lock_after_an_error(mp):
    """An access that fails has let the lock go."""
    array, number = mp.Array("c", b"text"), mp.Value("i")
    for failing in (lambda: array[9], lambda: setattr(array, "value", b"longer"), lambda: setattr(number, "value", "")):
        with mp.raises(IndexError, ValueError, TypeError):
            failing()
    for shared in (array, number):
        assert True is Call(shared.get_lock().acquire, False).result(), "acquire(False) by another thread"


@requirement("value-array.raw.array")
def test_rawarray_is_a_shared_array_without_a_lock(mp):
    """It is an array of ctypes, of a size or of items, without get_lock, and children see its items."""
    for array in (mp.RawArray("h", 3), mp.RawArray(ctypes.c_short, [0, 0, 0])):
        assert (True, False) == (isinstance(array, ctypes.Array), hasattr(array, "get_lock")), (
            "(array, has it get_lock)"
        )
        assert ctypes.c_short is array._type_, "type of its items"
        assert 0 == exitcode_of(mp, assign, array, {1: -5}), "exitcode of the child"
        assert [0, -5, 0] == list(array), "items, the child having assigned one"
