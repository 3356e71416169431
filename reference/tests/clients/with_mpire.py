"""mpire: a pool with state in its workers, shared objects, an exception, a time-out and a dead worker."""

import ctypes
import multiprocessing
import os
import time

import mpire
import stage

LONG = 600


def begin(shared, state):
    state["word"] = "a word"


def work(shared, state, number):
    with shared.get_lock():
        shared.value += 1
    return number * number, state["word"], stage.whose()


def fail(number):
    raise ZeroDivisionError("as asked")


def job():
    count = multiprocessing.get_context(stage.METHOD).Value(ctypes.c_int, 0)
    expected = [(number * number, "a word", stage.PACKAGE) for number in range(20)]
    with mpire.WorkerPool(2, start_method=stage.METHOD, shared_objects=count, use_worker_state=True) as pool:
        assert expected == pool.map(work, range(20), worker_init=begin, chunk_size=3)
        assert expected == sorted(pool.imap_unordered(work, range(20), worker_init=begin, worker_lifespan=10))
    assert 40 == count.value
    with mpire.WorkerPool(2, start_method=stage.METHOD) as pool:
        assert "as asked" in str(stage.raises(ZeroDivisionError, pool.map, fail, range(3)))
    with mpire.WorkerPool(2, start_method=stage.METHOD) as pool:
        stage.raises(TimeoutError, pool.map, time.sleep, [LONG, LONG], task_timeout=0.5)
    with mpire.WorkerPool(1, start_method=stage.METHOD) as pool:
        stage.raises(RuntimeError, pool.apply, os._exit, 1)


if __name__ == "__main__":
    stage.perform(job)
