"""What the programs here share: by which route they get their processes, and whose those are.

    python -m reference with_CLIENT.py METHOD       the drop-in: `multiprocessing` is this package
    python with_CLIENT.py METHOD bridge             a context of `reference.bridge` among the stdlib's objects
    python with_CLIENT.py METHOD                    the stdlib alone, to compare; or what a `sitecustomize` made of it

A program does a real job with its client and asserts what came of it. The files are called `with_...` since each
lies on the import path of its children: a file named as the client would be imported in its place.
"""

import importlib
import multiprocessing
import sys

__all__ = ["METHOD", "PACKAGE", "ROUTE", "context", "perform", "raises", "whose"]

METHOD, ROUTE = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else multiprocessing.__name__
PACKAGE = "reference" if ROUTE == "bridge" else multiprocessing.__name__
"""Whose processes the client is to work with."""


def context():
    """What a client that takes a context is given."""
    if ROUTE == "bridge":
        return importlib.import_module("reference.bridge").get_context(METHOD)
    return multiprocessing.get_context(METHOD)


def whose():
    """The package that started this process; None for the program itself, and for a process of nobody's."""
    for name in ("reference", "multiprocessing"):
        package = sys.modules.get(name)
        if package is not None and package.parent_process() is not None:
            return package.__name__
    return None


def raises(kind, call, *arguments, **options):
    """The exception of this kind that the call has to raise."""
    try:
        call(*arguments, **options)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


def perform(job):
    """Do the job. What the client makes beside the context it is given is made for METHOD, too."""
    multiprocessing.set_start_method(METHOD)
    job()
    children = sys.modules[PACKAGE].active_children()
    assert [] == children, f"left running: {children}"
    print("done")
