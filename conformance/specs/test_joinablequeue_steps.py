"""JoinableQueue: what one process finishes while another, that joins, is stopped, step by step, amid its call."""

from conformance.requirement import requirement
from conformance.specs.aids import Call
from conformance.specs.steps import stepping


def join(watch, items):
    watch(items.join)


@requirement("joinablequeue.join.atomic", methods=("fork",))
def test_joinablequeue_join_does_not_miss_the_last_task_done(mp):
    """A child that was stopped at any step of join when the last item was finished comes back from it."""
    items = mp.JoinableQueue()

    def put_and_take():
        items.put("item")
        Call(items.get).result()

    with stepping(mp, join, items) as child:
        for _ in child.steps(prepare=put_and_take):
            child.meanwhile(items.task_done)
