"""Values and arrays of C types in memory that processes share, bare or with a lock.

The bare ones are objects of `ctypes` itself, on a block of the `heap`. A lock makes them what `Value` and `Array`
return: a wrapper whose attributes are taken under the lock.

Below: `heap`, `synchronize`. Above: `context`.
"""

from __future__ import annotations

import ctypes
import weakref

from . import heap, synchronize
from .reduction import ForkingPickler
from .spawning import assert_spawning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    TypeOrCode = str | type[Any]

__all__ = ["Array", "RawArray", "RawValue", "Value", "copy", "synchronized"]

typecode_to_type: dict[str, type[Any]] = {
    "c": ctypes.c_char,
    "u": ctypes.c_wchar,
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
}
"""Types by their codes: those of `array`, and "c"."""


def _type_of(typecode_or_type: TypeOrCode) -> type[Any]:
    if isinstance(typecode_or_type, str):
        if typecode_or_type not in typecode_to_type:
            raise TypeError(f"unknown type code {typecode_or_type!r}: one of {', '.join(typecode_to_type)}")
        return typecode_to_type[typecode_or_type]
    return typecode_or_type


def _new(kind: type[Any]) -> Any:
    """An object of `kind` in shared memory, all bytes zero."""
    obj = _place(kind, heap.BufferWrapper(ctypes.sizeof(kind)))
    ctypes.memset(ctypes.addressof(obj), 0, ctypes.sizeof(obj))
    return obj


def _place(kind: type[Any], wrapper: heap.BufferWrapper) -> Any:
    ForkingPickler.register(kind, reduce_ctype)
    obj = kind.from_buffer(wrapper.create_memoryview())
    obj._wrapper = wrapper
    return obj


def reduce_ctype(obj: Any) -> tuple[Any, ...]:
    """Reduce a shared object to its type and its memory, on its way to a child.

    Raises:
        RuntimeError: no process is being started.
    """
    assert_spawning(obj)
    if isinstance(obj, ctypes.Array):
        # An array's type is made anew by each process: it cannot be found by its name.
        return rebuild_ctype, (obj._type_, obj._wrapper, obj._length_)  # type: ignore[attr-defined]  # ours has it
    return rebuild_ctype, (type(obj), obj._wrapper, None)


def rebuild_ctype(kind: type[Any], wrapper: heap.BufferWrapper, length: int | None) -> Any:
    """Make a shared object again; of an array `kind` is the type of its `length` items."""
    return _place(kind if length is None else kind * length, wrapper)


def RawValue(typecode_or_type: TypeOrCode, *args: Any) -> Any:
    """A shared object of a C type, without a lock.

    args: what its type's constructor takes; without any it is zero.
    Raises:
        TypeError: no such type code, or the type does not take these.
    """
    obj = _new(_type_of(typecode_or_type))
    obj.__init__(*args)
    return obj


def RawArray(typecode_or_type: TypeOrCode, size_or_initializer: int | Iterable[Any]) -> Any:
    """A shared array of items of a C type, without a lock.

    size_or_initializer: how many items, zero at first; or the items.
    Raises:
        TypeError: no such type code.
        ValueError: a negative size.
    """
    kind = _type_of(typecode_or_type)
    if isinstance(size_or_initializer, int):
        if size_or_initializer < 0:
            raise ValueError(f"an array cannot have {size_or_initializer} items")
        return _new(kind * size_or_initializer)
    items = list(size_or_initializer)
    array = _new(kind * len(items))
    array.__init__(*items)
    return array


def Value(typecode_or_type: TypeOrCode, *args: Any, lock: Any = True, ctx: Any = None) -> Any:
    """A shared object of a C type, with a lock.

    lock: True for a new RLock, or the lock to use; False: none, as `RawValue`. ctx: whose processes are to share it.
    Raises:
        AttributeError: `lock` is no lock.
    """
    return _locked(RawValue(typecode_or_type, *args), lock, ctx)


def Array(
    typecode_or_type: TypeOrCode, size_or_initializer: int | Iterable[Any], *, lock: Any = True, ctx: Any = None
) -> Any:
    """A shared array of items of a C type, with a lock; see `RawArray`, and `Value` for the lock."""
    return _locked(RawArray(typecode_or_type, size_or_initializer), lock, ctx)


