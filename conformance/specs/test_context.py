"""Contexts: the package's API bound to one start method."""

import contextlib
import os

from conformance.gates import Gate, Mailbox
from conformance.requirement import requirement
from conformance.specs.aids import Call, replaced, running
from conformance.specs.deeds import answer_of_child, exitcode_of, hold, nothing, stain, tell, way_of_birth

PROCESS_CLASSES = {"fork": "ForkProcess", "spawn": "SpawnProcess", "forkserver": "ForkServerProcess"}
DOCUMENTED = (
    "AuthenticationError Barrier BoundedSemaphore BufferTooShort Condition Event JoinableQueue Lock Pipe Process "
    "ProcessError Queue RLock Semaphore SimpleQueue TimeoutError active_children cpu_count current_process "
    "freeze_support get_context get_logger get_start_method log_to_stderr parent_process set_executable "
    "set_forkserver_preload set_start_method"
).split()
"""What the manual describes, but for what the subjects pool, manager and value-array ask for by themselves."""


def others(mp):
    """The start methods that are not under test."""
    return [method for method in mp.package.get_all_start_methods() if method != mp.method]


def put_method(mp, queue):
    queue.put(mp.package.get_start_method())


def child_method(mp):
    return mp.package.get_start_method(allow_none=True)


def default_is_own_context(mp):
    return mp.package.get_context() is mp.package.get_context(mp.method)


@requirement("context.same-api")
def test_context_offers_what_the_package_offers(mp):
    """A context has every name that the package exports, but for the list of start methods."""
    public = set(mp.package.__all__).union(DOCUMENTED) - {"get_all_start_methods"}
    assert [] == sorted(name for name in public if not hasattr(mp.context, name)), "names that the context lacks"


@requirement("context.get.none-default")
def test_get_context_without_a_name_gives_the_default(mp):
    """get_context() is the context of the start method that was set."""
    mp.package.set_start_method(mp.method)
    assert mp.method == mp.package.get_context().get_start_method(), "start method of get_context()"


@requirement("context.get.none-fixes")
def test_get_context_without_a_name_sets_the_default(mp):
    """As long as no start method is set, get_context() sets the platform's."""
    before = mp.package.get_start_method(allow_none=True)
    mp.package.get_context()
    after = mp.package.get_start_method(allow_none=True)
    assert (None, mp.package.get_all_start_methods()[0]) == (before, after), "start method before and after"


@requirement("context.get.named")
def test_get_context_with_a_name_gives_that_one(mp):
    """get_context(name) is the context of the named start method."""
    assert mp.method == mp.package.get_context(mp.method).get_start_method(), "start method of the context"


@requirement("context.get.named-does-not-fix")
def test_get_context_with_a_name_sets_nothing(mp):
    """Asking for a context by name leaves the global start method unset."""
    mp.package.get_context(mp.method)
    assert None is mp.package.get_start_method(allow_none=True), "global start method afterwards"


@requirement("context.get.unknown")
def test_get_context_with_an_unknown_name_is_refused(mp):
    """There is no context for a start method that does not exist."""
    with mp.raises(ValueError):
        mp.package.get_context("telepathy")
    with mp.raises(ValueError):
        mp.context.get_context("telepathy")


@requirement("context.get.singleton")
def test_get_context_gives_the_same_object_each_time(mp):
    """There is one context for a start method."""
    assert mp.package.get_context(mp.method) is mp.package.get_context(mp.method), "the second context"


@requirement("context.get.identity", platforms=["posix"])  # where there is another method
def test_get_context_of_a_context_is_that_context(mp):
    """Code that is handed a context may ask it for "the context", whatever is set globally."""
    mp.package.set_start_method(others(mp)[0])
    context = mp.context
    assert context is context.get_context(), "get_context() of a context"


@requirement("context.get.cross")
def test_get_context_of_a_context_gives_the_others(mp):
    """From one context all others can be reached."""
    names = mp.package.get_all_start_methods()
    assert names == [mp.context.get_context(name).get_start_method() for name in names], "start methods reached"


@requirement("context.concrete.set-refused")
def test_context_of_a_method_cannot_be_set_to_another(mp):
    """A context's start method is for good."""
    for method in [mp.method, *others(mp)]:
        with mp.raises(ValueError):
            mp.context.set_start_method(method)
    assert mp.method == mp.context.get_start_method(), "start method of the context"


