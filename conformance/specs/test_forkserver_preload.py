"""The start method forkserver: what the server preloads, where from, and what becomes of what it cannot."""

import os
import sys

from conformance.clocks import eventually
from conformance.requirement import requirement
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing
from conformance.specs.kin import exists

PRELOADED, ANOTHER = "colorsys", "stringprep"
"""Modules that nothing else imports."""


def is_imported(name):
    return name in sys.modules


def which_are_imported(*names):
    return [name in sys.modules for name in names]


def preload_own(mp, name, source):
    """Have the server preload a module of this name, which is made here."""
    with open(name + ".py", "w") as file:
        file.write(source)
    sys.path.insert(0, os.getcwd())
    mp.set_forkserver_preload([name])


@requirement("forkserver.preload")
def test_forkserver_preloads_modules(mp):
    """All modules named before the first start are there when a child begins."""
    mp.set_forkserver_preload([PRELOADED, ANOTHER])
    seen = answer_of_child(mp, which_are_imported, PRELOADED, ANOTHER)
    assert [True, True] == seen, "whether the child has the modules"


@requirement("forkserver.preload-replaced")
def test_forkserver_preloads_what_was_named_last(mp):
    """A call replaces the list of the one before."""
    mp.set_forkserver_preload([PRELOADED])
    mp.set_forkserver_preload([ANOTHER])
    seen = answer_of_child(mp, which_are_imported, PRELOADED, ANOTHER)
    assert [False, True] == seen, "whether the child has the first, and the last"


@requirement("forkserver.preload-import-error")
def test_forkserver_ignores_a_preload_that_fails(mp):
    """A name that cannot be imported does no harm; the others are imported."""
    mp.set_forkserver_preload(["no_module_of_this_name", PRELOADED])
    assert True is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the other module"


@requirement("forkserver.preload-import-error")
def test_forkserver_ignores_a_preload_that_refuses(mp):
    """So does a module that is there and raises ImportError."""
    with open("refusing.py", "w") as file:
        file.write("raise ImportError('on purpose')")
    os.environ["PYTHONPATH"] = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])
    mp.set_forkserver_preload(["refusing", PRELOADED])
    assert True is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module behind it"


@requirement("forkserver.preload-too-late")
def test_forkserver_that_runs_preloads_nothing_more(mp):
    """Once the server has started, the call has no effect on it."""
    exitcode_of(mp, nothing)
    mp.set_forkserver_preload([PRELOADED])
    assert False is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module"


@requirement("forkserver.preload-other-methods")
def test_forkserver_preload_does_not_matter_to_other_methods(mp):
    """Children started otherwise have nothing preloaded."""
    mp.set_forkserver_preload([PRELOADED])
    assert False is answer_of_child(mp, is_imported, PRELOADED), "whether the child has the module"


@requirement("forkserver.preload-type")
def test_forkserver_preload_takes_names_only(mp):
    """A module object, or any other that is not a str, is refused at the call."""
    for modules in ([sys], ["sys", 1]):
        with mp.misuse(TypeError):
            mp.set_forkserver_preload(modules)


@requirement("forkserver.preload-on-error-invalid")
def test_forkserver_preload_refuses_an_unknown_on_error(mp):
    """on_error is one of the three words."""
    with mp.misuse(ValueError):
        mp.set_forkserver_preload([], on_error="shrug")


@requirement("forkserver.preload-on-error-fail")
def test_forkserver_ends_when_a_preload_must_not_fail(mp):
    """With on_error='fail' the server dies of the import error, and no child is started."""
    mp.set_forkserver_preload(["no_module_of_this_name"], on_error="fail")
    with mp.raises(EOFError, ConnectionError):
        mp.Process(target=nothing).start()


NOISY = """
import TARGET as mp
if __name__ == "__main__":
    with open("noisy.py", "w") as file:
        file.write("print('noise')")
    mp.set_forkserver_preload(["noisy"])
    for word in ("first", "second"):
        child = mp.get_context("METHOD").Process(target=print, args=(word,))
        child.start()
        child.join()
"""


@requirement("forkserver.preload-flushed")
def test_forkserver_flushes_what_preloaded_modules_print(mp):
    """Output of a preloaded module appears once, before that of the children."""
    # Set, this variable would leave nothing to flush.
    done = mp.script(NOISY, env={"PYTHONUNBUFFERED": ""})
    assert ["noise", "first", "second"] == done.stdout.split(), done


