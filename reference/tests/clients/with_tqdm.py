"""tqdm: a map over processes with a bar; the bar's lock goes to the workers."""

import io

import stage
from tqdm.contrib.concurrent import process_map


def work(number):
    return number * number, stage.whose()


def job():
    options = {} if stage.ROUTE == "reference" else {"mp_context": stage.context()}
    bar = io.StringIO()
    squares = [(number * number, stage.PACKAGE) for number in range(20)]
    assert squares == process_map(work, range(20), max_workers=2, chunksize=2, file=bar, **options)
    assert "/20 [" in bar.getvalue()


if __name__ == "__main__":
    stage.perform(job)
