"""sharedctypes: wrappers, copies, structures; how shared objects travel, and where their memory comes from."""

import contextlib
import ctypes
import gc
import os
import pickle
import random
import stat
import sys

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, Refusal, after_collection, open_descriptors, running
from conformance.specs.deeds import answer_of_child, exitcode_of
from conformance.specs.slow_motion import slowly
from conformance.specs.structures import Point


def move(points):
    """Change fields, whether one point is given or an array of them."""
    for point in points if hasattr(points, "__len__") else [points]:
        point.x, point.y = point.x + 10, point.y * 2


def read(shared):
    return shared[:] if hasattr(shared, "__len__") else shared.value


def set_value(shared, value):
    shared.value = value


def use_context(number):
    with number.get_lock():
        number.value += 1


@requirement("value-array.copy")
def test_copy_is_another_shared_object(mp):
    """Same type and content, memory of its own, which children share."""
    copy = mp.module("sharedctypes").copy
    number, array, point = mp.RawValue("i", 5), mp.RawArray("i", [1, 2]), mp.RawValue(Point, 1, 2.5)
    twins = [copy(number), copy(array), copy(point)]
    assert [type(number), type(array), Point] == [type(twin) for twin in twins], "types of the copies"
    number.value, array[0], point.x = 6, 8, 9
    assert (5, [1, 2], 1, 2.5) == (twins[0].value, list(twins[1]), twins[2].x, twins[2].y), "copies"
    assert 0 == exitcode_of(mp, set_value, twins[0], 7), "exitcode of the child"
    assert (6, 7) == (number.value, twins[0].value), "(original, copy) when a child has changed the copy"


@requirement("value-array.synchronized.methods")
def test_synchronized_wraps_an_object(mp):
    """The wrapper has the object, the lock that was given, and what the object has."""
    synchronized = mp.module("sharedctypes").synchronized
    number, lock = mp.RawValue("i", 5), mp.RLock()
    wrapper = synchronized(number, lock)
    assert number is wrapper.get_obj(), "what get_obj() gave"
    assert lock is wrapper.get_lock(), "what get_lock() gave"
    wrapper.value += 1
    assert (6, 6) == (wrapper.value, number.value), "value of wrapper and object"
    text, array = synchronized(mp.RawArray("c", b"text")), synchronized(mp.RawArray("i", [1, 2]))
    assert (b"text", [1, 2], 2) == (text.value, array[:], len(array)), "a wrapped text, and a wrapped array"


@requirement("value-array.synchronized.default-lock")
def test_synchronized_without_a_lock_makes_a_recursive_one(mp):
    """Its holder may take it again; nobody else may."""
    lock = mp.module("sharedctypes").synchronized(mp.RawValue("i")).get_lock()
    assert [True, True] == [lock.acquire(False), lock.acquire(False)], "acquire(False), twice by the same thread"
    assert False is Call(lock.acquire, False).result(), "acquire(False) by another thread"


@requirement("value-array.synchronized.twice")
def test_synchronized_refuses_what_is_wrapped(mp):
    """One lock is enough."""
    for wrapper in (mp.Value("i"), mp.Array("i", 2)):
        with mp.misuse(AssertionError):
            mp.module("sharedctypes").synchronized(wrapper)


@requirement("value-array.synchronized.context-manager")
def test_wrapper_holds_its_lock_in_a_with_block(mp):
    """Until the end of the block, however it ends; acquire and release of the wrapper are those of the lock."""
    for wrapper in (mp.Value("i"), mp.Array("i", 2), mp.Value(Point), mp.Array("c", 2)):
        lock = wrapper.get_lock()
        with mp.raises(Refusal):
            with wrapper:
                assert False is Call(lock.acquire, False).result(), "acquire(False) by another thread within"
                raise Refusal
        assert True is wrapper.acquire(), "acquire() after the block"
        assert False is Call(lock.acquire, False).result(), "acquire(False) by another thread when it was acquired"
        wrapper.release()
        assert True is Call(lock.acquire, False).result(), "acquire(False) by another thread in the end"


@requirement("value-array.structure")
def test_structures_are_shared(mp):
    """A child changes the fields of a structure, and of structures in an array, with a lock and without."""
    pairs = [(1, 1.5), (3, 2.5)]
    for points in (mp.Array(Point, pairs), mp.RawArray(Point, pairs), mp.Array(Point, pairs, lock=False)):
        assert 0 == exitcode_of(mp, move, points), "exitcode of the child"
        assert [(11, 3.0), (13, 5.0)] == [(point.x, point.y) for point in points], "fields in an array"
    for point in (mp.Value(Point, 1, 1.5), mp.RawValue(Point, 1, 1.5)):
        assert 0 == exitcode_of(mp, move, point), "exitcode of the child"
        assert (11, 3.0) == (point.x, point.y), "fields"


