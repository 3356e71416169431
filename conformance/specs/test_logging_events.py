"""What the package's logger is told of the package's own doings."""

import logging

from conformance.requirement import requirement
from conformance.specs.aids import Refusal, refuse
from conformance.specs.deeds import answer_of_child


class Keeper(logging.Handler):
    """Keeps level and text of the records that it is given."""

    def __init__(self, mp):
        super().__init__()
        self.told = []
        mp.get_logger().addHandler(self)
        mp.get_logger().setLevel(logging.INFO)

    def emit(self, record):
        self.told.append((record.levelno, record.getMessage()))


def levels_of(told, text):
    """The levels of what was told with `text` in it."""
    return [level for level, message in told if text in message]


@requirement("logging.events")
def test_logging_tells_of_the_private_directory(mp):
    """The directory for temporary files is named when it is made."""
    keeper = Keeper(mp)
    path = mp.module("util").get_temp_dir()
    assert [logging.INFO] == levels_of(keeper.told, path), keeper.told


@requirement("logging.events", methods=("fork",))
def test_logging_tells_of_hooks_that_fail(mp):
    """A child tells what an after-fork hook raised."""
    keeper = Keeper(mp)
    mp.module("util").register_after_fork(keeper, lambda keeper: refuse())
    told = answer_of_child(mp, lambda: keeper.told)
    with mp.raises(Refusal) as caught:
        refuse()
    assert [logging.INFO] == levels_of(told, str(caught.error)), told


AT_EXIT = """
import logging, os, time
import TARGET as mp

class Teller(logging.Handler):
    def emit(self, record):
        text = record.getMessage()
        print(record.levelname, text, flush=True)
        if "awaited" in text:
            open("gate", "w").close()

def hold():
    while not os.path.exists("gate"):
        time.sleep(0.001)

if __name__ == "__main__":
    context = mp.get_context("METHOD")
    for name in ("awaited", "daemonic"):
        context.Process(target=hold, name=name, daemon=name == "daemonic").start()
    mp.get_logger().addHandler(Teller())
    mp.get_logger().setLevel(logging.INFO)
"""


@requirement("logging.events")
def test_logging_tells_of_the_children_at_exit(mp):
    """A program that ends names the children that it terminates and those that it waits for."""
    done = mp.script(AT_EXIT)
    told = [line for line in done.stdout.splitlines() if line.startswith("INFO ")]
    assert any("terminate" in line and "daemonic" in line for line in told), done
    assert any("join" in line and "awaited" in line for line in told), done
