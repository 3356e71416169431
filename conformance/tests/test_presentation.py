"""What is no package of multiprocessing's shape, presented as one: what is passed on, borrowed, and stays absent."""

from __future__ import annotations

import importlib
import multiprocessing
import sys
import threading

import pytest

from conformance.subject import Absent, Subject
from conformance.target import Target, adapter

CONTEXTS = """
import multiprocessing, sys

__version__ = "1.2"

class Namespace:
    Lock = staticmethod(multiprocessing.Lock)

here = sys.modules[__name__]
spawning = multiprocessing.get_context("spawn")
whole = multiprocessing
names = Namespace()

def get_context(method):
    return multiprocessing.get_context(method)
"""


@pytest.fixture
def presented(tmp_path, monkeypatch):
    """Present a target as cells see it, and take it away afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    (tmp_path / "contexts.py").write_text(CONTEXTS)
    before = set(sys.modules)

    def present(**values):
        target = Target(**{"name": "t", "module": "contexts", "origin": "t"} | values)
        assert not target.is_package
        (tmp_path / f"{target.importable}.py").write_text(adapter(target))
        return importlib.import_module(target.importable)

    yield present
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_module_that_is_its_own_context(presented):
    package = presented(module="multiprocessing.dummy", methods=("threads",))
    assert package.get_all_start_methods() == ["threads"]
    assert package.get_start_method() == "threads"
    subject = Subject(package.__name__, "threads")
    assert issubclass(subject.Process, threading.Thread)
    assert subject.module("connection") is importlib.import_module("multiprocessing.dummy.connection")
    with pytest.raises(ValueError, match="cannot find context for 'fork'"):
        package.get_context("fork")
    for lacking in (lambda: subject.module("queues"), lambda: package.get_logger, lambda: subject.parent_process):
        with pytest.raises(Absent):
            lacking()


def test_what_a_target_has_not_is_borrowed_by_module_only(presented):
    package = presented(methods=("spawn",), borrows="multiprocessing")
    assert package.get_context("spawn") is multiprocessing.get_context("spawn")
    assert importlib.import_module(package.__name__ + ".connection").wait is multiprocessing.connection.wait
    assert "wait" in dir(package.connection), "the submodule, as an attribute"
    assert package.__version__ == "1.2"
    with pytest.raises(Absent) as caught:
        package.set_start_method("spawn")
    assert caught.value.name == "set_start_method"


@pytest.mark.parametrize(
    ("attribute", "methods"),
    [("spawning", ["spawn"]), ("whole", multiprocessing.get_all_start_methods()), ("names", ["default"])],
)
def test_an_attribute_is_the_target(presented, attribute, methods):
    package = presented(attribute=attribute)
    assert package.get_all_start_methods() == methods
    assert package.get_context(methods[0]).Lock() is not None
    assert package.get_start_method() == methods[0]


def test_an_attribute_may_lie_deep(presented):
    assert presented(attribute="here.spawning").get_start_method() == "spawn"
