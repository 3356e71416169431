"""The main module in a child that is a fresh interpreter: found again in each form of program, never run twice."""

from conformance.requirement import requirement

PREAMBLE = """
import sys
import TARGET as mp

with open("runs", "a") as file:
    file.write(__name__ + "\\n")
"""
START = """
if __name__ == "__main__":
    child = mp.get_context("METHOD").Process(target=TASK, args=("child",))
    child.start()
    child.join()
    print("exitcode", child.exitcode)
"""
OWN_TARGET = """
def work(word):
    same = sys.modules["__main__"] is sys.modules["__mp_main__"]
    print(word, __name__, getattr(__spec__, "name", None), same, flush=True)
"""
IMPORTABLE = PREAMBLE + START.replace("TASK", "print")
DEFINED = PREAMBLE + OWN_TARGET + START.replace("TASK", "work")


def runs():
    """The names under which the main module has been executed."""
    with open("runs") as file:
        return file.read().split()


@requirement("spawn.main-reimported")
def test_spawn_main_script_is_executed_as_mp_main(mp):
    """The child executes the script under the name __mp_main__, known by both names."""
    done = mp.script(DEFINED)
    assert ["child __mp_main__ None True", "exitcode 0"] == done.stdout.splitlines(), done
    assert ["__main__", "__mp_main__"] == runs(), "names under which it was executed"


@requirement("spawn.main-guard")
def test_spawn_main_guarded_code_runs_once(mp):
    """Code under an if-main guard is the parent's alone."""
    done = mp.script(IMPORTABLE)
    assert ["child", "exitcode 0"] == done.stdout.splitlines(), done


# Counts its executions, and gives up: a target without the check would start processes for ever.
UNGUARDED = """
import os, sys
import TARGET as mp

with open("runs", "a") as file:
    file.write("x")
if os.path.getsize("runs") > 3:
    sys.exit("started again and again")
child = mp.get_context("METHOD").Process(target=print)
child.start()
child.join()
print("exitcode", child.exitcode)
"""


@requirement("spawn.unguarded-main")
def test_spawn_main_without_guard_is_refused(mp):
    """A child that would start children while it imports the main module dies of a RuntimeError."""
    done = mp.script(UNGUARDED, family=True)
    assert "RuntimeError" in done.stderr, done
    assert "if __name__ ==" in done.stderr, "the remedy is not named: {}".format(done)
    if mp.method == "forkserver" and done.returncode != 0:
        # The server died of it when it preloaded the main module: there was no child.
        assert "" == done.stdout, done
    else:
        assert "exitcode 1" == done.stdout.strip(), done
    with open("runs") as file:
        executions = len(file.read())
    # A fork server may try too, when it preloads the main module.
    assert 3 >= executions, "executions of the main module"


@requirement("spawn.main-by-module-name")
def test_spawn_main_module_is_imported_by_its_name(mp):
    """A program run by -m is executed in the child as that module, wherever it is, and whatever its name is like."""
    for name in ("tool", "tools.domain"):
        done = mp.script(DEFINED, form="module", name=name + ".py")
        assert ["child __mp_main__ {} True".format(name), "exitcode 0"] == done.stdout.splitlines(), done


def check_run_once(mp, form):
    done = mp.script(IMPORTABLE, form=form, name="bundle")
    assert ["child", "exitcode 0"] == done.stdout.splitlines(), done
    assert ["__main__"] == runs(), "names under which it was executed"


@requirement("spawn.main-package-not-rerun")
def test_spawn_main_of_a_package_is_not_executed_again(mp):
    """The __main__.py of a package stays the parent's."""
    check_run_once(mp, "package")


@requirement("spawn.main-package-not-rerun")
def test_spawn_main_of_a_directory_is_not_executed_again(mp):
    """The __main__.py of a directory stays the parent's."""
    check_run_once(mp, "directory")


@requirement("spawn.main-package-not-rerun")
def test_spawn_main_of_a_zip_file_is_not_executed_again(mp):
    """The __main__.py of a zip file stays the parent's."""
    check_run_once(mp, "zip")


@requirement("spawn.main-from-c")
def test_spawn_main_given_on_the_command_line(mp):
    """A program given by -c starts children whose target is importable."""
    done = mp.script(IMPORTABLE, form="command")
    assert ["child", "exitcode 0"] == done.stdout.splitlines(), done
    assert ["__main__"] == runs(), "names under which it was executed"


@requirement("spawn.main-no-extension")
def test_spawn_main_script_without_extension(mp):
    """A script need not be called *.py to be found again."""
    done = mp.script(DEFINED, name="program")
    assert ["child __mp_main__ None True", "exitcode 0"] == done.stdout.splitlines(), done


@requirement("spawn.main-ipython-skipped")
def test_spawn_main_called_ipython_is_not_executed_again(mp):
    """The starter of IPython, whatever its suffix, is no program of the user's."""
    for name in ("ipython", "ipython.py"):
        done = mp.script(IMPORTABLE, name=name)
        assert ["child", "exitcode 0"] == done.stdout.splitlines(), done
    assert ["__main__"] * 2 == runs(), "names under which it was executed"


