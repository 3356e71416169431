"""The order in which specs are shown a mutant."""

import sys
from types import SimpleNamespace

from conformance.broken.prove import Bench
from conformance.matrix import Candidate
from conformance.mutation.hunt import Hunt
from conformance.mutation.touches import Touch, Touches
from conformance.target import resolve

METHODS = ["fork", "spawn", "forkserver"]
LINE = frozenset({("queues.py", 2)})


def cell(spec, method):
    """As much of a cell as decides on its place."""
    requirement = SimpleNamespace(id="queue.get", subject="queue")
    return SimpleNamespace(spec=SimpleNamespace(name=spec), method=method, requirement=requirement)


def hunt_of(tmp_path, seconds):
    """A hunt with a cell for each (spec, method) of `seconds`, all of which run the second line of queues.py."""
    package = tmp_path / "multiprocessing"
    package.mkdir()
    (package / "queues.py").write_text("def get():\n    return 1\n")
    facts = {"python": "3.13.0", "implementation": "cpython", "platform": "linux", "methods": METHODS}
    bench = Bench(Candidate(resolve("stdlib"), sys.executable, facts), package, tmp_path)
    touches = Touches({name: Touch(time, LINE) for name, time in seconds.items()}, frozenset())
    return Hunt(bench, touches, [cell(*name) for name in seconds], None)


MUTANT = SimpleNamespace(file="queues.py", inside="get", lines=(2, 2))


def test_quick_specs_come_first_and_return_under_the_other_methods(tmp_path):
    seconds = {("slow", method): 2.0 for method in METHODS} | {("quick", method): 1.0 for method in METHODS}
    order = hunt_of(tmp_path, seconds).order(MUTANT)
    assert [(name, method) for method in METHODS for name in ("quick", "slow")] == order


def test_a_spec_for_executed_children_only_comes_in_its_turn(tmp_path):
    seconds = {("slow", "fork"): 2.0, ("slow", "spawn"): 2.0, ("quick", "forkserver"): 1.0}
    order = hunt_of(tmp_path, seconds).order(MUTANT)
    assert [("quick", "forkserver"), ("slow", "fork"), ("slow", "spawn")] == order


def test_a_spec_that_noticed_comes_before_quicker_ones(tmp_path):
    hunt = hunt_of(tmp_path, {("slow", "fork"): 2.0, ("quick", "fork"): 1.0})
    hunt.remember([{"file": "queues.py", "inside": "get", "spec": "slow"}])
    assert [("slow", "fork"), ("quick", "fork")] == hunt.order(MUTANT)
