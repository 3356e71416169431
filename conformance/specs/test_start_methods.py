"""The global start method: which there are, which is the default, setting it, and who sets it unasked."""

import os
import pathlib
import sys

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing, stain, tell, way_of_birth

KNOWN = {"fork", "spawn", "forkserver"}


def method_set(mp):
    return mp.package.get_start_method(allow_none=True)


def default_method(mp):
    return mp.package.get_all_start_methods()[0]


@requirement("start-methods.all.list")
def test_all_start_methods_begin_with_the_default(mp):
    """The list names known methods, each once, the platform's default first."""
    names = mp.package.get_all_start_methods()
    assert list is type(names), "type of what get_all_start_methods() returned"
    assert (set(), len(set(names))) == (set(names) - KNOWN, len(names)), "(unknown names, number of names)"
    assert mp.package.get_start_method() == names[0], "the first name, and the default"
    copy = list(names)
    names.clear()
    assert copy == mp.package.get_all_start_methods(), "the list, after somebody has emptied an earlier one"


@requirement("start-methods.all.posix")
def test_all_start_methods_are_available_on_posix(mp):
    """Where descriptors can be passed over sockets there are all three."""
    assert KNOWN == set(mp.package.get_all_start_methods()), "available start methods"


@requirement("start-methods.all.windows")
def test_all_start_methods_on_windows_are_spawn(mp):
    """There is nothing to fork there."""
    assert ["spawn"] == mp.package.get_all_start_methods(), "available start methods"
    for method in sorted(KNOWN - {"spawn"}):
        with mp.raises(ValueError):
            mp.package.get_context(method)


@requirement("start-methods.default.spawn-windows")
def test_default_start_method_on_windows_is_spawn(mp):
    """Who sets nothing gets spawn."""
    assert "spawn" == mp.package.get_start_method(), "default start method"


@requirement("start-methods.default.fork")
def test_default_start_method_is_fork(mp):
    """Who sets nothing gets fork."""
    assert "fork" == mp.package.get_start_method(), "default start method"


@requirement("start-methods.default.forkserver")
def test_default_start_method_is_forkserver(mp):
    """Who sets nothing gets forkserver."""
    assert "forkserver" == mp.package.get_start_method(), "default start method"


@requirement("start-methods.set.once")
def test_set_start_method_selects_the_method(mp):
    """The package's processes are started by the method that was set."""
    mp.package.set_start_method(mp.method)
    stain()
    box = Mailbox()
    for question, argument in ((method_set, mp), (way_of_birth, os.getpid())):
        child = mp.package.Process(target=tell, args=(box, question, argument))
        child.start()
        child.join()
    told = [mp.package.get_start_method(), *box.letters()]
    assert [mp.method] * 3 == told, "method here, method in a child, and the way in which a child came to be"


@requirement("start-methods.set.twice")
def test_set_start_method_twice_is_refused(mp):
    """The method can be set once; a second time, even to the same, is an error that changes nothing."""
    mp.package.set_start_method(mp.method)
    for name in mp.package.get_all_start_methods():
        with mp.raises(RuntimeError):
            mp.package.set_start_method(name)
    assert mp.method == method_set(mp), "method after the refused calls"


@requirement("start-methods.set.force")
def test_set_start_method_by_force_replaces_the_method(mp):
    """force=True changes what has been set."""
    seen = []
    for name in [*mp.package.get_all_start_methods(), mp.method]:
        mp.package.set_start_method(name, force=True)
        seen.append(method_set(mp))
    assert [*mp.package.get_all_start_methods(), mp.method] == seen, "methods after each call by force"


@requirement("start-methods.set.none-force")
def test_set_start_method_to_none_by_force_unsets_it(mp):
    """set_start_method(None, force=True) takes the method back, and it can be set again."""
    mp.package.set_start_method(mp.method)
    mp.package.set_start_method(None, force=True)
    assert None is method_set(mp), "method after it was unset"
    mp.package.set_start_method(mp.method)


@requirement("start-methods.set.none")
def test_set_start_method_to_none_sets_the_default(mp):
    """set_start_method(None), when nothing is set, sets the platform's default."""
    mp.package.set_start_method(None)
    assert default_method(mp) == method_set(mp), "method after set_start_method(None)"


@requirement("start-methods.set.unknown")
def test_set_start_method_to_an_unknown_name_is_refused(mp):
    """An unknown name is an error that changes nothing, with and without force."""
    with mp.raises(ValueError):
        mp.package.set_start_method("telepathy")
    assert None is method_set(mp), "method after the refused call"
    mp.package.set_start_method(mp.method)
    with mp.raises(ValueError):
        mp.package.set_start_method("telepathy", force=True)
    assert mp.method == method_set(mp), "method after the refused call by force"


@requirement("start-methods.get.allow-none")
def test_get_start_method_that_allows_none_sets_nothing(mp):
    """get_start_method(allow_none=True) only looks."""
    seen = [mp.package.get_start_method(allow_none=True) for _ in range(2)]
    assert [None, None] == seen, "what two calls in a row returned"


