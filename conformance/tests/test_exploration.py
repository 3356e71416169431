"""Probing: facts about what can be tested, and a named step with one line for what cannot."""

from __future__ import annotations

import shutil
import sys

import pytest

from conformance.isolation import ProbeError, calibrate
from conformance.tests.surroundings import MINIATURES, Traced, interpreter, traced

__all__ = ["traced"]


def test_facts(traced: Traced) -> None:
    facts = traced.isolation.probe(sys.executable, "multiprocessing")
    version = ".".join(map(str, sys.version_info[:3]))
    assert facts.keys() == {
        "module", "version", "path", "python", "implementation", "platform", "methods", "default_method", "executable",
    }  # fmt: skip
    assert (facts["module"], facts["version"], facts["python"]) == ("multiprocessing", version, version)
    assert facts["path"].endswith("multiprocessing/__init__.py")
    assert {"fork", "spawn", "forkserver"} == set(facts["methods"])
    assert facts["default_method"] in facts["methods"]
    assert (facts["implementation"], facts["platform"]) == (sys.implementation.name, sys.platform)


@pytest.mark.parametrize("name", ["python3.8", "pypy3"])
def test_facts_of_another_interpreter(traced: Traced, name: str) -> None:
    facts = traced.isolation.probe(interpreter(name), "multiprocessing")
    assert facts["implementation"] == ("pypy" if "pypy" in name else "cpython")


def test_version_of_a_target_that_tells_none(traced: Traced) -> None:
    facts = traced.isolation.probe(sys.executable, "leaves_file", (str(MINIATURES),))
    assert facts["version"] == ""


@pytest.mark.parametrize(
    ("target", "step", "reason"),
    [
        ("no_such_target", "import", "ModuleNotFoundError: No module named 'no_such_target'"),
        ("import_raises", "import", "RuntimeError: not today, nor tomorrow"),
        ("import_exits", "import", "exited with status 3 while importing it"),
        ("json", "interface", "AttributeError: module 'json' has no attribute 'get_all_start_methods'"),
    ],
)
def test_target_that_cannot_be_tested(traced: Traced, target: str, step: str, reason: str) -> None:
    with pytest.raises(ProbeError) as caught:
        traced.isolation.probe(sys.executable, target, (str(MINIATURES),))
    assert caught.value.step == step
    assert reason in caught.value.reason
    assert "\n" not in caught.value.reason


@pytest.mark.parametrize("python", ["/no/such/python", "/", str(MINIATURES / "samples.py"), shutil.which("true")])
def test_interpreter_that_is_none(traced: Traced, python: str) -> None:
    with pytest.raises(ProbeError) as caught:
        traced.isolation.probe(python, "multiprocessing")
    assert caught.value.step == "launch"
    assert python in caught.value.reason
    assert "\n" not in caught.value.reason


def test_calibration_is_within_its_limits() -> None:
    assert 1.0 <= calibrate() <= 8.0
