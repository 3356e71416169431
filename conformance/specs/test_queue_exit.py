"""What becomes of a queue's items when a process that put them ends."""

from conformance.clocks import eventually, never
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import BIG, Call, running

UNREAD_ITEM = """
import os, sys, time
import TARGET as mp

def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.005)

def read_at(gate, queue):
    open("reader", "w").close()
    wait_for(gate)
    queue.get()

# An orphan reads: nobody waits for it, and a thread would be caught in the end of the interpreter.
# It has no fork server: that of a process that ends so leaves its directory behind.
def leave_reader(gate, queue):
    context = mp.get_context("METHOD".replace("forkserver", "spawn"))
    context.Process(target=read_at, args=(gate, queue)).start()
    wait_for("reader")
    os._exit(0)

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    queue = context.Queue()
    child = context.Process(target=leave_reader, args=(sys.argv[1], queue))
    child.start()
    child.join()
    queue.put(bytes(1 << 20))
    open(sys.argv[2], "w").close()
"""

ABANDONED_ITEMS = """
import TARGET as mp

if __name__ == "__main__":
    queues = [mp.get_context("METHOD").Queue() for _ in range(3)]
    for queue in queues:
        queue.put(bytes(1 << 20))
        queue.put("never read")
        queue.cancel_join_thread()
"""

TOO_LATE = """
import threading
import TARGET as mp
from TARGET import connection

def wait_for_ever():
    threading.Event().wait()

class TooLate:
    def __reduce__(self):
        connection.wait([daemon.sentinel])  # It is terminated when this program ends.
        raise ValueError("too late to be pickled")

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    daemon = context.Process(target=wait_for_ever, daemon=True)
    daemon.start()
    queue = context.Queue()
    queue.put(TooLate())
"""

READ_AFTER_THE_DAEMON = """
import threading
import TARGET as mp

def hold(end, started):
    started.send("here")
    threading.Event().wait()

def read_once_closed(end, queue, started):
    started.send("here")
    try:
        end.recv()
    except EOFError:
        print(len(queue.get()))

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    queue = context.Queue()
    near, far = context.Pipe(duplex=False)
    here, started = context.Pipe(duplex=False)
    context.Process(target=hold, args=(far, started), daemon=True).start()
    here.recv()  # Until it runs it may not have the end that it is to hold.
    far.close()
    context.Process(target=read_once_closed, args=(near, queue, started)).start()
    here.recv()
    queue.put(bytes(1 << 20))
"""


def put_unread(items, box):
    items.put(bytes(BIG))
    box.post("put returned")


def put_unread_and_cancel(items, box, early):
    if early:
        items.cancel_join_thread()
    items.put(bytes(BIG))
    if not early:
        items.cancel_join_thread()
    box.post("put returned")


def reduce_at(gate):
    gate.wait()
    return str, ("first",)


class SlowToPickle:
    """A value that is pickled only once a gate opens; it becomes the text "first"."""

    def __init__(self, gate):
        self.gate = gate

    def __reduce__(self):
        return reduce_at(self.gate)


def put_several(items, box, gate):
    items.put(SlowToPickle(gate))
    for number in range(20):
        items.put(number)
    box.post("all put")


def put_in_own_queue(mp, box):
    items = mp.Queue()
    items.put(bytes(BIG))
    box.post("put returned")


@requirement("queue.exit.waits-for-feeder")
def test_queue_child_ends_only_when_its_items_are_in_the_pipe(mp):
    """A child that put more than the pipe holds stays alive until somebody reads."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, put_unread, args=(items, box)) as child:
        box.wait()
        never(lambda: not child.is_alive(), "the end of the child with its item unread")
        assert BIG == len(Call(items.get).result()), "length of the item"
        eventually(lambda: not child.is_alive(), "the end of the child after its item was read")
        assert 0 == child.exitcode, "exitcode of the child"


@requirement("queue.exit.creator-waits")
def test_queue_program_ends_only_when_its_items_are_in_the_pipe(mp):
    """The program that made the queue and put more than the pipe holds does not end until somebody reads."""
    gate, put = Gate(), Gate()
    program = Call(mp.script, UNREAD_ITEM, args=(gate.path, put.path))
    put.wait()
    never(program.returned, "the end of the program with its item unread")
    gate.open()
    done = program.result()
    assert 0 == done.returncode, done


@requirement("queue.exit.data-survives")
def test_queue_items_outlive_the_child_that_put_them(mp):
    """What a child put can be got, in order, after the child has ended, though none was written when it was to end."""
    items, box, gate = mp.Queue(), Mailbox(), Gate()
    with running(mp, put_several, args=(items, box, gate)) as child:
        box.wait()
        never(lambda: not child.is_alive(), "the end of the child with its items pending", glance=0.05)
        gate.open()
    assert ["first", *range(20)] == Call(lambda: [items.get() for _ in range(21)]).result(), "items received"


@requirement("queue.cancel-join.no-block")
def test_queue_cancel_join_thread_lets_a_child_end(mp):
    """A child that called cancel_join_thread ends though nobody reads its item."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, put_unread_and_cancel, args=(items, box, False)) as child:
        box.wait()
        eventually(lambda: not child.is_alive(), "the end of the child")
        assert 0 == child.exitcode, "exitcode of the child"


@requirement("queue.cancel-join.before-put")
def test_queue_cancel_join_thread_works_before_the_first_put(mp):
    """A child that called cancel_join_thread before it put ends though nobody reads its item."""
    items, box = mp.Queue(), Mailbox()
    with running(mp, put_unread_and_cancel, args=(items, box, True)) as child:
        box.wait()
        eventually(lambda: not child.is_alive(), "the end of the child")
        assert 0 == child.exitcode, "exitcode of the child"


@requirement("queue.cancel-join.local")
def test_queue_cancel_join_thread_does_not_concern_other_processes(mp):
    """A child waits for its items to be read, though its parent called cancel_join_thread before it was started."""
    items, box = mp.Queue(), Mailbox()
    items.cancel_join_thread()
    with running(mp, put_unread, args=(items, box)) as child:
        box.wait()
        never(lambda: not child.is_alive(), "the end of the child with its item unread")
        assert BIG == len(Call(items.get).result()), "length of the item"


@requirement("queue.exit.after-children")
def test_queue_program_ends_its_children_before_it_waits_for_its_feeder(mp):
    """At exit daemonic children are terminated and others joined first: one of those may yet read the items."""
    finished = mp.script(READ_AFTER_THE_DAEMON)
    assert (0, f"{1 << 20}\n") == (finished.returncode, finished.stdout), "exit status and output"


@requirement("queue.exit-during-put")
def test_queue_item_that_fails_at_exit_is_not_reported(mp):
    """An item whose pickling fails when its program is already ending leaves no traceback."""
    finished = mp.script(TOO_LATE)
    assert (0, "") == (finished.returncode, finished.stderr), "exit status and stderr"


@requirement("queue.exit-during-put")
def test_queue_abandoned_at_exit_is_silent(mp):
    """A program that ends with items unread and cancel_join_thread called writes nothing to stderr."""
    finished = mp.script(ABANDONED_ITEMS)
    assert (0, "") == (finished.returncode, finished.stderr), "exit status and stderr"
