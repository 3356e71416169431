"""distributed: two nannies; work in their workers, an exception, and a dead worker that its nanny starts anew."""

import os

import dask
import distributed
import stage


def work(number):
    return number * number, stage.whose()


def fail():
    raise ZeroDivisionError("as asked")


def pids(client):
    return set(client.run(os.getpid).values())


def job():
    dask.config.set(
        {
            "distributed.worker.multiprocessing-method": stage.METHOD,
            "distributed.scheduler.allowed-failures": 0,
            "distributed.comm.timeouts.connect": "120s",
        }
    )
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(processes=True, **options) as cluster,
        distributed.Client(cluster, timeout="120s") as client,
    ):
        assert [(number * number, stage.PACKAGE) for number in range(20)] == client.gather(client.map(work, range(20)))
        assert ("as asked",) == client.submit(fail).exception().args
        before = pids(client)
        died = client.submit(os._exit, 1)
        assert isinstance(died.exception(), distributed.KilledWorker)
        client.wait_for_workers(2, timeout=120)
        assert 2 == len(pids(client)) != len(pids(client) & before)
        assert (25, stage.PACKAGE) == client.submit(work, 5).result()


if __name__ == "__main__":
    stage.perform(job)