COUNTING = """
import sys
import TARGET as mp
with open("runs", "a") as file:
    file.write(__name__ + " ")
if __name__ == "__main__":
    if sys.argv[1] == "explicit":
        mp.set_forkserver_preload(["__main__"])
    for _ in range(2):
        child = mp.get_context("METHOD").Process(target=print)
        child.start()
        child.join()
    print(open("runs").read())
"""


@requirement("forkserver.preload-main")
def test_forkserver_preloads_the_main_module(mp):
    """__main__ among the preloaded is executed once for all children."""
    done = mp.script(COUNTING, args=["explicit"])
    assert ["__main__", "__mp_main__"] == done.stdout.split(), done


@requirement("forkserver.preload-main")
def test_forkserver_preloads_the_main_module_by_default(mp):
    """So it is if the program names no modules to preload."""
    done = mp.script(COUNTING, args=["default"])
    assert ["__main__", "__mp_main__"] == done.stdout.split(), done


ARGUMENTS = """
import sys
import TARGET as mp

def tell():
    pass

if __name__ == "__main__":
    child = mp.get_context("METHOD").Process(target=tell)
    child.start()
    child.join()
else:
    print(*sys.argv[1:], flush=True)
"""


@requirement("forkserver.preload-argv")
def test_forkserver_preloads_the_main_module_with_its_arguments(mp):
    """While the server imports the main module, sys.argv holds what the program was given."""
    done = mp.script(ARGUMENTS, args=["--option", "a value"])
    assert "--option a value" == done.stdout.strip(), done


def module_with(name, text):
    """Write a module into a new directory, and give that directory."""
    directory = os.path.abspath("modules-of-" + name)
    os.mkdir(directory)
    with open(os.path.join(directory, name + ".py"), "w") as file:
        file.write(text)
    return directory


@requirement("forkserver.preload-path")
def test_forkserver_preloads_modules_from_where_the_program_does(mp):
    """The server searches for modules along the program's sys.path."""
    sys.path.append(module_with("elsewhere", ""))
    mp.set_forkserver_preload(["elsewhere"])
    assert True is answer_of_child(mp, is_imported, "elsewhere"), "whether the child has the module"


EXITING = """
import atexit, os

def note():
    with open("exits", "a") as file:
        file.write("%d " % os.getpid())

atexit.register(note)
"""


def exits():
    if not os.path.exists("exits"):
        return []
    with open("exits") as file:
        return file.read().split()


@requirement("forkserver.preload-exit-handlers")
def test_forkserver_children_do_not_run_exit_handlers_of_preloaded_modules(mp):
    """What a preloaded module registered with atexit is the server's."""
    preload_own(mp, "exiting", EXITING)
    assert True is answer_of_child(mp, is_imported, "exiting"), "whether the child has the module"
    assert [] == exits(), "pids of those who ran the handler"


HELPED = """
import os, threading

helper = os.fork()
if not helper:
    while not os.path.exists("enough"):
        threading.Event().wait(0.005)
    os._exit(7)
"""


def server_and_helper():
    return os.getppid(), sys.modules["helped"].helper


@requirement("forkserver.preload-processes")
def test_forkserver_survives_the_end_of_a_process_of_a_preloaded_module(mp):
    """A preloaded module may start a process of its own; its end is nothing to the server, which reaps it."""
    preload_own(mp, "helped", HELPED)
    server, helper = answer_of_child(mp, server_and_helper)
    open("enough", "w").close()
    eventually(lambda: not exists(helper), "the reaping of the helper")
    assert (server, helper) == answer_of_child(mp, server_and_helper), "(server, helper) as the next child sees them"


FAILING = """
import TARGET as mp

def work():
    print("child", flush=True)

if __name__ == "__main__":
    mp.set_forkserver_preload(["no_module_of_this_name"]ON_ERROR)
    child = mp.get_context("METHOD").Process(target=work)
    child.start()
    child.join()
"""


def script_with(mp, on_error):
    return mp.script(FAILING.replace("ON_ERROR", on_error), flags=["-W", "always"], family=True)


@requirement("forkserver.preload-on-error-ignore")
def test_forkserver_says_nothing_of_a_preload_that_fails(mp):
    """Unless told otherwise, and if told so."""
    for on_error in ("", ", on_error='ignore'"):
        done = script_with(mp, on_error)
        assert ("child\n", "") == (done.stdout, done.stderr), (on_error, done)


@requirement("forkserver.preload-on-error-warn")
def test_forkserver_warns_of_a_preload_that_fails(mp):
    """With on_error='warn' an ImportWarning names the module, and children run."""
    done = script_with(mp, ", on_error='warn'")
    assert "child\n" == done.stdout, done
    assert "ImportWarning" in done.stderr, done
    assert "no_module_of_this_name" in done.stderr, done
