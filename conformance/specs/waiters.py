"""Those who wait for a condition, and those who wake them: what specs of conditions and events share.

Used inside the interpreter under test and in its children: stdlib only, syntax of Python 3.8. Knows nothing
of a requirement; what only one spec needs stays beside that spec.
"""

from conformance.specs.aids import Call, patience


def wait_once(condition, box, *timeout):
    """Tell that this one waits, wait, and tell what wait() gave."""
    with condition:
        box.post("waiting")
        box.post(condition.wait(*timeout))


def wait_with(condition, timeout):
    """What wait(timeout) gives."""
    with condition:
        return condition.wait(timeout)


def wait_for(condition, predicate, *timeout):
    """What wait_for() gives."""
    with condition:
        return condition.wait_for(predicate, *timeout)


def woken(box, waiters):
    """What wait() gave to those who have come back, when `waiters` have told that they wait."""
    return [letter for letter in box.letters() if letter != "waiting"][: waiters + 1]


def enter(condition):
    """Take the condition's lock; AssertionError if it does not come free."""
    assert condition.acquire(True, patience()), "the condition's lock did not come free"


def notify(condition, *args, **kwargs):
    """Notify in a thread of its own; AssertionError if the lock does not come free or the notifier gets stuck."""
    _call_with_lock(condition, condition.notify, *args, **kwargs)


def notify_all(condition):
    """As `notify`, for all."""
    _call_with_lock(condition, condition.notify_all)


def _call_with_lock(condition, function, *args, **kwargs):
    def enter_and_call():
        enter(condition)
        try:
            function(*args, **kwargs)
        finally:
            condition.release()

    Call(enter_and_call).result()


def tries(lock):
    """Whether another thread could take the lock just now; it gives it back."""

    def try_it():
        taken = lock.acquire(False)
        if taken:
            lock.release()
        return taken

    return Call(try_it).result()


def release_or_error(lock):
    """What release() gives, or the name of the error that it raises."""
    try:
        return lock.release()
    except Exception as error:
        return type(error).__name__
