"""Admission of specs: who is meant, what is refused, what the machine is like meanwhile, and a whole run."""

from __future__ import annotations

import os
import time

import psutil
import pytest

from conformance.admission import admit as room
from conformance.admission.admit import BUDGET, Account, Trial, bound, choose, shares, trials
from conformance.admission.ledger import Ledger
from conformance.admission.weather import CalmClock, Weather, weather
from conformance.misuse import Misuse
from conformance.outcome import Outcome, Verdict
from conformance.tests.commands import command


class PretendedCell:
    """A cell as far as trials look at it."""

    def __init__(self, deadline=20.0):
        self.deadline = deadline

    def expects(self, verdict):
        return verdict is Verdict.PASS

    def plan(self, *, fresh):
        return self


class PretendedCrew:
    """A crew that runs nothing. jobs: as told by the trials."""

    scale = 2.0

    def __init__(self):
        self.jobs = 0
        self.seen = []

    def map(self, work, tasks):
        for task in tasks:
            self.seen.append((self.jobs, len(loops())))
            yield task, work(self, task)

    def run(self, plan):
        return Outcome(Verdict.PASS, 0.1)


def loops():
    return [child for child in psutil.Process().children() if "os.getppid()" in " ".join(child.cmdline())]


@pytest.mark.parametrize(
    ("verdict", "spent", "reason"),
    [
        (Verdict.PASS, 0.1, ""),
        (Verdict.PASS, BUDGET, ""),
        (Verdict.PASS, 0.81, "took 81% of its deadline"),
        (Verdict.FAIL, 0.1, "FAIL: 3"),
        (Verdict.HANG, 1.0, "HANG: 3"),
    ],
)
def test_a_spec_is_refused_for_a_deviation_or_for_its_time(verdict, spent, reason):
    trial = Trial(PretendedCell(), Weather.IDLE, Outcome(verdict, 1.0, got="3"), spent)
    assert reason == trial.reason
    account = Account("spec", [trial, Trial(PretendedCell(), Weather.IDLE, Outcome(Verdict.PASS, 1.0), 0.2)])
    assert bool(reason) == bool(account.refusals)
    assert max(spent, 0.2) == account.most_spent


def test_specs_are_chosen_by_function_file_requirement_and_subject():
    (one,) = choose(["test_event_is_unset_when_made"])
    assert one.spec.name == choose(["test_event.py::test_event_is_unset_when_made"])[0].spec.name
    assert one.spec.name in [entry.spec.name for entry in choose(["event.initial"])]
    names = [entry.spec.name for entry in choose(["test_event.py", "event", "event.initial"])]
    assert len(names) == len(set(names))
    assert one.spec.name in names
    assert 1000 < len({entry.spec.name for entry in choose(["all"])})
    with pytest.raises(Misuse, match="'test_nothing' is no spec"):
        choose(["test_nothing"])


def test_a_third_of_the_runs_is_made_in_each_weather():
    crew = PretendedCrew()
    found = list(trials(crew, {kind: [PretendedCell()] * count for kind, count in shares(8).items()}))
    kinds = [trial.weather for trial in found]
    assert [3, 3, 2] == [kinds.count(kind) for kind in Weather]
    cores = room.processors()
    assert {(cores, 0), (4 * cores, 4 * cores), (4 * cores, cores)} == set(crew.seen)
    assert [] == loops()


def test_the_bound_is_that_of_runs_of_which_none_deviated():
    for runs in (1, 30, 1000):
        assert (1 - bound(runs)) ** runs == pytest.approx(0.05)


def test_the_machine_is_left_as_it_was():
    own = os.getpriority(os.PRIO_PROCESS, 0)
    for kind in Weather:
        with weather(kind):
            time.sleep(0.1)
        assert [] == loops()
    assert own == os.getpriority(os.PRIO_PROCESS, 0)


def test_the_calm_clock_goes_no_faster_than_others():
    started = time.monotonic()
    with CalmClock() as clock:
        time.sleep(0.2)
    assert 0 < clock.seconds <= time.monotonic() - started


def test_a_right_spec_is_admitted(tmp_path):
    words = ("--target", "stdlib", "--method", "fork", "--runs", "3")
    done = command("admit", "test_event_is_unset_when_made", *words, cwd=tmp_path)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Admitted: 1 specs, 3 runs without a deviation: " in done.stdout
    assert "fewer than one run in 2 deviates." in done.stdout


def test_an_admission_goes_on_from_what_was_kept(tmp_path):
    words = ("admit", "test_event_is_unset_when_made", "--target", "stdlib", "--method", "fork", "--out", "ledger")
    ledger = tmp_path / "ledger"
    for runs, lines in (("3", 1 + 3), ("3", 1 + 3), ("4", 1 + 4)):
        done = command(*words, "--runs", runs, cwd=tmp_path)
        assert 0 == done.returncode, done.stdout + done.stderr
        assert f"Admitted: 1 specs, {runs} runs without a deviation" in done.stdout
        assert lines == len(ledger.read_text().splitlines())
    # Half a line is what an end in the midst of writing leaves; what deviated once is refused without another run.
    kept = ledger.read_text().replace('"verdict": "PASS", "told": ""', '"verdict": "FAIL", "told": "3"', 1)
    ledger.write_text(kept + '{"cell": ')
    done = command(*words, "--runs", "4", cwd=tmp_path)
    assert 1 == done.returncode, done.stdout + done.stderr
    assert "stdlib fork, idle: FAIL: 3" in done.stderr
    assert kept == ledger.read_text()


@pytest.mark.parametrize(
    "text",
    ["no lines of JSON\n", '{"kind": "faults", "format": 1}\n', "[]\n", '{"kind": "admission", "format": 1}\n7\n'],
)
def test_another_file_is_not_taken_for_a_ledger(tmp_path, text):
    path = tmp_path / "ledger"
    path.write_text(text)
    with pytest.raises(Misuse, match="is no record of an admission"), Ledger(path):
        pass
    assert text == path.read_text()


def test_a_spec_that_deviates_is_refused(tmp_path):
    (tmp_path / "unset.py").write_text(
        "from multiprocessing import *\nfrom multiprocessing import synchronize\n"
        "synchronize.Event.is_set = lambda self: None\n"
    )
    words = ("--target", "unset", "--method", "fork", "--runs", "3")
    done = command("admit", "test_event_is_unset_when_made", *words, cwd=tmp_path)
    assert 1 == done.returncode, done.stdout + done.stderr
    for kind in Weather:
        assert f"unset fork, {kind}: FAIL: None" in done.stderr
    assert "Refused: 1 of 1 specs, in 3 runs." in done.stdout
