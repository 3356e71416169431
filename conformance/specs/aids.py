"""What several specs share: calls that may block, children that never outlive a failed spec, values that pickle badly.

Used inside the interpreter under test and in its children: stdlib only, syntax of Python 3.8. What is here
knows nothing of a requirement; what only one spec needs stays beside that spec.
"""

import contextlib
import gc
import os
import signal
import threading
import time
import warnings

from conformance import clocks
from conformance.clocks import eventually
from conformance.load import Patience

try:
    import _winapi
except ImportError:  # another system
    _winapi = None

SHORT = 0.1
"""Seconds: a timeout that is meant to expire."""
LONG = 600.0
"""Seconds: a timeout that must not expire, far beyond the deadline of any cell."""
TICK = 0.02
"""Seconds by which two clocks may disagree: what a timeout may fall short of its time."""
BIG = 1 << 20
"""Bytes that no pipe or socket of any platform buffers (Linux: 64 KiB a pipe, about 200 KiB a socket)."""


class Call:
    """`function(*args, **kwargs)`, running in a daemon thread from now on.

    So a call that wrongly blocks for ever is a FAIL of the spec and no hang of the cell.
    """

    def __init__(self, function, *args, **kwargs):
        self._function, self._args, self._kwargs = function, args, kwargs
        self._began, self._ended = threading.Event(), threading.Event()
        self._value, self._error = None, None
        self.seconds = None
        threading.Thread(target=self._run, daemon=True).start()
        self._began.wait()

    def _run(self):
        self._began.set()
        start = time.monotonic()
        try:
            self._value = self._function(*self._args, **self._kwargs)
        except BaseException as error:
            self._error = error
        self.seconds = time.monotonic() - start
        self._ended.set()

    def returned(self):
        """Whether the call has returned or raised."""
        return self._ended.is_set()

    def result(self):
        """What the call returned, or the exception that it raised, once it ended; AssertionError if it never does.

        From then on `seconds` is the time that it took.
        """
        # No repr: that of a bound method tells its object's state, and a process asked in two threads at once may
        # lose its exit code.
        name = getattr(self._function, "__name__", type(self._function).__name__)
        eventually(self.returned, "the return of {}()".format(name))
        if self._error is not None:
            raise self._error
        return self._value


@contextlib.contextmanager
def running(mp, *targets, args=()):
    """Children that run `target(*args)`, one for each of `targets`; left once all have ended.

    If the block fails they are killed: a failed spec must not wait for them at exit.
    """
    children = [mp.Process(target=target, args=args) for target in targets]
    started = []
    try:
        for child in children:
            child.start()
            started.append(child)
        yield started[0] if len(started) == 1 else started
        for child in started:
            ended(child)
    finally:
        for child in started:
            if child.is_alive():
                # It may be gone though its status has not come yet by way of a fork server: why the block failed must
                # not give way to that.
                with contextlib.suppress(ProcessLookupError):
                    kill(child)


def patience():
    """Seconds to wait for what must happen, where `eventually` cannot be used."""
    return clocks.PATIENCE * clocks.scale()


def ended(child):
    """Wait until `child` has ended; AssertionError if it does not."""
    waiting = Patience(patience())
    left = waiting.left()
    # More than once on a crowded machine only, and not if join() comes back before its time.
    while left > 0:
        begun = time.monotonic()
        child.join(left)
        if not child.is_alive():
            return
        left = waiting.left() if time.monotonic() - begun > 0.9 * left else 0.0
    raise AssertionError("the child {} did not end".format(child.name))


def kill(child):
    """Kill `child` by the system's own means."""
    os.kill(child.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def idles():
    """Whether this process uses next to no processor time in the next second, other threads included."""
    start = time.process_time()
    threading.Event().wait(1.0)  # Not `never`: its looks cost more than what is looked for, on a busy machine.
    return time.process_time() - start < 0.05


class Refusal(Exception):
    """Raised by values that refuse to be pickled or rebuilt."""


class Unpicklable:
    """A value that no pickler can reduce, dill and cloudpickle included."""

    def __reduce_ex__(self, protocol):
        raise Refusal("refuses to be pickled")


def refuse():
    """Fail to rebuild a value."""
    raise Refusal("refuses to be rebuilt")


class Unloadable:
    """A value that can be pickled but not rebuilt."""

    def __reduce__(self):
        return refuse, ()


@contextlib.contextmanager
def left_to_the_collector():
    """The texts of Python's warnings of what was not closed by the time it was collected, once the block is left.

    What else Python has to warn of meanwhile, in whatever thread, is another matter.
    """
    texts = []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", ResourceWarning)
        yield texts
    texts += [str(warning.message) for warning in told]


def launch_helpers(mp):
    """Have what locks rest upon launched before a pipe is made of which no copy may be about.

    A helper that is on its way from fork to exec holds copies of all descriptors.
    """
    mp.Lock()


def is_open(number):
    """Whether the system knows an open descriptor, or handle where connections have those, of this number."""
    try:
        os.fstat(number) if _winapi is None else _winapi.GetFileType(number)
    except OSError:
        return False
    return True


def open_descriptors():
    """The number of descriptors that this process has open; for systems that list them in a directory."""
    return len(os.listdir("/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"))


def after_collection(condition, what):
    """Collect garbage until `condition()` is true; AssertionError naming `what` if it never is."""

    def collect_and_look():
        gc.collect()
        return condition()

    eventually(collect_and_look, what)


class Ticks(list):
    """The alarms that have been handled so far."""

    fail_at, failed = None, False

    def fail(self, after=3):
        """Let the alarm that comes `after` others raise `Refusal`. To be said where that exception is waited for."""
        self.fail_at = len(self) + after

    def handle(self, number, frame):
        """What the signal calls."""
        self.append(number)
        if self.fail_at is not None and not self.failed and len(self) >= self.fail_at:
            self.failed = True
            raise Refusal("raised by the signal handler")

    def since_failure(self):
        """How many came after that; none as long as there was none."""
        return len(self) - self.fail_at if self.failed else 0


@contextlib.contextmanager
def alarms(period=0.02):
    """Interrupt the main thread every `period` seconds by a signal whose handler returns; gives the `Ticks`."""
    ticks = Ticks()
    previous = signal.signal(signal.SIGALRM, ticks.handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, period, period)
        yield ticks
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def after_ticks(ticks, action, *args, count=5):
    """Call `action(*args)` in a thread once `count` alarms have been handled."""

    def wait_and_act():
        eventually(lambda: len(ticks) >= count, "the handling of {} signals".format(count))
        return action(*args)

    return Call(wait_and_act)


def after_failure(ticks, action, *args, count=5):
    """Call `action(*args)` in a thread once `count` alarms have been handled since one has raised."""

    def wait_and_act():
        eventually(lambda: ticks.since_failure() >= count, "the handling of {} signals after one".format(count))
        return action(*args)

    return Call(wait_and_act)


@contextlib.contextmanager
def replaced(owner, name, stand_in):
    """Have `stand_in` stand for the attribute `name` of `owner` within the block."""
    real = getattr(owner, name)
    setattr(owner, name, stand_in)
    try:
        yield
    finally:
        setattr(owner, name, real)


@contextlib.contextmanager
def jumping_clock():
    """Let the clock on the wall, `time.time`, leap an hour ahead each time that it is read."""
    real, leaps = time.time, []

    def leap():
        leaps.append(3600)
        return real() + sum(leaps)

    with replaced(time, "time", leap):
        yield
