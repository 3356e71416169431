"""Queues as arguments of processes, and nowhere else."""

import pickle

from conformance.requirement import requirement
from conformance.specs.aids import Call, running


def answer(requests, answers):
    answers.put(["answer", requests.get()])


def pass_on(mp, requests, answers):
    with running(mp, answer, args=(requests, answers)):
        pass


@requirement("queue.inherit.all-methods")
def test_queue_is_inherited_as_an_argument(mp):
    """Queues given to a child work there both ways, bounded or not."""
    requests, answers = mp.Queue(), mp.Queue(1)
    with running(mp, answer, args=(requests, answers)):
        requests.put("question")
        assert ["answer", "question"] == Call(answers.get).result(), "the child's answer"


@requirement("queue.inherit.all-methods")
def test_queue_is_inherited_with_what_is_in_it(mp):
    """Items put before the child was started can be got there."""
    requests, answers = mp.Queue(), mp.Queue()
    requests.put("question")
    with running(mp, answer, args=(requests, answers)):
        assert ["answer", "question"] == Call(answers.get).result(), "the child's answer"


@requirement("queue.inherit.grandchild")
def test_queue_can_be_passed_on_to_a_grandchild(mp):
    """A child passes the queues that it received on to a child of its own, where they work."""
    requests, answers = mp.Queue(), mp.Queue()
    with running(mp, pass_on, args=(mp, requests, answers)):
        requests.put("question")
        assert ["answer", "question"] == Call(answers.get).result(), "the grandchild's answer"


@requirement("queue.pickle.outside")
def test_queue_cannot_be_pickled_otherwise(mp):
    """Pickling a queue, or sending it through a connection, raises RuntimeError."""
    items = mp.Queue()
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(items)
    with mp.raises(RuntimeError):
        left.send(items)
    assert False is right.poll(), "poll() of the other end"
