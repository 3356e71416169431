"""What children of several specs do, and how a parent has it done: questions that a child answers, captured output.

Used inside the interpreter under test and in its children: stdlib only, syntax of Python 3.8. Knows nothing
of a requirement; what only one spec needs stays beside that spec.
"""

import contextlib
import os
import sys

from conformance.gates import Mailbox, new_path


def nothing():
    """Return at once."""


def leave(code):
    """Leave at once. (As a target os._exit itself would not do: what measures coverage puts a local function there.)"""
    os._exit(code)


def hold(gate):
    """Wait at `gate`."""
    gate.wait()


def report_and_hold(box, gate):
    """Post this process's pid, then wait at `gate`."""
    box.post(os.getpid())
    gate.wait()


def tell(box, question, *args):
    """Post what `question(*args)` gives."""
    box.post(question(*args))


def leave_debris_here():
    """Let this process, which will die without cleaning up, have its temporary files in the working directory."""
    os.environ["TMPDIR"] = os.getcwd()
    if "tempfile" in sys.modules:
        sys.modules["tempfile"].tempdir = None


_stains = []


def stain():
    """Leave a trace in the memory of this process, for `way_of_birth`."""
    _stains.append(os.getpid())


def way_of_birth(parent):
    """In a child of the stained process `parent`: the start method, as its effects tell it."""
    if _stains:
        return "fork"
    return "spawn" if os.getppid() == parent else "forkserver"


def refusal(mp, wanted, call, *args):
    """How `call(*args)` is refused: the name of the class `wanted` if it raises that, else what came instead.

    For children, where `mp.misuse` would fail unseen; as there, a lenient target may refuse by any exception.
    """
    try:
        call(*args)
    except Exception as error:
        if isinstance(error, wanted if mp.strict else Exception):
            return wanted.__name__
        return "{}: {}".format(type(error).__name__, error)
    return "no exception"


def answer_of_child(mp, question, *args):
    """What `question(*args)` gives in a child, once that has been joined."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, question, *args))
    child.start()
    child.join()
    return box.first(patience=0)


def exitcode_of(mp, target, *args):
    """The exitcode of a child that ran `target(*args)`, once it has been joined."""
    child = mp.Process(target=target, args=args)
    child.start()
    child.join()
    return child.exitcode


@contextlib.contextmanager
def captured(*descriptors):
    """Point `descriptors` of this process (1, 2), and so of children started within, at a file.

    Gives a function that returns the text written so far.
    """
    path = new_path("captured")
    # As it is written: a file of the C library would write each end of a line anew on Windows.
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0))
    saved = [os.dup(number) for number in descriptors]
    _redirect(zip([file] * len(saved), descriptors))

    def text():
        with open(path, errors="replace") as copy:
            return copy.read()

    try:
        yield text
    finally:
        _redirect(zip(saved, descriptors))
        for number in [file, *saved]:
            os.close(number)


def _redirect(pairs):
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for source, number in pairs:
        os.dup2(source, number)
