"""concurrent.futures: results, an exception with its traceback, what cannot be pickled, a dead worker, a new one."""

import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

import stage


def begin(word):
    global told
    told = word


def work(number):
    return number * number, told, stage.whose()


def fail():
    raise ZeroDivisionError("as asked")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def pid(_):
    return os.getpid()


def job():
    context = stage.context()
    with ProcessPoolExecutor(2, mp_context=context, initializer=begin, initargs=("a word",)) as executor:
        expected = [(number * number, "a word", stage.PACKAGE) for number in range(20)]
        assert expected == list(executor.map(work, range(20), chunksize=3))
        futures = [executor.submit(work, number) for number in range(20)]
        assert sorted(expected) == sorted(future.result() for future in as_completed(futures))
        error = executor.submit(fail).exception()
        assert ("as asked",) == error.args
        assert "in fail" in str(error.__cause__)
        assert "lambda" in repr(executor.submit(lambda: None).exception())
        assert expected[3] == executor.submit(work, 3).result()
        assert isinstance(executor.submit(die).exception(), BrokenProcessPool)
    if stage.METHOD != "fork" and sys.version_info >= (3, 11):
        with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as executor:
            assert 2 == len(set(executor.map(pid, range(2))))


if __name__ == "__main__":
    stage.perform(job)
