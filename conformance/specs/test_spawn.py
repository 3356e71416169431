"""Children in a fresh interpreter: what they are told of their parent, what they do not see, what is pickled when."""

import os
import pickle
import signal
import sys

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Refusal, Unpicklable, is_open, open_descriptors
from conformance.specs.deeds import answer_of_child, exitcode_of, nothing, refusal, tell

STATE = {"value": "as imported"}
CONSTANT = ("a constant", 42)


def value():
    return STATE["value"]


@requirement("spawn.fresh-interpreter")
def test_spawn_child_does_not_see_changed_globals(mp):
    """The child has its modules as an import makes them."""
    STATE["value"] = "changed"
    assert "as imported" == answer_of_child(mp, value), "the global in the child"


def constant():
    return CONSTANT


@requirement("spawn.global-variable-constants")
def test_spawn_child_has_the_constants_of_its_modules(mp):
    """Constants of a module are the same in the child."""
    assert CONSTANT == answer_of_child(mp, constant), "the constant in the child"


def open_inheritable(number):
    file = os.open("unrelated", os.O_CREAT)
    os.dup2(file, number, inheritable=True)
    os.close(file)
    return number


@requirement("spawn.fds-not-inherited")
def test_spawn_child_does_not_have_unrelated_descriptors(mp):
    """Not even an inheritable descriptor of the parent is open in the child."""
    number = open_inheritable(97)
    assert False is answer_of_child(mp, is_open, number), "whether it is open in the child"
    os.close(number)


@requirement("spawn.descriptors")
def test_spawn_child_has_few_descriptors(mp):
    """Beside the three standard streams and the one by which it looks, four at most."""
    assert 8 >= answer_of_child(mp, open_descriptors), "number of open descriptors"


MAKERS = (
    *("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event"),
    *("Queue", "JoinableQueue", "SimpleQueue"),
)


@requirement("spawn.pickle-only-while-spawning")
def test_spawn_objects_cannot_be_pickled_at_other_times(mp):
    """Synchronisation objects and queues are refused by pickle while no process is being started."""
    refused = {}
    for name in MAKERS:
        refused[name] = refusal(mp, RuntimeError, pickle.dumps, getattr(mp, name)())
    assert dict.fromkeys(MAKERS, "RuntimeError") == refused, "how each was refused"


def spawning(mp):
    return mp.module("context").get_spawning_popen() is not None


class Witness:
    """Notes, whenever it is pickled, whether the target says that a process is being started."""

    def __init__(self, mp, seen):
        self.mp, self.seen = mp, seen

    def __reduce__(self):
        self.seen.append(spawning(self.mp))
        return str, ()


def take(thing):
    """Be given an argument."""


@requirement("spawn.getpopen")
def test_spawn_is_known_to_be_under_way_while_pickling(mp):
    """get_spawning_popen() gives something exactly while the process object is pickled."""
    seen = [spawning(mp)]
    assert 0 == exitcode_of(mp, take, Witness(mp, seen)), "exitcode"
    seen.append(spawning(mp))
    assert [False, True, False] == seen, "whether spawning: before, while pickling, after"


@requirement("spawn.failed-pickle-clears-state")
def test_spawn_that_failed_is_no_longer_under_way(mp):
    """After a start that failed in pickling, a lock cannot be pickled again."""
    with mp.raises(Refusal):
        mp.Process(target=take, args=(Unpicklable(),)).start()
    with mp.misuse(RuntimeError):
        pickle.dumps(mp.Lock())


def path():
    return sys.path


@requirement("spawn.sys-path")
def test_spawn_child_has_its_parents_sys_path(mp):
    """The child searches for modules where its parent does when it starts it."""
    sys.path[:] = [entry for entry in sys.path if entry] + [os.path.abspath("added")]
    assert sys.path == answer_of_child(mp, path), "sys.path in the child"


def argv():
    return sys.argv


@requirement("spawn.sys-argv")
def test_spawn_child_has_its_parents_arguments(mp):
    """sys.argv is what it was in the parent."""
    sys.argv = ["program", "--option", "a value"]
    assert sys.argv == answer_of_child(mp, argv), "sys.argv in the child"


@requirement("spawn.cwd")
def test_spawn_child_begins_in_its_parents_directory(mp):
    """The working directory is the parent's at the start."""
    os.mkdir("below")
    os.chdir("below")
    assert os.getcwd() == answer_of_child(mp, os.getcwd), "working directory of the child"


def variable(name):
    return os.environ.get(name)


@requirement("spawn.environ")
def test_spawn_child_has_its_parents_environment(mp):
    """A variable that was set at run time is seen by the child."""
    os.environ["SET_AT_RUN_TIME"] = "yes"
    assert "yes" == answer_of_child(mp, variable, "SET_AT_RUN_TIME"), "the variable in the child"


FLAGS = """
import sys
import TARGET as mp

def tell():
    flags = sys.flags.optimize, sys.flags.dont_write_bytecode, sys.flags.dev_mode
    warnings = [option for option in sys.warnoptions if option != "default"]
    print(flags, *warnings, "dev" in sys._xoptions, flush=True)

if __name__ == "__main__":
    tell()
    child = mp.get_context("METHOD").Process(target=tell)
    child.start()
    child.join()
"""


