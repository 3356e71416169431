"""The package's logger: its state at first, log_to_stderr, and what children have of it."""

import contextlib
import io
import logging
import os

from conformance.requirement import requirement
from conformance.specs.deeds import answer_of_child, captured, nothing


class Keeper(logging.Handler):
    """Keeps the records that it is given."""

    def __init__(self):
        super().__init__()
        self.records = []

    def emit(self, record):
        self.records.append(record)


@requirement("logging.get-logger.name")
def test_logging_has_one_logger(mp):
    """get_logger() always gives the same logger of the logging package."""
    logger = mp.get_logger()
    assert logger is mp.get_logger(), "a second call gives another logger"
    assert "multiprocessing" == logger.name, "name"
    assert logger is logging.getLogger(logger.name), "another logger than the one of this name"


@requirement("logging.get-logger.level")
def test_logging_is_silent_at_first(mp):
    """The logger has no level, no handler, and does not propagate."""
    logger = mp.get_logger()
    state = logger.level, logger.handlers, bool(logger.propagate)
    assert (logging.NOTSET, [], False) == state, "(level, handlers, propagate)"


@requirement("logging.to-stderr.format")
def test_logging_to_stderr_names_level_and_process(mp):
    """A line tells level and process in brackets, then the message."""
    with captured(2) as text:
        mp.log_to_stderr().error("a %s message", "formatted")
        assert "[ERROR/MainProcess] a formatted message\n" == text(), "text on standard error"


@requirement("logging.to-stderr.format")
def test_logging_to_stderr_adds_to_what_is_there(mp):
    """Handlers of the program stay, and the new one writes to what sys.stderr is at that moment."""
    keeper = Keeper()
    mp.get_logger().addHandler(keeper)
    with contextlib.redirect_stderr(io.StringIO()) as replaced:
        logger = mp.log_to_stderr()
    logger.error("a message")
    assert ["a message"] == [record.getMessage() for record in keeper.records], "what the program's handler got"
    assert "[ERROR/MainProcess] a message\n" == replaced.getvalue(), "text on what was sys.stderr"


@requirement("logging.to-stderr.level")
def test_logging_to_stderr_sets_the_level(mp):
    """The level may be given to log_to_stderr()."""
    assert logging.CRITICAL == mp.log_to_stderr(logging.CRITICAL).level, "level"


@requirement("logging.to-stderr.level")
def test_logging_to_stderr_leaves_the_level_when_none_is_given(mp):
    """Without a level the logger keeps the one that it has."""
    mp.get_logger().setLevel(35)
    assert 35 == mp.log_to_stderr().level, "level"


@requirement("logging.to-stderr.returns")
def test_logging_to_stderr_returns_the_logger(mp):
    """It gives what get_logger() gives."""
    logger = mp.log_to_stderr()
    assert logger is mp.get_logger(), "log_to_stderr() gives another logger"


def effective_level(mp):
    return mp.get_logger().getEffectiveLevel()


@requirement("logging.child-level")
def test_logging_level_is_handed_to_children(mp):
    """A child's logger has the level of its parent's."""
    mp.get_logger().setLevel(35)
    assert 35 == answer_of_child(mp, effective_level, mp), "level in the child"


@requirement("logging.child-level")
def test_logging_level_of_the_root_counts_where_there_is_no_other(mp):
    """The level handed on is the effective one, wherever the parent's logger has it from."""
    mp.get_logger()
    logging.getLogger().setLevel(15)
    assert 15 == answer_of_child(mp, effective_level, mp), "level in the child"


def log(mp):
    mp.get_logger().error("a message of pid %d", os.getpid())


def logged_by_child(mp, level, target, *args):
    """The pid of a child called "named", its exitcode, and what it logged to standard error."""
    with captured(2) as text:
        mp.log_to_stderr(level)
        child = mp.Process(target=target, args=args, name="named")
        child.start()
        child.join()
        lines = text().splitlines()
    return child.pid, [line for line in lines if "/named] " in line]


@requirement("logging.child-handler")
def test_logging_to_stderr_holds_for_children(mp):
    """Children log to standard error too, under their own names."""
    pid, lines = logged_by_child(mp, logging.ERROR, log, mp)
    assert ["[ERROR/named] a message of pid {}".format(pid)] == lines, "lines of the child"