@requirement("context.concrete.get-method")
def test_context_of_a_method_tells_that_method(mp):
    """What is set globally does not matter to a context."""
    context, told = mp.context, []
    for method in [*others(mp), mp.method]:
        mp.package.set_start_method(method, force=True)
        told.append((context.get_start_method(), context.get_start_method(allow_none=True)))
    assert {(mp.method, mp.method)} == set(told), "start methods told while others were set"


@requirement("context.concrete.no-all-methods")
def test_context_of_a_method_has_no_list_of_methods(mp):
    """Only the package knows all start methods."""
    assert False is hasattr(mp.context, "get_all_start_methods"), "whether a context has get_all_start_methods"


@requirement("context.process-class")
def test_context_has_a_process_class_of_its_own(mp):
    """Each context's Process is a class named after the start method; all have one base."""
    base = mp.module("process").BaseProcess
    kinds = {name: mp.package.get_context(name).Process for name in mp.package.get_all_start_methods()}
    assert PROCESS_CLASSES[mp.method] == kinds[mp.method].__name__, "name of the context's class"
    assert [] == [name for name, kind in kinds.items() if not issubclass(kind, base)], "classes of another base"
    assert True is issubclass(mp.package.Process, base), "whether the package's class has that base"


@requirement("context.mix", platforms=["posix"])  # where there is another method
def test_contexts_can_be_used_side_by_side(mp):
    """Processes and queues of two start methods work in one program at the same time."""
    methods = [mp.method, others(mp)[0]]
    pairs = []
    for method in methods:
        context = mp.package.get_context(method)
        queue = context.Queue()
        child = context.Process(target=put_method, args=(mp, queue))
        child.start()
        pairs.append((child, queue))
    received = [queue.get(timeout=60) for _, queue in pairs]
    for child, _ in pairs:
        child.join()
    assert methods == received, "start methods of the children, by their queues"


@requirement("context.default-process-late-binding", platforms=["posix"])  # where there is another method
def test_package_process_starts_by_the_method_set_at_start(mp):
    """The package's Process chooses when it starts, not when it is made."""
    mp.package.set_start_method(others(mp)[0])
    stain()
    box = Mailbox()
    child = mp.package.Process(target=tell, args=(box, way_of_birth, os.getpid()))
    mp.package.set_start_method(mp.method, force=True)
    child.start()
    child.join()
    assert mp.method == box.first(patience=0), "the way in which the child came to be"


@requirement("context.child-default", platforms=["posix"])  # where there is another method
def test_child_has_the_method_by_which_it_was_started(mp):
    """In a child the global start method is its own, not what is set in the parent."""
    mp.package.set_start_method(others(mp)[0])
    assert mp.method == answer_of_child(mp.context, child_method, mp), "global start method in the child"


@requirement("context.child-default")
def test_child_of_the_package_has_the_method_that_was_set(mp):
    """So has one that the package's own Process started."""
    mp.package.set_start_method(mp.method)
    assert mp.method == answer_of_child(mp.package, child_method, mp), "global start method in the child"


@requirement("context.child-context-class", platforms=["posix"])  # where there is another method
def test_child_has_the_context_by_which_it_was_started(mp):
    """In a child get_context() is the context of its own start method, not a default that can be set."""
    mp.package.set_start_method(others(mp)[0])
    answer = answer_of_child(mp.context, default_is_own_context, mp)
    assert True is answer, "whether get_context() is the child's own context"


@requirement("context.exceptions-attributes")
def test_context_has_the_exception_classes(mp):
    """A context's exceptions are the package's."""
    names = ("ProcessError", "BufferTooShort", "TimeoutError", "AuthenticationError")
    wrong = [name for name in names if getattr(mp.context, name, None) is not getattr(mp.package, name)]
    assert [] == wrong, "exceptions that a context lacks or has of its own"


@requirement("context.spawn-does-not-fix-global")
def test_context_that_starts_a_child_sets_nothing(mp):
    """The global start method is unset after the start of a child by a named context."""
    child = mp.context.Process(target=nothing)
    child.start()
    child.join()
    assert None is mp.package.get_start_method(allow_none=True), "global start method afterwards"


@requirement("context.fork-does-not-fix-global")
def test_context_fork_that_starts_a_child_sets_nothing(mp):
    """The global start method is unset after the start of a child by the fork context."""
    child = mp.context.Process(target=nothing)
    child.start()
    child.join()
    assert None is mp.package.get_start_method(allow_none=True), "global start method afterwards"


