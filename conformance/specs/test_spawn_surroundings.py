"""What a child in a fresh interpreter finds around it: directories, path, session, signals; and who may call what."""

import os
import signal
import subprocess
import sys

from conformance.clocks import eventually
from conformance.requirement import requirement
from conformance.specs.aids import open_descriptors, patience
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing

ELSEWHERE = """
import os, sys
import TARGET as mp

def tell(context, generation):
    print(generation, sys.path[0], os.getcwd(), flush=True)
    os.chdir(os.pardir)
    sys.path.insert(0, "")
    if generation < 2:
        run(context, generation + 1)

def run(context, generation):
    child = context.Process(target=tell, args=(context, generation))
    child.start()
    child.join()

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    print(os.getcwd(), flush=True)
    os.makedirs("a/b")
    os.chdir("a/b")
    sys.path.insert(0, "")
    run(context, 1)
    print("kept", repr(sys.path[0]))
"""


@requirement("spawn.sys-path")
def test_spawn_child_searches_where_the_program_began(mp):
    """An empty entry of sys.path is the directory in which the program began, for grandchildren too; it stays here."""
    began, *lines = mp.script(ELSEWHERE).stdout.splitlines()
    below = os.path.join(began, "a")
    wanted = [" ".join(("1", began, os.path.join(below, "b"))), " ".join(("2", began, below)), "kept ''"]
    assert wanted == lines, "generation, first entry of sys.path and directory; entry in the program"


WHOLE_PATH = """
import os, sys
import TARGET as mp

def tell():
    print(*sys.path, sep=os.pathsep, flush=True)

if __name__ == "__main__":
    began = os.getcwd()
    os.mkdir("below")
    os.chdir("below")
    sys.path[1:1] = ["", "no such directory", began]
    print(*[began if number == 1 else entry for number, entry in enumerate(sys.path)], sep=os.pathsep, flush=True)
    child = mp.get_context("METHOD").Process(target=tell)
    child.start()
    child.join()
"""


@requirement("spawn.sys-path")
def test_spawn_child_searches_everywhere_in_the_same_order(mp):
    """No entry is lost, added or moved, and nothing but an empty one is replaced."""
    done = mp.script(WHOLE_PATH)
    ours, theirs = done.stdout.splitlines()
    assert ours == theirs, "sys.path in the child"


@requirement("spawn.cwd")
def test_spawn_child_begins_in_the_directory_of_now(mp):
    """It is the directory at this start that counts, not that at an earlier one."""
    exitcode_of(mp, nothing)
    os.mkdir("below")
    os.chdir("below")
    assert os.getcwd() == answer_of_child(mp, os.getcwd), "working directory of the child"


RELATIVE = """
import os, sys
import TARGET as mp

def tell():
    print("child", __name__, flush=True)

if __name__ == "__main__":
    __file__ = os.path.relpath(__file__)
    os.mkdir("below")
    os.chdir("below")
    child = mp.get_context("METHOD").Process(target=tell)
    child.start()
    child.join()
"""


@requirement("spawn.main-relative")
def test_spawn_main_with_a_relative_path_is_found(mp):
    """A relative __file__ of the main module is meant from the directory in which the program began."""
    done = mp.script(RELATIVE)
    assert ["child __mp_main__"] == done.stdout.splitlines(), done


SURROUNDINGS = """
import os, sys
import TARGET as mp

process = mp.current_process()
told = (
    process.name, bytes(process.authkey), sys.argv[1:], sys.path[0], os.path.basename(os.getcwd()),
    mp.get_start_method(allow_none=True), mp.get_logger().getEffectiveLevel(), len(mp.get_logger().handlers),
)
if __name__ == "__main__":
    mp.set_forkserver_preload([])
    # What counts is how things are when the child is started, not when a server is.
    mp.set_start_method("METHOD")
    first = mp.Process()
    first.start()
    first.join()
    os.mkdir("below")
    os.chdir("below")
    sys.argv = ["program", "--option"]
    sys.path.insert(0, os.path.abspath("modules"))
    process.authkey = b"a key"
    mp.log_to_stderr(35)
    child = mp.Process(name="named")
    child.start()
    child.join()
else:
    print(*told, sep="|", flush=True)
"""


@requirement("spawn.main-prepared")
def test_spawn_main_is_executed_with_everything_in_place(mp):
    """Name, key, arguments, path, directory, start method and logger are the child's before its main module runs."""
    told = mp.script(SURROUNDINGS).stdout.splitlines()[-1].split("|")
    wanted = ["named", "b'a key'", "['--option']", os.path.abspath("below/modules"), "below"]
    assert [*wanted, mp.method, "35", "1"] == told, "as the main module sees it in the child"


MODULE_ITSELF = """
import sys
import TARGET as mp

here = sys.modules[__name__]
if __name__ != "__main__":
    print(here.__name__, vars(here) is globals(), flush=True)

if __name__ == "__main__":
    mp.set_forkserver_preload([])
    child = mp.get_context("METHOD").Process(target=print, args=("child",))
    child.start()
    child.join()
"""


def check_findable(mp, form):
    done = mp.script(MODULE_ITSELF, form=form, name="tool.py")
    assert ["__mp_main__ True", "child"] == done.stdout.splitlines(), done


