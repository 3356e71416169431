"""Locks as arguments of processes, and the names that they have in the system."""

import os
import pickle

from conformance.clocks import eventually
from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import LONG, Call, after_collection, running
from conformance.specs.waiters import release_or_error

SHELF = "/dev/shm"
KEPT = []
"""What nobody collects before its process ends."""


def post_try(lock, box):
    box.post(lock.acquire(False))


def pass_on(mp, lock, box):
    with running(mp, post_try, args=(lock, box)):
        pass


def try_free_and_take(lock, box, gate):
    box.post(lock.acquire(False))
    lock.release()
    gate.wait()
    box.post(lock.acquire(False))


def post_tries(locks, box):
    box.post([lock.acquire(False) for lock in locks])


def post_names(mp, box, gate):
    """Make two locks, keep one for as long as this process lives, and tell their names."""
    locks = [mp.Lock(), mp.Lock()]
    KEPT.append(locks[0])
    box.post(semaphore_names())
    gate.wait()
    locks[1].acquire()


def semaphore_names():
    """The files on the shelf of semaphores and shared memory that this process has mapped.

    Found by their inodes, since the system's list of mappings tells them by names of long ago.
    """
    with open("/proc/self/maps") as maps:
        inodes = {int(line.split()[4]) for line in maps if SHELF in line}
    return sorted(entry.path for entry in os.scandir(SHELF) if entry.inode() in inodes)


@requirement("lock.factory")
def test_lock_factory_makes_the_synchronize_modules_lock(mp):
    """Lock() of the package and of a context give synchronize.Lock, each call another one."""
    kind = mp.module("synchronize").Lock
    locks = [mp.package.Lock(), mp.context.Lock(), mp.context.Lock()]
    assert [True] * 3 == [isinstance(lock, kind) for lock in locks], "whether they are synchronize.Lock"
    assert [True] * 3 == [lock.acquire(False) for lock in locks], "acquire(False) of three new locks"


@requirement("lock.inherit")
def test_lock_given_to_a_child_is_the_same_lock(mp):
    """What one process does to the lock the other sees: held here is held there, freed there is free here."""
    lock, box, gate = mp.Lock(), Mailbox(), Gate()
    lock.acquire()
    with running(mp, try_free_and_take, args=(lock, box, gate)):
        assert False is box.first(), "acquire(False) in the child while the parent held the lock"
        assert True is Call(lock.acquire, True, LONG).result(), "acquire() after the child released the lock"
        lock.release()
        gate.open()
        assert True is box.wait(2)[1], "acquire(False) in the child while the lock was free"
    assert False is lock.acquire(False), "acquire(False) after the child took the lock"


def post_release_errors(locks, box):
    box.post([release_or_error(lock) for lock in locks])


@requirement("lock.release.unlocked")
def test_lock_release_of_a_free_lock_is_refused_in_a_child(mp):
    """A child may release the lock that its parent holds, but not once more: that raises ValueError."""
    lock, box = mp.Lock(), Mailbox()
    lock.acquire()
    with running(mp, post_release_errors, args=([lock, lock], box)):
        assert [None, "ValueError"] == box.first(), "release() of a held and of a free lock"
    assert [True, False] == [lock.acquire(False), lock.acquire(False)], "acquire(False) twice thereafter"


def post_reprs(locks, box):
    for lock in locks:
        lock.acquire()
    box.post([repr(lock) for lock in locks])


@requirement("lock.repr")
def test_lock_repr_in_a_child_names_the_child(mp):
    """A child that holds a lock finds its own name in the lock's repr, whoever made the lock."""
    lock, box = mp.Lock(), Mailbox()
    child = mp.Process(target=post_reprs, args=([lock], box), name="Holder")
    child.start()
    child.join()
    assert ["<Lock(owner=Holder)>"] == box.first(), "repr in the child that holds the lock"
    assert "<Lock(owner=SomeOtherProcess)>" == repr(lock), "repr of a lock that the child has kept"


