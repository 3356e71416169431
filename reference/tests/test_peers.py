"""How results of CPython's tests on this package are compared with the stdlib's; by a tool that runs nothing."""

import json
import sys

import peers
import pytest

TOOL = """
import json, sys
package, options = sys.argv[1], sys.argv[2:]
value = lambda name: options[options.index(name) + 1]
matched = [options[at + 1] for at, option in enumerate(options) if option == "--match"]
with open({calls!r}, "a") as calls:
    print(package, value("--jobs"), *matched, file=calls)
rows = json.load(open({rows!r}))
results = rows.get(package + " alone" if value("--jobs") == "1" else package) or rows[package]
with open(value("--json"), "w") as file:
    row = lambda test, result: {{"test": test, "class": test.split(".")[0], "result": result, "why": "because"}}
    json.dump([row(*item) for item in results.items()], file)
"""


@pytest.fixture
def compare(tmp_path):
    """Compare canned results; returns complaints, the summary, and how the tool was called."""

    def run(exceptions=(), **rows):
        calls = tmp_path / "calls"
        (tmp_path / "rows").write_text(json.dumps({name.replace("_", " "): results for name, results in rows.items()}))
        tool = tmp_path / "tool.py"
        tool.write_text(TOOL.format(calls=str(calls), rows=str(tmp_path / "rows")))
        complaints, summary = peers.compare(str(tool), sys.executable, "3.13", "spawn", exceptions, 4)
        return complaints, summary, calls.read_text().splitlines()

    return run


def test_what_passes_is_run_once(compare):
    complaints, summary, calls = compare(reference={"A.a": "pass", "B.b": "skip"})
    assert ([], "3.13 spawn: 1 of 2 pass, 0 excused", ["reference 4"]) == (complaints, summary, calls)


def test_a_failure_is_tried_alone_and_then_on_the_stdlib(compare):
    everything = {"A.a": "pass", "B.b": "fail", "C.c": "hang", "D.d": "error"}
    alone = {"B.b": "fail", "C.c": "pass", "D.d": "error"}
    standard = {"B.b": "pass", "D.d": "error"}
    complaints, _, calls = compare(reference=everything, reference_alone=alone, multiprocessing=standard)
    assert ["B.b: fail, passes on the stdlib\nbecause"] == complaints
    assert ["reference 4", "reference 1 B C D", "multiprocessing 1 B D"] == calls


def test_what_the_stdlib_did_not_even_run_counts(compare):
    complaints, _, _ = compare(reference={"B.(set-up)": "crash"}, multiprocessing={"B.b": "pass"})
    assert 1 == len(complaints)


def test_a_listed_failure_is_excused_and_a_listed_pass_is_not(compare):
    exceptions = [
        {"test": "A.a"},
        {"test": "B.b"},
        {"test": "C.c", "until": "3.12"},
        {"test": "D.d", "methods": ["fork"]},
    ]
    results = {"A.a": "fail", "B.b": "pass", "C.c": "pass", "D.d": "pass"}
    complaints, summary, calls = compare(exceptions, reference=results)
    assert ["B.b: passes, but is listed in peers.toml"] == complaints
    assert "3.13 spawn: 3 of 4 pass, 1 excused" == summary
    assert ["reference 4"] == calls


@pytest.mark.parametrize(
    ("version", "method", "names"),
    [("3.9", "fork", set()), ("3.10", "fork", {"new", "some"}), ("3.10", "spawn", {"new"}), ("3.14", "fork", {"new"})],
)
def test_exceptions_hold_for_versions_and_methods(version, method, names):
    exceptions = [
        {"test": "new", "since": "3.10"},
        {"test": "some", "since": "3.10", "until": "3.13", "methods": ["fork"]},
    ]
    assert names == peers.excused(exceptions, version, method)


def test_a_tool_that_runs_nothing_is_an_error(compare):
    with pytest.raises(SystemExit, match="ran no test"):
        compare(reference={})


def test_without_the_tool_nothing_is_run(monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("CPYTHON_SUITE", str(tmp_path / "nowhere"))
    monkeypatch.setattr(sys, "argv", ["peers.py"])
    assert 0 == peers.main()
    assert capsys.readouterr().out.startswith("peers: skipped, there is no cpython-suite")


def test_every_exception_has_its_reason():
    with open(peers.EXCEPTIONS, "rb") as file:
        entries = peers.tomllib.load(file)["exception"]
    assert entries
    for entry in entries:
        assert set(entry) <= {"test", "since", "until", "methods", "reason"}
        assert len(entry["reason"]) > 40
