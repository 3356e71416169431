"""pebble: a pool whose workers are stopped by a time-out, a cancellation and their own end; and single processes."""

import os
import tempfile
import time
from concurrent.futures import CancelledError

import pebble
import stage

LONG = 600


def work(number):
    return number * number, stage.whose()


def fail():
    raise ZeroDivisionError("as asked")


def die(sign):
    wait_until(lambda: os.path.exists(sign))
    os._exit(7)


def died(pool):
    """How a worker's end is told. It waits to be known as the task's: the pool has a race there, whatever starts it."""
    with tempfile.TemporaryDirectory() as directory:
        sign = os.path.join(directory, "die")
        task = pool.schedule(die, args=[sign])
        wait_until(task.running)
        open(sign, "x").close()
        return failure(pebble.ProcessExpired, task)


def wait_until(condition):
    while not condition():
        time.sleep(0.01)


def failure(kind, future):
    return stage.raises(kind, future.result, timeout=LONG)


def job():
    context = stage.context()
    with pebble.ProcessPool(2, max_tasks=5, context=context) as pool:
        squares = [(number * number, stage.PACKAGE) for number in range(20)]
        assert squares == list(pool.map(work, range(20), chunksize=2).result())
        assert ("as asked",) == failure(ZeroDivisionError, pool.schedule(fail)).args
        failure(TimeoutError, pool.schedule(time.sleep, args=[LONG], timeout=0.2))
        assert 7 == died(pool).exitcode
        unwanted = pool.schedule(time.sleep, args=[LONG])
        wait_until(unwanted.running)
        assert unwanted.cancel()
        failure(CancelledError, unwanted)
        assert squares[3] == pool.schedule(work, args=[3]).result()
    single = pebble.concurrent.process(mp_context=context)
    assert ("as asked",) == failure(ZeroDivisionError, single(fail)()).args
    failure(TimeoutError, pebble.concurrent.process(mp_context=context, timeout=0.2)(time.sleep)(LONG))


if __name__ == "__main__":
    stage.perform(job)