@requirement("spawn.interpreter-flags")
def test_spawn_child_runs_with_its_parents_options(mp):
    """-O, -B, each -W and -X dev hold in the child."""
    warnings = ["error::UserWarning", "ignore::ResourceWarning", "always::FutureWarning"]
    done = mp.script(FLAGS, flags=["-O", "-B", *(f"-W{option}" for option in warnings), "-X", "dev"])
    assert [" ".join(["(1, 1, True)", *warnings, "True"])] * 2 == done.stdout.splitlines(), done


def see(mp):
    process = mp.current_process()
    return process.name, bytes(process.authkey), mp.package.get_start_method(allow_none=True)


class Seen:
    """Is rebuilt, in the child, as name, key and start method of the process that rebuilds it."""

    def __init__(self, mp):
        self.mp = mp

    def __reduce__(self):
        return see, (self.mp,)


def seen_by_child(mp):
    box = Mailbox()
    child = mp.context.Process(target=tell, args=(box, tuple, Seen(mp)), name="named")
    child.start()
    child.join()
    return box.first(patience=0)


@requirement("spawn.name-before-unpickle")
def test_spawn_child_has_its_name_before_it_unpickles(mp):
    """current_process().name is the new one while the arguments are rebuilt."""
    assert "named" == seen_by_child(mp)[0], "name seen while unpickling"


@requirement("spawn.authkey")
def test_spawn_child_has_its_key_before_it_unpickles(mp):
    """current_process().authkey is the Process's while the arguments are rebuilt."""
    mp.current_process().authkey = b"a new key"
    assert b"a new key" == seen_by_child(mp)[1], "key seen while unpickling"


@requirement("spawn.start-method-data", platforms=["posix"])  # where there is another method
def test_spawn_child_has_the_method_that_its_parent_set(mp):
    """While the arguments are rebuilt that method is set, even if this child was started by another."""
    mp.package.set_start_method("fork")
    assert "fork" == seen_by_child(mp)[2], "start method set while unpickling"


@requirement("spawn.ppid")
def test_spawn_child_has_its_starter_for_parent(mp):
    """The system knows the caller of start() as the child's parent."""
    assert os.getpid() == answer_of_child(mp, os.getppid), "os.getppid() in the child"


def handlers():
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    return ours, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@requirement("spawn.signals-default")
def test_spawn_child_does_not_have_its_parents_handlers(mp):
    """SIGINT raises KeyboardInterrupt and SIGTERM ends the child, whatever they do in the parent."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)
    assert (True, True) == answer_of_child(mp, handlers), "(Python's handler for SIGINT, the system's for SIGTERM)"


def grandchildren(mp):
    exitcodes = {}
    for name in mp.package.get_all_start_methods():
        child = mp.package.get_context(name).Process(target=nothing)
        child.start()
        child.join()
        exitcodes[name] = child.exitcode
    return exitcodes


@requirement("spawn.nested")
def test_spawn_child_starts_children_by_every_method(mp):
    """A spawned child is free to start its own by any method."""
    wanted = dict.fromkeys(mp.package.get_all_start_methods(), 0)
    assert wanted == answer_of_child(mp, grandchildren, mp), "exitcodes of the grandchildren"


@requirement("spawn.prepare-partial")
def test_spawn_prepares_by_any_part_of_the_data(mp):
    """prepare() does what it is told and leaves the rest."""
    prepare = mp.module("spawn").prepare
    before = list(sys.argv)
    prepare({})
    prepare({"name": "renamed"})
    assert ("renamed", before) == (mp.current_process().name, sys.argv), "(name, arguments)"


@requirement("spawn.command-line")
def test_spawn_command_line_runs_the_child(mp):
    """The interpreter runs spawn_main with the keywords given, and --multiprocessing-fork tells what it is."""
    line = mp.module("spawn").get_command_line(pipe_handle=7, tracker_fd=8)
    assert os.fsencode(sys.executable) == os.fsencode(line[0]), "program"
    assert ["-c", "--multiprocessing-fork"] == [line[-3], line[-1]], "last items around the code"
    assert [] == [part for part in ("spawn_main(", "pipe_handle=7", "tracker_fd=8") if part not in line[-2]], line[-2]
    mp.set_executable("/some/interpreter")
    assert b"/some/interpreter" == os.fsencode(mp.module("spawn").get_command_line()[0]), "program that was set"


@requirement("spawn.command-line.frozen")
def test_spawn_command_line_of_a_frozen_program(mp):
    """A frozen program takes the keywords as items."""
    sys.frozen = True
    try:
        line = mp.module("spawn").get_command_line(pipe_handle=7)
    finally:
        del sys.frozen
    assert ["--multiprocessing-fork", "pipe_handle=7"] == line[1:], "items after the program"


@requirement("spawn.is-forking")
def test_spawn_knows_a_childs_command_line(mp):
    """It is the second item that counts."""
    lines = [[], ["program"], ["program", "--multiprocessing-fork"], ["program", "x", "--multiprocessing-fork"]]
    told = [bool(mp.module("spawn").is_forking(line)) for line in lines]
    assert [False, False, True, False] == told, "is_forking() of {}".format(lines)