@requirement("start-methods.get.fixes")
def test_get_start_method_sets_the_default(mp):
    """get_start_method() settles the question: afterwards the method is set."""
    assert default_method(mp) == mp.package.get_start_method(), "get_start_method()"
    with mp.raises(RuntimeError):
        mp.package.set_start_method(mp.method)


@requirement("start-methods.implicit-by-objects")
def test_start_method_is_set_by_making_shared_objects(mp):
    """A lock or queue made through the package belongs to a start method: the default is set."""
    seen = {}
    for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Queue", "SimpleQueue"):
        mp.package.set_start_method(None, force=True)
        getattr(mp.package, name)()
        seen[name] = method_set(mp)
    assert {} == {name: method for name, method in seen.items() if method != default_method(mp)}, "methods after each"


@requirement("start-methods.implicit-not-by-pipe")
def test_start_method_is_not_set_by_making_a_pipe_or_process(mp):
    """A pipe, or a process that is not started, fits every start method."""
    ends = mp.package.Pipe()
    mp.package.Process(target=nothing)
    for name in ("RawValue", "RawArray"):
        if mp.offers(name):
            getattr(mp.package, name)("i", 1)
    assert None is method_set(mp), "method afterwards"
    for end in ends:
        end.close()


def write_wrapper(path):
    """A program that marks the environment and becomes this interpreter."""
    with open(path, "w") as file:
        file.write('#!/bin/sh\nMARK=wrapped exec "{}" "$@"\n'.format(sys.executable))
    os.chmod(path, 0o755)
    return os.path.abspath(path)


def mark_of_wrapper():
    return os.environ.get("MARK")


@requirement("start-methods.set-executable.used", platforms=["posix"])  # where a script may stand for a program
def test_set_executable_decides_what_children_run(mp):
    """Spawned children are run by the interpreter that was set."""
    mp.set_executable(write_wrapper("wrapper"))
    assert "wrapped" == answer_of_child(mp, mark_of_wrapper), "mark that the wrapper sets"


@requirement("start-methods.set-executable.pathlike")
def test_set_executable_takes_a_path_object(mp):
    """The path may be given as a pathlib object."""
    mp.set_executable(pathlib.Path(sys.executable))
    assert 0 == exitcode_of(mp, nothing), "exitcode of the child"


@requirement("start-methods.set-executable.bytes")
def test_get_executable_gives_bytes(mp):
    """On POSIX the path is kept as the system has it."""
    mp.set_executable(sys.executable)
    assert os.fsencode(sys.executable) == mp.module("spawn").get_executable(), "get_executable()"


@requirement("start-methods.executable-none-import")
def test_package_can_be_imported_without_an_executable(mp):
    """An embedded interpreter may not know its executable."""
    done = mp.script("import sys\nsys.executable = None\nimport TARGET.spawn\nprint('imported')\n", form="command")
    assert "imported\n" == done.stdout, done


@requirement("start-methods.freeze-support.noop")
def test_freeze_support_does_nothing_in_a_program_that_is_not_frozen(mp):
    """It may stand in every program: it returns None, whatever the start method."""
    mp.package.set_start_method(mp.method)
    assert [None, None] == [mp.package.freeze_support(), mp.context.freeze_support()], "what freeze_support() returned"
    assert mp.method == method_set(mp), "method afterwards"


@requirement("start-methods.freeze-support.unset")
def test_freeze_support_does_not_set_the_method(mp):
    """A program may call it before it sets the start method."""
    mp.package.freeze_support()
    assert None is method_set(mp), "method after freeze_support()"


FROZEN = """
import os, sys

sys.frozen, sys.executable = True, os.path.abspath("frozen")
import TARGET as mp

if __name__ == "__main__":
    mp.freeze_support()
    if len(sys.argv) > 1:
        sys.exit("a child came further than freeze_support()")
    print("main begins", flush=True)
    child = mp.get_context("METHOD").Process(target=print, args=("child",))
    child.start()
    child.join()
    print("main ends", child.exitcode, flush=True)
"""

# A child is the frozen program again. Helpers may be too, or take the options of an interpreter.
LAUNCHER = """#!/bin/sh
[ "$1" = --multiprocessing-fork ] && exec "{0}" "{1}" "$@"
exec "{0}" "$@"
"""


@requirement("start-methods.freeze-support.frozen")
def test_freeze_support_does_the_work_of_a_child_in_a_frozen_program(mp):
    """The program that is its own interpreter comes no further than freeze_support() in a child."""
    with open("frozen", "w") as file:
        file.write(LAUNCHER.format(sys.executable, os.path.abspath("program.py")))
    os.chmod("frozen", 0o755)
    done = mp.script(FROZEN)
    assert "main begins\nchild\nmain ends 0\n" == done.stdout, done
