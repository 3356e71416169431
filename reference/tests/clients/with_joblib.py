"""joblib: `Parallel` over a pool of the context, or over its own loky; one by one and in batches; an exception."""

import joblib
import stage


def work(number):
    return number * number, stage.whose()


def fail(number):
    raise ZeroDivisionError(f"as asked: {number}")


def job():
    backend = "loky" if stage.METHOD == "loky" else stage.context() if stage.ROUTE == "bridge" else "multiprocessing"
    squares = [(number * number, stage.PACKAGE) for number in range(20)]
    with joblib.Parallel(n_jobs=2, backend=backend) as parallel:
        assert squares == parallel(joblib.delayed(work)(number) for number in range(20))
        assert squares == parallel(joblib.delayed(work)(number) for number in range(20))
    batches = joblib.Parallel(n_jobs=2, backend=backend, batch_size=3, pre_dispatch=4)
    assert squares == batches(joblib.delayed(work)(number) for number in range(20))
    failing = [joblib.delayed(fail)(number) for number in range(3)]
    assert "as asked" in str(stage.raises(ZeroDivisionError, joblib.Parallel(n_jobs=2, backend=backend), failing))


if __name__ == "__main__":
    stage.perform(job)