def handlers(mp):
    return mp.get_logger().handlers


@requirement("logging.child-handler")
def test_logging_has_no_handler_in_children_unless_in_the_parent(mp):
    """A parent that only asked for the logger does not make its children write to standard error."""
    mp.get_logger().setLevel(logging.INFO)
    assert [] == answer_of_child(mp, handlers, mp), "handlers in the child"


def count_of_handlers(mp):
    return len(handlers(mp))


@requirement("logging.child-handler")
def test_logging_to_stderr_without_a_level_holds_for_children(mp):
    """Children have the handler, too, if log_to_stderr() was called without a level."""
    mp.log_to_stderr()
    assert 1 == answer_of_child(mp, count_of_handlers, mp), "number of handlers in the child"


@requirement("logging.child-info")
def test_logging_tells_begin_and_end_of_children(mp):
    """At INFO a child tells that it calls run(), and its exitcode."""
    lines = logged_by_child(mp, logging.INFO, nothing)[1]
    wanted = ["[INFO/named] child process calling self.run()", "[INFO/named] process exiting with exitcode 0"]
    assert wanted == [line for line in lines if line in wanted], "lines of {}".format(lines)


@requirement("logging.level-names")
def test_logging_has_two_levels_of_its_own(mp):
    """They lie below DEBUG and below WARNING."""
    assert (5, 25) == (mp.package.SUBDEBUG, mp.package.SUBWARNING), "(SUBDEBUG, SUBWARNING)"


@requirement("logging.util-level-names")
def test_logging_levels_are_named_in_util(mp):
    """Beside the package's own levels those of logging that lie between them."""
    util = mp.module("util")
    levels = (util.NOTSET, util.SUBDEBUG, util.DEBUG, util.INFO, util.SUBWARNING)
    assert (0, 5, 10, 20, 25) == levels, "(NOTSET, SUBDEBUG, DEBUG, INFO, SUBWARNING)"


def records_of_helpers(mp):
    """The records that the package's helpers make of one message each."""
    keeper, logger, util = Keeper(), mp.get_logger(), mp.module("util")
    logger.addHandler(keeper)
    logger.setLevel(1)
    for helper in (util.sub_debug, util.debug, util.info, util.sub_warning):
        helper("%s of %d", "message", 4)
    logger.removeHandler(keeper)
    return [record for record in keeper.records if record.getMessage() == "message of 4"]


@requirement("logging.helpers")
def test_logging_helpers_have_a_level_each(mp):
    """sub_debug, debug, info and sub_warning log at 5, 10, 20 and 25, with the arguments put into the message."""
    assert [5, 10, 20, 25] == [record.levelno for record in records_of_helpers(mp)], "levels of the records"


@requirement("logging.helpers")
def test_logging_helpers_are_silent_without_a_logger(mp):
    """Before the program asks for the logger there is nothing to log to."""
    util = mp.module("util")
    with captured(2) as text:
        for helper in (util.sub_debug, util.debug, util.info, util.sub_warning):
            helper("a message")
        assert "" == text(), "text on standard error"


@requirement("logging.caller-info")
def test_logging_names_the_caller(mp):
    """Records made by the package's helpers name the file of who called these."""
    files = [os.path.basename(record.pathname) for record in records_of_helpers(mp)]
    assert [os.path.basename(__file__)] * 4 == files, "files named by the records"


# logging is loaded last: of its own accord it would end first.
AT_EXIT = """
import TARGET as mp
import TARGET.util
import logging

logger = mp.get_logger()
logger.addHandler(logging.FileHandler("log", mode="w"))
logger.setLevel(logging.INFO)
mp.util.Finalize(None, mp.util.info, args=("from a finalizer",), exitpriority=-1000)
"""


@requirement("logging.at-exit", methods=("spawn",))
def test_logging_goes_on_until_the_package_is_done(mp):
    """What is logged at exit reaches a handler that logging closes at exit."""
    done = mp.script(AT_EXIT)
    with open("log") as file:
        lines = file.read().splitlines()
    wanted = ["process shutting down", "from a finalizer"]
    assert wanted == [line for line in lines if line in wanted], (lines, done)