def _locked(obj: Any, lock: Any, ctx: Any) -> Any:
    if lock is False:
        return obj
    if lock is True or lock is None:
        return synchronized(obj, ctx=ctx)
    if not hasattr(lock, "acquire"):
        raise AttributeError(f"{lock!r} has no method 'acquire'")
    return synchronized(obj, lock, ctx=ctx)


def copy(obj: Any) -> Any:
    """A new shared object, without a lock, that has the bytes of `obj`."""
    twin = _new(type(obj))
    ctypes.memmove(ctypes.addressof(twin), ctypes.addressof(obj), ctypes.sizeof(obj))
    return twin


def synchronized(obj: Any, lock: Any = None, ctx: Any = None) -> SynchronizedBase:
    """Wrap a shared object so that it is used under a lock.

    lock: default is a new RLock, for the processes of `ctx` or else of the start method in force.
    Raises:
        AssertionError: it is wrapped already.
    """
    if isinstance(obj, SynchronizedBase):
        # AssertionError is what users of the stdlib see; raised in any case, also under -O.
        raise AssertionError("object already synchronized")
    kind: type[SynchronizedBase]
    if isinstance(obj, ctypes._SimpleCData):
        kind = Synchronized
    elif isinstance(obj, ctypes.Array):
        kind = SynchronizedString if obj._type_ is ctypes.c_char else SynchronizedArray
    else:
        kind = _wrapper_of_fields(type(obj))
    return kind(obj, lock, ctx)


def _wrapper_of_fields(kind: type[Any]) -> type[SynchronizedBase]:
    """The class that wraps structures (or unions) of `kind`: each field is a property."""
    found = _of_fields.get(kind)
    if found is None:
        names = [field[0] for base in reversed(kind.__mro__) for field in vars(base).get("_fields_", ())]
        members = {name: _under_lock(name) for name in names}
        found = _of_fields[kind] = type(f"Synchronized{kind.__name__}", (SynchronizedBase,), members)
    return found


_of_fields: weakref.WeakKeyDictionary[type[Any], type[SynchronizedBase]] = weakref.WeakKeyDictionary()


def _under_lock(name: str) -> property:
    """The attribute `name` of the wrapped object, read and written under the lock."""

    def read(self: SynchronizedBase) -> Any:
        with self:
            return getattr(self._obj, name)

    def write(self: SynchronizedBase, value: Any) -> None:
        with self:
            setattr(self._obj, name, value)

    return property(read, write)


class SynchronizedBase:
    """A shared object with the lock under which it is used; `with` holds the lock.

    Source: library documentation, "multiprocessing.sharedctypes".
    """

    def __init__(self, obj: Any, lock: Any = None, ctx: Any = None) -> None:
        self._obj = obj
        self._lock = synchronize.RLock(ctx=ctx) if lock is None else lock
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self) -> Any:
        return self._lock.__enter__()

    def __exit__(self, *exc_info: object) -> Any:
        return self._lock.__exit__(*exc_info)

    def __reduce__(self) -> tuple[Any, ...]:
        assert_spawning(self)
        return synchronized, (self._obj, self._lock)

    def get_obj(self) -> Any:
        """The shared object without its lock."""
        return self._obj

    def get_lock(self) -> Any:
        """The lock."""
        return self._lock

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapper for {self._obj}>"


class Synchronized(SynchronizedBase):
    """One number, character or pointer, in `value`. Note that `+=` reads and writes: hold the lock around it."""

    value = _under_lock("value")


class SynchronizedArray(SynchronizedBase):
    """An array."""

    def __len__(self) -> int:
        return len(self._obj)

    def __getitem__(self, index: int | slice) -> Any:
        with self:
            return self._obj[index]

    def __setitem__(self, index: int | slice, value: Any) -> None:
        with self:
            self._obj[index] = value


class SynchronizedString(SynchronizedArray):
    """An array of characters: `value` is what stands before the first NUL, `raw` everything."""

    value = _under_lock("value")
    raw = _under_lock("raw")
