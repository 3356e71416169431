"""Process: what its constructor takes, and what run() does with it."""

import os
import sys

from conformance.gates import Mailbox
from conformance.requirement import requirement
from conformance.specs.deeds import exitcode_of, tell


def post_arguments(box, *args, **kwargs):
    box.post([args, kwargs])


def post_pid(box, note):
    box.post((os.getpid(), note))


SUBCLASS = """
import os
import TARGET

Base = TARGET.get_context("METHOD").Process

class Mine(Base):
    def __init__(self, word):
        super().__init__(target=print, args=("target",))
        self.word = word
        self.creator = os.getpid()

    def run(self):
        print(self.word, self.creator == os.getpid())

if __name__ == "__main__":
    mine = Mine("kept")
    mine.start()
    mine.join()
"""


@requirement("process.init.group-none")
def test_process_init_refuses_a_group(mp):
    """The group argument exists for the sake of Thread's signature and must be None."""
    with mp.misuse(AssertionError):
        mp.Process(group="a group")


@requirement("process.init.target-default")
def test_process_init_without_target_ends_with_exitcode_0(mp):
    """A process that was given nothing to do starts and ends well."""
    assert 0 == exitcode_of(mp, None), "exitcode of a child without target"


@requirement("process.init.args-tuple-or-list")
def test_process_init_takes_args_as_tuple_and_as_list(mp):
    """The target gets the same positional arguments either way."""
    received = []
    for kind in (tuple, list):
        box = Mailbox()
        child = mp.Process(target=post_arguments, args=kind([box, 1, "two"]))
        child.start()
        child.join()
        received.append(box.first(patience=0))
    assert [[(1, "two"), {}]] * 2 == received, "arguments received, given as tuple and as list"


@requirement("process.init.positional")
def test_process_init_takes_its_arguments_in_order(mp):
    """group, target, name, args and kwargs may be given by position."""
    box = Mailbox()
    child = mp.Process(None, post_arguments, "the third", (box, "the fourth"), {"key": "the fifth"})
    child.start()
    child.join()
    assert ["the third", [("the fourth",), {"key": "the fifth"}]] == [child.name, *box.letters()], "name, arguments"


@requirement("process.init.kwargs")
def test_process_init_delivers_kwargs_as_keywords(mp):
    """The mapping kwargs becomes keyword arguments of the target."""
    box = Mailbox()
    child = mp.Process(target=post_arguments, args=(box,), kwargs={"left": 1, "right": "two"})
    child.start()
    child.join()
    assert [(), {"left": 1, "right": "two"}] == box.first(patience=0), "arguments received"


def end_with_seven():
    sys.exit(7)


@requirement("process.init.args-default")
def test_process_init_without_arguments_calls_the_target_without_any(mp):
    """A target that takes nothing is called all the same."""
    assert 7 == exitcode_of(mp, end_with_seven), "exitcode of a child whose target leaves with 7"


@requirement("process.init.kwargs-none")
def test_process_init_takes_none_for_kwargs(mp):
    """kwargs=None means that there are none."""
    box = Mailbox()
    child = mp.Process(target=post_arguments, args=(box, "only"), kwargs=None)
    child.start()
    child.join()
    assert [("only",), {}] == box.first(patience=0), "arguments received"


@requirement("process.init.args-copied")
def test_process_init_copies_args_and_kwargs(mp):
    """Changing the list and the dict afterwards does not change what the target gets."""
    box = Mailbox()
    args, kwargs = [box, "given"], {"key": "given"}
    child = mp.Process(target=post_arguments, args=args, kwargs=kwargs)
    args[1] = kwargs["key"] = "changed"
    kwargs["more"] = "added"
    child.start()
    child.join()
    assert [("given",), {"key": "given"}] == box.first(patience=0), "arguments received"


@requirement("process.init.daemon-kwonly")
def test_process_init_takes_daemon_by_keyword_only(mp):
    """daemon=True and daemon=False set the flag, None inherits it; it is no positional argument."""
    flags = [mp.Process(daemon=value).daemon for value in (True, False, None)]
    assert [True, False, mp.current_process().daemon] == flags, "flags after daemon=True, False, None"
    with mp.raises(TypeError):
        mp.Process(None, None, None, (), {}, True)


def flags_of_new_processes(mp):
    return [mp.Process(daemon=value).daemon for value in (True, False, None)]


@requirement("process.init.daemon-kwonly")
def test_process_init_takes_daemon_false_from_a_daemonic_creator(mp):
    """daemon=False is no absence of a wish: only None inherits the flag."""
    box = Mailbox()
    child = mp.Process(target=tell, args=(box, flags_of_new_processes, mp), daemon=True)
    child.start()
    child.join()
    assert [True, False, True] == box.first(patience=0), "flags after daemon=True, False, None, in a daemonic process"


@requirement("process.init.subclass-super-required")
def test_process_init_must_be_called_by_a_subclass(mp):
    """A subclass whose constructor forgets the base's cannot be started, and its run is not reached."""
    box = Mailbox()

    class Forgetful(mp.Process):
        def __init__(self):
            pass

        def run(self):
            box.post("ran")

    with mp.raises(Exception):
        Forgetful().start()
    assert [] == box.letters(), "what run() posted"


@requirement("process.init.subclass-attributes")
def test_process_init_attributes_of_a_subclass_reach_the_child(mp):
    """What a subclass's constructor keeps on the object is there in run()."""
    done = mp.script(SUBCLASS)
    assert "kept" in done.stdout.split(), done


@requirement("process.run.direct-call")
def test_process_run_called_directly_runs_the_target_here(mp):
    """run() is an ordinary method: it calls the target in the calling process."""
    box = Mailbox()
    mp.Process(target=post_pid, args=(box,), kwargs={"note": "here"}).run()
    assert [(os.getpid(), "here")] == box.letters(), "(pid, note) that the target saw"


@requirement("process.run.repeat")
def test_process_that_was_run_directly_can_be_started(mp):
    """run() uses nothing up: it may be called again, and then the process may be started."""
    box = Mailbox()
    process = mp.Process(target=post_pid, args=(box,), kwargs={"note": "here"})
    process.run()
    process.run()
    process.start()
    process.join()
    assert (0, 3) == (process.exitcode, len(box.letters())), "(exitcode, calls of the target)"


@requirement("process.run.override")
def test_process_run_overridden_replaces_the_target(mp):
    """start() runs a subclass's run() in the child, and then nobody calls the target."""
    done = mp.script(SUBCLASS)
    assert "kept False\n" == done.stdout, done
