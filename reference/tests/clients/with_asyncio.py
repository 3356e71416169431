"""asyncio: coroutines that wait for work in processes, several at once, one that fails and one whose worker dies."""

import asyncio
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import stage


def work(number):
    return number + 1, stage.whose()


def fail():
    raise LookupError("as asked")


async def in_processes():
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(2, mp_context=stage.context()) as executor:
        answers = await asyncio.gather(*(loop.run_in_executor(executor, work, number) for number in range(20)))
        assert [(number + 1, stage.PACKAGE) for number in range(20)] == answers
        failed, died = await asyncio.gather(
            loop.run_in_executor(executor, fail), loop.run_in_executor(executor, os._exit, 1), return_exceptions=True
        )
        assert isinstance(failed, LookupError | BrokenProcessPool), failed
        assert isinstance(died, BrokenProcessPool), died


def job():
    asyncio.run(in_processes())


if __name__ == "__main__":
    stage.perform(job)
