"""torch: a DataLoader whose workers read tensors ahead, kept for two rounds; an exception, and a worker that dies."""

import gc
import os

import stage
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

LENGTH = 24


class Squares(Dataset):
    """Items that say who made them."""

    def __len__(self):
        return LENGTH

    def __getitem__(self, index):
        assert stage.PACKAGE == stage.whose()
        return torch.tensor([index, index * index, get_worker_info().id])


class Wrong(Squares):
    """Cannot be read."""

    def __getitem__(self, index):
        raise ZeroDivisionError("as asked")


class Deadly(Squares):
    """Ends who reads it."""

    def __getitem__(self, index):
        os._exit(3)


def load(dataset, workers, **options):
    context = stage.context()
    return DataLoader(dataset, batch_size=4, num_workers=workers, multiprocessing_context=context, **options)


def failure(dataset):
    try:
        list(load(dataset, 1))
    except (ZeroDivisionError, RuntimeError) as error:
        text = f"{type(error).__name__}: {error}"
    else:
        raise AssertionError("no error")
    gc.collect()  # the loader, which the error refers to, stops its workers when it goes
    return text


def job():
    loader = load(Squares(), 2, persistent_workers=True, prefetch_factor=2)
    for _ in range(2):
        rows = torch.cat(list(loader))
        assert [[index, index * index] for index in range(LENGTH)] == rows[:, :2].tolist()
        assert {0, 1} == set(rows[:, 2].tolist())
    del loader
    error = failure(Wrong())
    assert error.startswith("ZeroDivisionError")
    assert "as asked" in error
    assert "exited unexpectedly" in failure(Deadly())


if __name__ == "__main__":
    stage.perform(job)
