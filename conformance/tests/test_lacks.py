"""What a failure says to be missing, and who has declared so."""

from __future__ import annotations

import pytest

from conformance.lacks import declared, missing
from conformance.outcome import Outcome, Verdict


@pytest.mark.parametrize(
    ("got", "name"),
    [
        ("AttributeError: 'DummyProcess' object has no attribute 'pid'", "DummyProcess.pid"),
        ("AttributeError: type object 'Queue' has no attribute 'close'", "Queue.close"),
        ("AttributeError: module 'a.b.connection' has no attribute 'wait'", "connection.wait"),
        ("TypeError: Condition.notify() got an unexpected keyword argument 'n'", "Condition.notify(n)"),
        ("TypeError: notify() got an unexpected keyword argument 'n'", "notify(n)"),
        ("TypeError: __init__() got an unexpected keyword argument 'daemon'", "__init__(daemon)"),
        ("TypeError: OddProcess.__init__() got an unexpected keyword argument 'daemon'", "OddProcess(daemon)"),
        ("Absent: m has no 'Pool'", "Pool"),
        ("Absent: m.n has no module 'pool'", "pool"),
        ("AttributeError: odd", ""),
        ("['AttributeError: module 'a' has no attribute 'b'']", ""),
        ("None", ""),
    ],
)
def test_what_is_missing_is_read_from_what_interpreters_say(got, name):
    assert missing(Outcome(Verdict.FAIL, 0.1, got=got)) == name


def test_what_the_cell_itself_found_absent_comes_first():
    assert missing(Outcome(Verdict.FAIL, 0.1, got="Absent: m has no 'Pool'", absent="Pool")) == "Pool"


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("Pool", True),
        ("OddProcess.pid", True),
        ("OddProcess(daemon)", True),
        ("Process.pids", False),
        ("ThreadPool", False),
        ("__init__(daemon)", True),
        ("__init__(n)", False),
        ("notify(n)", True),
        ("notify(daemon)", False),
        ("OddProcess(n)", False),
        ("", False),
    ],
)
def test_a_declaration_speaks_of_the_class_whatever_it_is_called(name, holds):
    assert declared(name, {"Pool", "Process.pid", "Process(daemon)", "Condition.notify(n)"}) is holds