@requirement("spawn.main-reimported")
def test_spawn_main_called_almost_ipython_is_executed_again(mp):
    """Only the starter of IPython is passed over."""
    done = mp.script(DEFINED, name="ipythonic.py")
    assert ["child __mp_main__ None True", "exitcode 0"] == done.stdout.splitlines(), done


SESSION = """import TARGET as mp
def work(word): print(word)

child = mp.get_context("METHOD").Process(target=TASK, args=("child",))
child.start()
child.join()
print("exitcode", child.exitcode)
"""


def lines_of_session(done):
    """What was printed, without the prompts, which some interpreters write to standard output."""
    return done.stdout.replace(">>>> ", "").splitlines()


@requirement("spawn.main-absent")
def test_spawn_main_absent_in_a_session(mp):
    """In an interactive session, importable targets can be started."""
    done = mp.script(SESSION.replace("TASK", "print"), form="session")
    assert ["child", "exitcode 0"] == lines_of_session(done), done


@requirement("spawn.interactive-target")
def test_spawn_main_session_cannot_give_its_own_functions(mp):
    """A function typed into a session is not found by the child, which dies of that."""
    done = mp.script(SESSION.replace("TASK", "work"), form="session", family=True)
    assert ["exitcode 1"] == lines_of_session(done), done
    assert "AttributeError" in done.stderr, done


SUBCLASS = """
import TARGET as mp

class Child(mp.get_context("METHOD").Process):
    def run(self):
        print("child of", self.word, flush=True)

if __name__ == "__main__":
    child = Child()
    child.word = "main"
    child.start()
    child.join()
    print("exitcode", child.exitcode)
"""


@requirement("spawn.order-prep-then-process")
def test_spawn_main_may_define_the_class_of_the_process(mp):
    """The main module is there before the Process object is unpickled."""
    done = mp.script(SUBCLASS)
    assert ["child of main", "exitcode 0"] == done.stdout.splitlines(), done


KEYS = """
import TARGET.spawn
data = TARGET.spawn.get_preparation_data("name")
print(*data)
"""


@requirement("spawn.preparation-keys")
def test_spawn_main_preparation_data_have_their_keys(mp):
    """The data name the process's surroundings, and the main module in one of two ways."""
    keys = set(mp.script(KEYS).stdout.split())
    known = {"log_to_stderr", "authkey", "name", "sys_path", "sys_argv", "orig_dir", "dir", "start_method"}
    assert set() == known - keys, "missing keys"
    main = {"init_main_from_name", "init_main_from_path"}
    assert 1 == len(main & keys), "number of entries for the main module, of {}".format(sorted(keys))


GENERATIONS = """
import TARGET as mp

def _tell(generation):
    print(generation, flush=True)
    if generation < 3:
        _start(generation + 1)

def _start(generation):
    child = mp.get_context("METHOD").Process(target=_tell, args=(generation,))
    child.start()
    child.join()

if __name__ == "__main__":
    _start(1)
"""


@requirement("spawn.main-inherited")
def test_spawn_main_reaches_the_children_of_children(mp):
    """A child knows its main module as its parent does, and hands it on, be it a script or run by -m."""
    for form in ("file", "module"):
        done = mp.script(GENERATIONS, form=form, name="generations.py")
        assert (0, ["1", "2", "3"]) == (done.returncode, done.stdout.split()), done


ARGUMENTS = """
import os, sys
import TARGET as mp

def tell():
    print(sys.argv, flush=True)

if __name__ == "__main__":
    mp.set_forkserver_preload([])
    sys.argv = ["other", "--option"]
    child = mp.get_context("METHOD").Process(target=tell)
    child.start()
    child.join()
else:
    print(os.path.basename(sys.argv[0]), os.path.exists(sys.argv[0]), sys.argv[1:], flush=True)
"""


def check_arguments(mp, form):
    done = mp.script(ARGUMENTS, form=form, name="tool.py")
    assert ["tool.py True ['--option']", "['other', '--option']"] == done.stdout.splitlines(), done


@requirement("spawn.main-argv")
def test_spawn_main_script_finds_its_file_in_the_arguments(mp):
    """sys.argv[0] is the script while it is executed again; the target sees what the parent had there."""
    check_arguments(mp, "file")


@requirement("spawn.main-argv")
def test_spawn_main_module_finds_its_file_in_the_arguments(mp):
    """sys.argv[0] is the file of the module that was run by -m while it is executed again; then what the parent had."""
    check_arguments(mp, "module")


COMPILED = """
import os, py_compile, subprocess, sys

with open("tool.py", "w") as file:
    file.write({!r})
py_compile.compile("tool.py", "compiled.pyc", doraise=True)
os.remove("tool.py")
sys.exit(subprocess.call([sys.executable, "compiled.pyc"]))
"""


@requirement("spawn.main-compiled")
def test_spawn_main_may_be_a_compiled_file(mp):
    """A script that is there as bytecode alone is executed again from that."""
    done = mp.script(COMPILED.format(DEFINED))
    assert ["child __mp_main__ None True", "exitcode 0"] == done.stdout.splitlines(), done