FACTORIES = {
    "Pipe": (),
    "Lock": (),
    "RLock": (),
    "Condition": (),
    "Semaphore": (),
    "BoundedSemaphore": (),
    "Event": (),
    "Barrier": (1,),
    "Queue": (),
    "JoinableQueue": (),
    "SimpleQueue": (),
    "Value": ("i",),
    "Array": ("i", 1),
    "Process": (),
}


@requirement("context.objects-do-not-fix-global")
def test_context_that_makes_objects_sets_nothing(mp):
    """What a named context makes belongs to that context: the global start method is unset afterwards."""
    made = [getattr(mp.context, name)(*args) for name, args in FACTORIES.items() if mp.offers(name)]
    assert None is mp.package.get_start_method(allow_none=True), "global start method afterwards"
    for end in made[0]:
        end.close()


@requirement("context.fork-does-not-fix-global", needs=("Pool",))
def test_context_fork_that_makes_a_pool_sets_nothing(mp):
    """The processes of a pool that is made by the fork context are its own."""
    with mp.context.Pool(1) as pool:
        assert 3 == pool.apply(abs, (-3,)), "the result of a task"
    assert None is mp.package.get_start_method(allow_none=True), "global start method afterwards"


@requirement("context.keywords")
def test_context_takes_arguments_by_their_names(mp):
    """The parameters are called as in the manual."""
    context = mp.context
    reader, writer = context.Pipe(duplex=False)
    reader.close()
    writer.close()
    for name in ("Queue", "JoinableQueue"):
        assert False is getattr(context, name)(maxsize=1).full(), name
    assert context is context.get_context(method=None), "get_context(method=None)"
    assert mp.method == context.get_start_method(allow_none=False), "get_start_method(allow_none=False)"
    mp.package.set_start_method(method=mp.method, force=False)
    assert 10 == context.log_to_stderr(level=10).level, "level of the logger"


@requirement("context.family-shared", platforms=["posix"])  # where there is another method
def test_contexts_have_their_processes_in_common(mp):
    """active_children() and current_process() do not depend on the context that is asked, or that has started them."""
    gate, methods = Gate(), [mp.method, others(mp)[0]]
    contexts = [mp.package.get_context(method) for method in methods]
    with contextlib.ExitStack() as stack:
        children = {stack.enter_context(running(context, hold, args=(gate,))) for context in contexts}
        seen = [set(asked.active_children()) for asked in (mp.package, *contexts)]
        gate.open()
    assert [children] * 3 == seen, "active children as the package and both contexts tell"
    current = mp.package.current_process()
    assert [current] * 2 == [context.current_process() for context in contexts], "current process"


IMPORTED = {
    "process": "AuthenticationString BaseProcess active_children current_process parent_process",
    "context": "AuthenticationError BaseContext BufferTooShort DefaultContext ForkContext ForkServerContext Process "
    "ProcessError SpawnContext TimeoutError assert_spawning get_spawning_popen set_spawning_popen",
}
"""What programs import from these modules."""


@requirement("context.module-names")
def test_context_and_process_modules_have_the_names_that_programs_import(mp):
    """Classes and functions can be had from the modules where they have always been."""
    for module, names in IMPORTED.items():
        there = mp.module(module)
        assert [] == [name for name in names.split() if not hasattr(there, name)], "names that are missing in " + module


SENT_HOME = """
import TARGET

class Mine:
    pass

def send(queue):
    queue.put(Mine())

if __name__ == "__main__":
    context = TARGET.get_context("METHOD")
    queue = context.SimpleQueue()
    child = context.Process(target=send, args=(queue,))
    child.start()
    child.join()
    print(type(queue.get()) is Mine)
"""


@requirement("context.main-alias")
def test_context_lets_a_parent_rebuild_what_its_main_module_defines(mp):
    """A child knows the main module by another name, which its parent understands."""
    done = mp.script(SENT_HOME)
    assert "True\n" == done.stdout, done


class Wanderer:
    """A value that, while it is pickled for a child, has another thread ask whether that is so."""

    def __init__(self, mp, seen):
        self.mp, self.seen = mp, seen

    def __reduce__(self):
        asking = Call(self.mp.module("context").get_spawning_popen)
        self.seen.append(asking.result())
        return str, ()


