"""loky: its executor on the context, and the one that it keeps; an exception, a killed worker, and workers anew."""

import os
import signal

import loky
import stage


def work(number):
    return number * number, stage.whose()


def fail():
    raise ZeroDivisionError("as asked")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def job():
    context = stage.context()
    squares = [(number * number, stage.PACKAGE) for number in range(20)]
    with loky.ProcessPoolExecutor(2, context=context) as executor:
        assert squares == list(executor.map(work, range(20), chunksize=3))
        assert ("as asked",) == executor.submit(fail).exception().args
        assert squares[3] == executor.submit(work, 3).result()
    with anew(2, context) as executor:
        assert squares == list(executor.map(work, range(20)))
        assert isinstance(executor.submit(die).exception(), loky.process_executor.TerminatedWorkerError)
    with anew(1, context) as executor:
        assert squares[:3] == list(executor.map(work, range(3)))


def anew(workers, context):
    """The executor that is kept for all; loky does not keep one that forks."""
    if stage.METHOD == "fork":
        return loky.ProcessPoolExecutor(workers, context=context)
    return loky.get_reusable_executor(workers, context=context)


if __name__ == "__main__":
    stage.perform(job)
