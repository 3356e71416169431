"""The set of children: who stays, who goes, and how little a look costs."""

import os

import pytest

from reference._platform.polling import Watch
from reference.children import Children


class Launched:
    lost = False

    def __init__(self, prompt=True):
        self.prompt = prompt
        self.sentinel, self.end = os.pipe()
        self.returncode = None
        self.looks = 0

    def poll(self):
        self.looks += 1
        return self.returncode

    def finish(self, code=0):
        self.returncode = code
        os.close(self.end)


class Child:
    def __init__(self, prompt=True):
        self._popen = Launched(prompt)


@pytest.fixture
def children():
    return Children()


def added(children, count, prompt=True):
    made = [Child(prompt) for _ in range(count)]
    for child in made:
        children.add(child, child._popen)
    return made


def test_those_that_ended_go(children):
    first, second, third = added(children, 3)
    second._popen.finish()
    children.collect()
    assert set(children) == {first, third}
    assert (first._popen.looks, third._popen.looks) == (0, 0), "a look at a child whose sentinel is not ready"


def test_a_sentinel_that_may_be_late_is_not_relied_on(children):
    (child,) = added(children, 1, prompt=False)
    child._popen.returncode = 0  # while the sentinel says nothing
    children.collect()
    assert list(children) == []


def test_a_child_that_is_alive_stays_whatever_its_sentinel_says(children):
    (child,) = added(children, 1)
    os.close(child._popen.end)
    children.collect()
    assert list(children) == [child]


def test_one_whose_status_is_lost_goes(children):
    (child,) = added(children, 1)
    os.close(child._popen.end)
    child._popen.lost = True
    children.collect()
    assert list(children) == []


def test_a_look_makes_nothing_for_those_that_live(children):
    """What is made or counted for each is written to each: after a fork that copies the memory they lie in."""
    tracemalloc = pytest.importorskip("tracemalloc", reason="this interpreter does not count what is allocated")
    crowd = added(children, 200)
    children.collect()
    tracemalloc.start()
    try:
        children.collect()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(crowd), "a list of them all takes as much, without what would be in it"


def test_discarding_twice_is_once(children):
    first, second = added(children, 2)
    children.discard(first)
    children.discard(first)
    first._popen.finish()
    children.collect()
    assert list(children) == [second]


def test_one_that_is_joined_before_anybody_looks_is_never_watched(children):
    first, second = added(children, 2)
    children.discard(first)
    children.discard(second)
    children.collect()
    assert children._watch is None


def test_one_that_is_discarded_while_it_comes_under_watch_is_not_watched(children, monkeypatch):
    """As another thread does, between the two steps."""
    first, second = added(children, 2)
    add = Watch.add

    def add_and_lose(watch, handle):
        children.discard(first)
        add(watch, handle)

    monkeypatch.setattr(Watch, "add", add_and_lose)
    children.collect()
    assert {second._popen.sentinel} == children._watch._handles


def test_the_children_of_a_parent_are_forgotten(children):
    added(children, 2)
    children.collect()
    children.forget()
    assert [] == list(children)
    assert [] == children._suspects()
    assert children._watch is None
    assert [] == children._ready()


def test_a_look_amid_a_look(children):
    """As a signal handler that interrupts one does, or another thread."""
    first, second = added(children, 2)
    children.collect()
    first._popen.finish()
    with children._watch._looking:
        children.collect()
    assert list(children) == [second]