@requirement("spawn.getpopen")
def test_context_knows_in_one_thread_alone_that_a_child_is_being_started(mp):
    """Another thread may not pickle what is for a child only, because this one starts a child."""
    seen = []
    assert 0 == exitcode_of(mp, len, Wanderer(mp, seen)), "exitcode"
    assert [None] == seen, "get_spawning_popen() in another thread while the process object is pickled"


@requirement("context.cpu-count")
def test_cpu_count_is_that_of_os(mp):
    """cpu_count() is os.cpu_count()."""
    assert os.cpu_count() == mp.cpu_count(), "cpu_count()"


@requirement("context.cpu-count")
def test_cpu_count_is_that_of_the_system(mp):
    """Those, too, on which this process may not run."""
    before = mp.cpu_count()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])
    assert before == mp.cpu_count(), "cpu_count() when this process may use one only"


@requirement("context.cpu-count.unknown")
def test_cpu_count_that_is_unknown_is_not_implemented(mp):
    """Where os.cpu_count() knows nothing, cpu_count() raises."""
    with replaced(os, "cpu_count", lambda: None):
        with mp.raises(NotImplementedError):
            mp.cpu_count()


@requirement("context.cpu-count.override", needs=("cpu_count",))
def test_cpu_count_can_be_overridden(mp):
    """-X cpu_count and PYTHON_CPU_COUNT decide what cpu_count() returns."""
    program = "import TARGET\nprint(TARGET.cpu_count())\n"
    by_variable = mp.script(program, form="command", env={"PYTHON_CPU_COUNT": "37"})
    by_option = mp.script(program, form="command", flags=["-X", "cpu_count=41"])
    assert ("37\n", "41\n") == (by_variable.stdout, by_option.stdout), "cpu_count() by variable and by option"


@requirement("context.reducer")
def test_context_reducer_can_be_replaced(mp):
    """The reducer is the reduction module, until a program puts another in its place."""
    context, real = mp.context, mp.context.reducer
    assert mp.module("reduction") is real, "the reducer of a context"
    stand_in = type(os)("stand_in")
    try:
        context.reducer = stand_in
        assert stand_in is context.reducer, "the reducer after another was assigned"
    finally:
        context.reducer = real


@requirement("context.all-names")
def test_package_exports_what_is_documented(mp):
    """__all__ names every documented function and class, and nothing that is not there."""
    exported = mp.package.__all__
    wanted = [*DOCUMENTED, "get_all_start_methods"]
    assert [] == sorted(set(wanted) - set(exported)), "documented names that are not exported"
    assert [] == [name for name in exported if not hasattr(mp.package, name)], "exported names that are not there"


@requirement("context.no-thread-analogues")
def test_package_has_no_analogues_of_some_thread_functions(mp):
    """What threading has and makes no sense between processes is not offered."""
    names = ("active_count", "enumerate", "settrace", "setprofile", "Timer", "local")
    assert [] == [name for name in names if hasattr(mp.package, name)], "names that should not exist"


@requirement("context.allow-connection-pickling", needs=("allow_connection_pickling",))
def test_allow_connection_pickling_may_be_called(mp):
    """It is there for old programs, and asks nothing of them."""
    answers = [owner.allow_connection_pickling() for owner in (mp.context, mp.package)]
    assert [None, None] == answers, "what allow_connection_pickling() of a context and of the package returned"


@requirement("context.get.entered")
def test_get_context_gives_what_others_entered(mp):
    """A context entered in _concrete_contexts under its name is given for that name, and can be made the default."""
    contexts = mp.module("context")

    class Own(contexts.BaseContext):
        _name = "own"

    own = contexts._concrete_contexts["own"] = Own()
    assert own is mp.package.get_context("own"), "get_context() of its name"
    assert own is mp.context.get_context("own"), "get_context() of a context, of its name"
    mp.package.set_start_method("own")
    assert ("own", own) == (mp.package.get_start_method(), mp.package.get_context()), "the default, once set"


MODULES = ("connection", "context", "forkserver", "process", "queues", "reduction", "spawn", "synchronize", "util")


@requirement("context.unknown-names")
def test_package_and_modules_refuse_names_that_they_do_not_have(mp):
    """Asked for such a name, the package, its modules and a context raise AttributeError."""
    for owner in (mp.package, mp.package.get_context(), *map(mp.module, MODULES)):
        with mp.raises(AttributeError):
            owner.no_such_name