@requirement("value-array.structure")
def test_fields_of_a_structure_are_used_under_the_lock(mp):
    """The wrapper has the structure's fields, each read and assigned while its lock is held."""
    point = mp.Value(Point, 1, 1.5)
    lock = point.get_lock()
    lock.acquire()
    calls = [Call(getattr, point, "x"), Call(setattr, point, "y", 9.0)]
    assert (1, 1.5) == (point.x, point.y), "fields, for the holder of the lock"
    lock.release()
    assert [1, None] == [call.result() for call in calls], "what the other threads got"
    assert 9.0 == point.get_obj().y, "field of the structure itself"
    assert True is Call(lock.acquire, False).result(), "acquire(False) by another thread in the end"


@requirement("value-array.pickle.outside")
def test_shared_objects_are_pickled_for_children_only(mp):
    """Outside of a start nothing would hold their memory."""
    for wrapper in (mp.Value("i"), mp.Array("i", 2), mp.Array("c", 2), mp.Value(Point)):
        with mp.raises(RuntimeError):
            pickle.dumps(wrapper)


@requirement("value-array.ctx")
def test_ctx_decides_whose_lock_it_is(mp):
    """An object of sharedctypes made for a context can be given to that context's processes."""
    shared = mp.module("sharedctypes")
    objects = [shared.Value("i", 5, ctx=mp.context), shared.synchronized(mp.RawValue("i", 5), ctx=mp.context)]
    for number in objects:
        assert 0 == exitcode_of(mp, use_context, number), "exitcode of the child"
        assert 6 == number.value, "value"
    array = shared.Array("i", 2, ctx=mp.context)
    assert [0, 0] == answer_of_child(mp, read, array), "what the child saw of an array"


@requirement("value-array.implicit-start-method")
def test_values_made_through_the_package_set_the_start_method(mp):
    """The lock belongs to a start method: as long as none is set, the default one is."""
    package, seen = mp.package, []
    for make in (package.Value, package.Array):
        package.set_start_method(None, force=True)
        make("i", 1)
        seen.append(package.get_start_method(allow_none=True))
    assert [package.get_all_start_methods()[0]] * 2 == seen, "start method after Value, and after Array"


@requirement("value-array.memory-reuse")
def test_memory_of_dropped_objects_is_used_again(mp):
    """Who makes and drops objects one after the other does not take more and more memory."""
    for size in (8, 1000, 100000):
        places = set()
        for _ in range(40):
            array = mp.RawArray("B", size)
            places.add(ctypes.addressof(array))
            del array
            gc.collect()
        assert 20 >= len(places), f"number of places of 40 arrays of {size} bytes, one after the other"


@requirement("value-array.memory-few")
def test_many_small_objects_take_few_descriptors(mp):
    """They share what the system is asked for."""
    before = open_descriptors()
    kept = [mp.RawValue("i", number) for number in range(200)]
    assert before + 20 >= open_descriptors(), "number of open descriptors"
    assert list(range(200)) == [each.value for each in kept], "values"


@requirement("value-array.memory-returned")
def test_memory_of_big_objects_is_given_back(mp):
    """A dropped object of many megabytes leaves no descriptor open, whatever small ones live on."""
    kept = mp.RawValue("i", 7)
    before = open_descriptors()
    for _ in range(3):
        big = mp.RawArray("B", 9 << 20)
        big[0] = 1
        del big
    after_collection(lambda: before >= open_descriptors(), "the closing of what the big objects needed")
    assert [7, 0] == [kept.value, mp.RawValue("i").value], "values that were made before and after"


@requirement("value-array.memory-own")
def test_objects_have_their_memory_for_themselves(mp):
    """However many were made and dropped before, what is assigned to one object changes no other."""
    dice, living = random.Random(7), []
    for number in range(300):
        array = mp.RawArray("B", dice.choice((0, 1, 7, 8, 16, 31, 100, 5000, 40000)))
        assert 0 == max(array, default=0), "greatest item of a new array"
        ctypes.memset(array, number % 255 + 1, len(array))
        living.append((array, number % 255 + 1))
        if dice.random() < 0.6:
            del array
            living.pop(dice.randrange(len(living)))
    wrong = [value for array, value in living if bytes(array) != bytes([value]) * len(array)]
    assert [] == wrong, "what was assigned to arrays that have something else now"