@requirement("spawn.main-findable")
def test_spawn_main_script_finds_itself_while_it_is_executed(mp):
    """sys.modules has the main module under its name already: dataclasses and pickle look there."""
    check_findable(mp, "file")


@requirement("spawn.main-findable")
def test_spawn_main_module_finds_itself_while_it_is_executed(mp):
    """So has it for a program run by -m."""
    check_findable(mp, "module")


AGAIN = """
import sys
import TARGET as mp
from TARGET import spawn

print(__name__)
if __name__ == "__main__":
    if __spec__:
        spawn.prepare({"init_main_from_name": __spec__.name})
    else:
        spawn.import_main_path(__file__)
    print(sys.modules["__main__"].__dict__ is globals())
"""


@requirement("spawn.main-already")
def test_spawn_main_that_is_there_already_is_not_executed_again(mp):
    """A process whose main module is the wanted one keeps it, script or module."""
    for form in ("file", "module"):
        done = mp.script(AGAIN, form=form, name="tool.py")
        assert ["__main__", "True"] == done.stdout.splitlines(), done


@requirement("spawn.main-by-path")
def test_spawn_main_is_replaced_by_the_script_at_a_path(mp):
    """import_main_path() executes a script as __mp_main__ and lets it be the main module."""
    with open("script", "w") as file:
        file.write("name = __name__")
    mp.module("spawn").import_main_path(os.path.abspath("script"))
    main = sys.modules["__main__"]
    assert "__mp_main__" == main.name, "name under which it was executed"
    assert main is sys.modules["__mp_main__"], "the main module is not __mp_main__"


@requirement("spawn.start-method-data")
def test_spawn_prepares_by_a_method_although_another_is_set(mp):
    """The method that the data tell replaces one that was set before, by a preloaded module perhaps."""
    for method in mp.package.get_all_start_methods():
        mp.module("spawn").prepare({"start_method": method})
        assert method == mp.package.get_start_method(allow_none=True), "start method"


@requirement("spawn.main-only-in-children")
def test_spawn_main_function_is_for_children_only(mp):
    """spawn_main() in a process that was not started as a child is refused."""
    with mp.misuse(AssertionError):
        mp.module("spawn").spawn_main(pipe_handle=0)


@requirement("spawn.parent-death-before-data")
def test_spawn_child_that_is_told_nothing_ends(mp):
    """A child whose parent dies before it has sent anything ends with an error."""
    reader, writer = os.pipe()
    line = mp.module("spawn").get_command_line(pipe_handle=reader)
    orphan = subprocess.Popen(line, pass_fds=[reader], stderr=subprocess.DEVNULL)
    os.close(reader)
    os.close(writer)
    try:
        assert 0 != orphan.wait(patience()), "exit status"
    finally:
        orphan.kill()


WRAPPER = """#!/bin/sh
echo run >> {log}
exec {python} "$@"
"""


@requirement("spawn.executable-of-helpers")
def test_spawn_helpers_are_run_by_the_executable_that_was_set(mp):
    """The tracker, and the fork server, too: the program's own executable may be no interpreter at all."""
    with open("wrapper", "w") as file:
        file.write(WRAPPER.format(log=os.path.abspath("log"), python=sys.executable))
    os.chmod("wrapper", 0o700)
    mp.set_executable(os.path.abspath("wrapper"))
    assert 0 == exitcode_of(mp, nothing), "exitcode"
    # The tracker may still be beginning. A fork server has forked the child itself.
    eventually(lambda: 2 == len(runs_of_wrapper()), "that tracker and child, or tracker and server, were run by it")


def runs_of_wrapper():
    with open("log") as file:
        return file.read().split()


def belongs_to():
    return os.getpgrp(), os.getsid(0)


@requirement("spawn.session")
def test_spawn_child_is_in_its_parents_group_and_session(mp):
    """Signals of the terminal reach it, as they reach its parent."""
    assert belongs_to() == answer_of_child(mp, belongs_to), "(process group, session) of the child"


def mask_of_files():
    mask = os.umask(0)
    os.umask(mask)
    return mask


@requirement("spawn.umask")
def test_spawn_child_has_the_file_mask_of_its_parent(mp):
    """What the parent denies to others when it makes a file, a child that starts afterwards denies too."""
    os.umask(0o137)
    assert 0o137 == answer_of_child(mp, mask_of_files), "mask of the child"


def signals():
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    return signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL, signal.set_wakeup_fd(-1), sorted(blocked)


@requirement("spawn.signals-untouched")
def test_spawn_child_handles_signals_as_any_program(mp):
    """Nobody listens to SIGCHLD, no descriptor is woken by signals, and none is blocked."""
    blocked = sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    seen = answer_of_child(mp, signals)
    assert (True, -1, blocked) == seen, "(SIGCHLD as by default, descriptor woken, blocked signals)"


def descriptors_of_child(mp, method):
    return answer_of_child(mp.package.get_context(method), open_descriptors)


@requirement("forkserver.descriptors")
def test_forkserver_child_has_hardly_more_descriptors_than_a_spawned_one(mp):
    """Nothing of the server's own is left open in its children but, perhaps, what stands for its standard input."""
    spawned, forked = descriptors_of_child(mp, "spawn"), descriptors_of_child(mp, mp.method)
    assert spawned + 1 >= forked, "number of open descriptors"
