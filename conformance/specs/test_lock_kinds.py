"""The kinds of primitives: the classes of the synchronize module, and how their parameters are called."""

from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call, idles
from conformance.specs.waiters import wait_with

SIMPLE = ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event")


@requirement("lock.kinds")
def test_lock_and_its_kin_are_of_the_synchronize_modules_classes(mp):
    """Each factory, of the package and of a context, makes an instance of the class of its name."""
    module = mp.module("synchronize")
    for owner in (mp.package, mp.context):
        for name in SIMPLE:
            assert True is isinstance(getattr(owner, name)(), getattr(module, name)), f"whether it is a {name}"
        assert True is isinstance(owner.Barrier(2), module.Barrier), "whether it is a Barrier"


@requirement("lock.classes")
def test_lock_classes_can_be_called_with_a_context(mp):
    """The classes, given the context as ctx, make free locks, semaphores of one, and what is not set."""
    module, context = mp.module("synchronize"), mp.context
    for kind, successes in ((module.Lock, 1), (module.Semaphore, 1), (module.BoundedSemaphore, 1), (module.RLock, 3)):
        primitive = kind(ctx=context)
        taken = sum(primitive.acquire(False) for _ in range(3))
        assert successes == taken, f"successes of three acquire(False) of a new {kind.__name__}"
    condition, lock = module.Condition(ctx=context), context.Lock()
    assert [True, True] == [condition.acquire(False), condition.acquire(False)], "two acquires of a new condition"
    assert True is module.Condition(lock, ctx=context).acquire(False), "acquire(False) of a condition with a lock"
    assert False is lock.acquire(False), "acquire(False) of that lock"
    assert False is module.Event(ctx=context).is_set(), "is_set() of a new event"
    assert 0 == Call(module.Barrier(1, ctx=context).wait).result(), "wait() of a barrier of one party"


@requirement("lock.classes")
def test_lock_classes_take_none_for_the_default_context(mp):
    """A lock of the context None, as programs make one to see whether locks work here, is a lock."""
    lock = mp.module("synchronize").Lock(ctx=None)
    assert [True, False] == [lock.acquire(False), lock.acquire(False)], "two acquire(False) of a new lock"


@requirement("lock.parameters")
def test_lock_and_its_kin_call_their_parameters_as_documented(mp):
    """value, lock, parties, action and timeout of the factories may be given by name, and so those of methods."""
    assert 2 == mp.Semaphore(value=2).get_value(), "get_value() of Semaphore(value=2)"
    assert 3 == mp.BoundedSemaphore(value=3).get_value(), "get_value() of BoundedSemaphore(value=3)"
    lock, calls = mp.Lock(), []
    condition = mp.Condition(lock=lock)
    with condition:
        assert False is lock.acquire(False), "acquire(False) of the lock of a condition that is held"
        assert False is condition.wait_for(predicate=bool, timeout=0), "wait_for(predicate=..., timeout=0)"
        assert None is condition.notify(n=1), "notify(n=1)"
    barrier = mp.Barrier(parties=1, action=lambda: calls.append("action"), timeout=LONG)
    assert 0 == Call(barrier.wait, timeout=LONG).result(), "wait(timeout=...) of a barrier of one party"
    assert ["action"] == calls, "calls of the action"


@requirement("lock.kinds")
def test_boundedsemaphore_is_a_kind_of_semaphore(mp):
    """The class BoundedSemaphore derives from Semaphore, as threading's does."""
    module = mp.module("synchronize")
    assert True is issubclass(module.BoundedSemaphore, module.Semaphore), "whether a BoundedSemaphore is a Semaphore"


@requirement("lock.repr")
def test_lock_and_its_kin_show_the_class_that_they_are_of(mp):
    """repr of an instance of a subclass begins with the name of the subclass."""
    module = mp.module("synchronize")
    for name in SIMPLE[:-1]:
        derived = type("Derived", (getattr(module, name),), {})
        assert "<Derived(" == repr(derived(ctx=mp.context))[:9], f"beginning of the repr, derived from {name}"


@requirement("lock.idle", platforms=["posix"])  # Windows counts by ticks of a sixtieth of a second
def test_lock_and_its_kin_cost_no_processor_time_while_somebody_waits(mp):
    """Threads that wait, with a timeout or without, for a lock or its kin do not use the processor."""
    locks = [mp.Lock(), mp.RLock(), mp.Semaphore(1), mp.BoundedSemaphore(1)]
    condition, event, barrier = mp.Condition(), mp.Event(), mp.Barrier(3)
    for lock in locks:
        lock.acquire()
    calls = [Call(take_and_give, lock, timeout) for lock in locks for timeout in (None, LONG)]
    calls += [Call(wait_with, condition, timeout) for timeout in (None, LONG)]
    calls += [Call(waiting.wait, timeout) for waiting in (event, barrier) for timeout in (None, LONG)]
    assert idles(), "whether it used less than 0.05 s of processor time in a second"
    for lock in locks:
        lock.release()
    with condition:
        condition.notify_all()
    event.set()
    barrier.wait()
    for call in calls:
        call.result()


def take_and_give(lock, timeout):
    lock.acquire(True, timeout)
    lock.release()