@requirement("rlock.repr")
def test_rlock_repr_in_a_child_names_the_child(mp):
    """A child that owns an RLock finds its own name in the lock's repr, and how often it took it."""
    lock, box = mp.RLock(), Mailbox()
    child = mp.Process(target=post_reprs, args=([lock, lock], box), name="Owner")
    child.start()
    child.join()
    assert ["<RLock(Owner, 2)>"] * 2 == box.first(), "repr in the child that owns the lock"


@requirement("lock.pickle.outside")
def test_lock_cannot_be_pickled_otherwise(mp):
    """Pickling a lock, or sending it through a connection, raises RuntimeError."""
    lock = mp.Lock()
    left, right = mp.Pipe()
    with mp.raises(RuntimeError):
        pickle.dumps(lock)
    with mp.raises(RuntimeError):
        left.send(lock)
    assert False is right.poll(), "poll() of the other end"


@requirement("lock.fork-to-spawn")
def test_lock_of_a_fork_context_is_refused_by_other_methods(mp):
    """start of a process that is not forked raises RuntimeError for a lock of the fork context, and for its kin."""
    fork = mp.package.get_context("fork")
    locks = [fork.Lock(), fork.RLock(), fork.Semaphore(2), fork.BoundedSemaphore(2)]
    for lock in [*locks, fork.Condition(), fork.Event(), fork.Barrier(2), fork.Condition(mp.Lock())]:
        child = mp.Process(target=post_try, args=(lock, Mailbox()))
        with mp.raises(RuntimeError):
            child.start()


@requirement("lock.spawn-to-fork")
def test_lock_of_other_contexts_works_in_any_child(mp):
    """Locks of the spawn and forkserver contexts can be given to children of the present context."""
    methods = [method for method in mp.package.get_all_start_methods() if method != "fork"]
    contexts = [mp.package.get_context(method) for method in methods]
    held, free, box = [context.Lock() for context in contexts], [context.Lock() for context in contexts], Mailbox()
    for lock in held:
        lock.acquire()
    with running(mp, post_tries, args=(held + free, box)):
        assert [False] * len(methods) + [True] * len(methods) == box.first(), "a child's tries of held and free locks"
    assert [False] * len(methods) == [lock.acquire(False) for lock in free], "tries of the locks that the child took"


@requirement("lock.reserialise")
def test_lock_can_be_passed_on_to_a_grandchild(mp):
    """A child passes the lock that it received on to a child of its own."""
    lock, box = mp.Lock(), Mailbox()
    lock.acquire()
    with running(mp, pass_on, args=(mp, lock, box)):
        assert False is box.first(), "acquire(False) in the grandchild while the lock is held"


@requirement("lock.name-unlinked-fork")
def test_lock_of_a_fork_context_has_no_name(mp):
    """Semaphores of the fork context leave no file behind in /dev/shm, not even while they live."""
    before = semaphore_names()
    locks = [mp.Lock(), mp.RLock(), mp.Semaphore(2), mp.Condition(), mp.Event()]
    assert before == semaphore_names(), "semaphores that this process uses and that have a name"
    assert True is locks[0].acquire(False), "acquire(False)"


@requirement("lock.name-tracked")
def test_lock_name_disappears_with_the_lock(mp):
    """A lock has one name in the system as long as it lives in its creator, and none when that collected it."""
    before = set(semaphore_names())
    lock = mp.Lock()
    names = set(semaphore_names()) - before
    assert 1 == len(names), "names of a new lock"
    (name,) = names
    assert True is Call(lock.acquire).result(), "acquire()"
    del lock
    after_collection(lambda: not os.path.exists(name), "removal of the collected lock's name")


@requirement("lock.name-tracked")
def test_lock_name_disappears_when_its_creator_ends(mp):
    """The names of locks that a child made are removed when it ends, also if it kept the lock to the last."""
    box, gate, before = Mailbox(), Gate(), set(semaphore_names())
    with running(mp, post_names, args=(mp, box, gate)):
        names = set(box.first()) - before
        assert 2 <= len(names), "names of a child's two locks"
        assert [True] * len(names) == [os.path.exists(name) for name in names], "whether they are there while it runs"
        gate.open()
    for name in names:
        eventually(lambda name=name: not os.path.exists(name), "removal of the name when the creator ended")