def make_amid_collections(mp, count):
    """The values of `count` objects that are made while, at each call and return within, another one is freed.

    So the collector may do. It comes when it likes; a profiler is called at every step.
    """
    spare = [mp.RawValue("i", -1) for _ in range(10 * count)]

    def drop_one(*event):
        if spare:
            spare.pop()
            if sys.implementation.name != "cpython":  # There an object ends with its last reference.
                gc.collect()

    sys.setprofile(drop_one)
    try:
        made = [mp.RawValue("i", number) for number in range(count)]
    finally:
        sys.setprofile(None)
    return [each.value for each in made]


@requirement("value-array.memory-collected")
def test_objects_may_be_freed_amid_the_making_of_others(mp):
    """The collector may come at any moment, and what it frees then does not block the one who makes an object."""
    values = Call(make_amid_collections, mp, 20).result()
    assert list(range(20)) == values, "values of the objects that are kept"


@requirement("value-array.memory-own")
def test_arrays_without_items_are_dropped_in_silence(mp):
    """They take nothing from each other, and give nothing back twice: no error is told of their end."""
    errors, previous = [], sys.unraisablehook
    sys.unraisablehook = lambda unraisable: errors.append(repr(unraisable.exc_value))
    try:
        arrays = [mp.RawArray("i", 0) for _ in range(3)]
        arrays.clear()
        gc.collect()
    finally:
        sys.unraisablehook = previous
    assert [] == errors, "errors when arrays without items were dropped"


def make_and_mark(mp, number, count):
    """As many arrays, each filled with bytes of this number."""
    arrays = [mp.RawArray("B", 40) for _ in range(count)]
    for array in arrays:
        ctypes.memset(array, number, len(array))
    return arrays


@requirement("value-array.memory-own")
def test_objects_made_by_several_threads_at_once_are_apart(mp):
    """Threads that make objects at the same time do not get the same memory, however slow one of them is."""
    kept = make_and_mark(mp, 1, 1)
    slow = Call(slowly, mp, make_and_mark, mp, 2, 2)

    def make_another():
        kept.extend(make_and_mark(mp, 1, 1))
        return slow.returned()

    eventually(make_another, "the end of the slow thread")
    wrong = [bytes(array) for array in kept if bytes(array) != b"\x01" * 40]
    assert ([], [b"\x02" * 40] * 2) == (wrong, [bytes(array) for array in slow.result()]), "(wrong arrays, slow ones)"


def open_files():
    """The descriptors of files that this process has open."""
    found = set()
    for number in range(3, 256):
        with contextlib.suppress(OSError):
            if stat.S_ISREG(os.fstat(number).st_mode):
                found.add(number)
    return found


@requirement("value-array.memory-unnamed")
def test_memory_of_objects_has_no_name(mp):
    """The files that a big object has opened cannot be found by any name."""
    before = open_files()
    _big = mp.RawArray("B", 9 << 20)
    named = [number for number in open_files() - before if os.fstat(number).st_nlink]
    assert [] == named, "descriptors of files that have a name"


def make_and_tell(mp, box, gate):
    mine = [mp.RawValue("i", 2) for _ in range(20)]
    box.post("made")
    gate.wait()
    box.post([each.value for each in mine])


@requirement("value-array.memory-own")
def test_objects_made_by_a_child_are_not_its_parents(mp):
    """A child does not make its objects where its parent will make others."""
    box, gate, before = Mailbox(), Gate(), mp.RawValue("i", 1)
    with running(mp, make_and_tell, args=(mp, box, gate)):
        box.wait()
        mine = [mp.RawValue("i", 3) for _ in range(20)]
        gate.open()
    assert [2] * 20 == box.letters()[1], "values that the child made before its parent did"
    assert (1, [3] * 20) == (before.value, [each.value for each in mine]), "values that the parent made"


@requirement("value-array.alignment")
def test_objects_stand_where_their_type_wants(mp):
    """Numbers are aligned, whatever was made before them: others may use them by machine instructions."""
    kept = []
    for kind in (ctypes.c_longlong, ctypes.c_double, ctypes.c_int, ctypes.c_void_p):
        for size in (1, 3, 9):
            kept.append(mp.RawArray("b", size))
            kept.append(mp.RawValue(kind))
            place = ctypes.addressof(kept[-1])
            assert 0 == place % ctypes.alignment(kind), f"what is over of the address of a {kind.__name__}"
