"""Barrier: what other parties do while one is stopped, step by step, amid its call."""

from conformance.requirement import requirement
from conformance.specs.steps import stepping


def wait(watch, barrier):
    return watch(barrier.wait)


@requirement("barrier.wait.atomic", methods=("fork",))
def test_barrier_lets_both_parties_pass_wherever_one_stands(mp):
    """A child that was stopped at any step of wait when the second party came passes, as the other does."""
    barrier = mp.Barrier(2)
    with stepping(mp, wait, barrier) as child:
        for step in child.steps():
            numbers = sorted(child.meanwhile(barrier.wait))
            assert [0, 1] == numbers, f"what wait() gave, one party having been stopped at step {step}"
            assert (0, False) == (barrier.n_waiting, barrier.broken), "n_waiting, broken after both have passed"
