"""Blocks of shared memory: cut from arenas, given back, never twice the same bytes, and what forks do to them."""

import gc
import os
import sys

import pytest

from reference import context, heap
from reference.heap import Arena, BufferWrapper, Gaps, Heap


def test_gaps_are_taken_first_fit_and_become_one_again():
    gaps = Gaps(100)
    assert gaps.are_all()
    assert [0, 30, 60] == [gaps.take(30) for _ in range(3)]
    assert gaps.take(30) is None
    assert 90 == gaps.take(10)
    gaps.give(30, 60)
    assert gaps.take(31) is None
    gaps.give(60, 90)  # with the one before
    assert 30 == gaps.take(60)
    for part in ((30, 90), (0, 30), (90, 100)):  # alone, with the one after, with the one before
        assert not gaps.are_all()
        gaps.give(*part)
    assert gaps.are_all()
    assert 0 == gaps.take(100)


def test_blocks_do_not_overlap_and_are_aligned():
    it = Heap()
    taken = set()
    for size in (1, 15, 16, 17, 0, 5000, 100_000):
        arena, start, stop = it.malloc(size)
        assert stop - start >= max(size, 1)
        assert 0 == start % 16
        places = {(arena, place) for place in range(start, stop)}
        assert not places & taken
        taken |= places


def test_what_is_given_back_is_used_again():
    it = Heap()
    blocks = [it.malloc(1000) for _ in range(4)]
    arenas = dict(it._gaps)
    for block in blocks:
        it.free(block)
    again = {it.malloc(1000)[:2] for _ in range(4)}
    assert {block[:2] for block in blocks} == again
    assert arenas.keys() == it._gaps.keys()


def test_a_big_arena_goes_with_its_last_block():
    it = Heap()
    small, big = it.malloc(10), it.malloc(5_000_000)
    assert {small[0], big[0]} == set(it._gaps)
    it.free(big)
    it.free(small)
    assert [small[0]] == list(it._gaps)


def test_what_is_given_back_amid_a_malloc_is_kept_for_later():
    it = Heap()
    block = it.malloc(10)
    with it._lock:  # as when the garbage collector runs a finalizer inside malloc
        it.free(block)
        assert not it._gaps[block[0]].are_all()
    assert block == it.malloc(10)


@pytest.mark.parametrize(("size", "error"), [(-1, ValueError), (sys.maxsize, OverflowError)])
def test_impossible_sizes(size, error):
    with pytest.raises(error, match="bytes"):
        BufferWrapper(size)


def test_a_wrapper_gives_its_block_back_when_it_dies():
    wrapper = BufferWrapper(24)
    block = wrapper._state[0]
    view = wrapper.create_memoryview()
    assert (24, False) == (len(view), view.readonly)
    view.release()
    del view, wrapper
    gc.collect()
    assert block == BufferWrapper(24)._state[0]


def test_an_arena_closes_its_descriptor():
    arena = Arena(4096)
    fd = arena._token
    os.fstat(fd)
    del arena
    gc.collect()
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)


def test_an_arena_does_not_travel_outside_of_a_start():
    with pytest.raises(RuntimeError, match="inheritance"):
        Arena(4096).__reduce__()


def test_memory_without_memfd(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    arena = Arena(4096)
    arena.buffer[:3] = b"abc"
    twin = heap._rebuild_arena(_Travelling(os.dup(arena._token)), 4096)
    assert b"abc\0" == twin.buffer[:4]


class _Travelling:
    def __init__(self, fd):
        self._fd = fd

    def detach(self):
        return self._fd


def put(wrapper, content):
    wrapper.create_memoryview()[: len(content)] = content


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_writes_what_its_parent_reads(method):
    wrapper, other = BufferWrapper(8), BufferWrapper(8)
    other.create_memoryview()[:] = b"as it is"
    child = context._concrete_contexts[method].Process(target=put, args=(wrapper, b"written"))
    child.start()
    child.join()
    assert 0 == child.exitcode
    assert b"written\0" == bytes(wrapper.create_memoryview())
    assert b"as it is" == bytes(other.create_memoryview())


def make_and_overwrite(inherited, results):
    before = bytes(inherited.create_memoryview())
    mine = [BufferWrapper(64) for _ in range(100)]
    for wrapper in mine:
        put(wrapper, b"child's own")
    results.send((before, bytes(inherited.create_memoryview())))


def test_a_forked_child_cuts_its_blocks_elsewhere():
    ours = BufferWrapper(6)
    put(ours, b"shared")
    receiver, sender = context._default_context.Pipe(duplex=False)
    child = context.ForkProcess(target=make_and_overwrite, args=(ours, sender))
    child.start()
    sender.close()
    assert (b"shared", b"shared") == receiver.recv()
    child.join()
    new = [BufferWrapper(64) for _ in range(100)]
    assert not any(bytes(wrapper.create_memoryview()).startswith(b"child") for wrapper in new)
