"""Which Python children run, with which options: pure, and tried with real interpreters."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import whole_programs

from reference import interpreter

SAYS_ITS_FLAGS = """
import sys
names = [name for name in dir(sys.flags) if not name.startswith(("_", "n_")) and name not in ("count", "index")]
print([{name: getattr(sys.flags, name) for name in names}, sys.warnoptions, sys._xoptions])
"""


@pytest.fixture
def executable():
    before = interpreter.get_executable()
    yield interpreter.set_executable
    interpreter.set_executable(before)


def flags(**set_ones):
    return SimpleNamespace(**set_ones)


@pytest.mark.parametrize(
    ("set_ones", "options"),
    [
        ({}, []),
        ({"optimize": 2}, ["-OO"]),
        ({"dont_write_bytecode": 1, "verbose": 1}, ["-B", "-v"]),
        ({"ignore_environment": 1, "no_user_site": 1, "safe_path": True}, ["-E", "-s", "-P"]),
        ({"isolated": 1, "ignore_environment": 1, "no_user_site": 1, "safe_path": True}, ["-I"]),
        ({"int_max_str_digits": -1, "utf8_mode": 1}, []),
    ],
)
def test_flags_become_options(set_ones, options):
    assert options == interpreter.flags_as_options(flags(**set_ones))


def test_warning_options_that_other_options_bring_along_are_left_out():
    assert ["-bb", "-Wignore"] == interpreter.flags_as_options(
        flags(bytes_warning=2), ["ignore", "error::BytesWarning"]
    )
    assert ["-X", "dev"] == interpreter.flags_as_options(flags(dev_mode=True), ["default"], {"dev": True})


def test_of_equal_warning_options_the_last_counts():
    assert ["-Wignore", "-Werror"] == interpreter.flags_as_options(flags(), ["error", "ignore", "error"])


def test_implementation_options_keep_their_values():
    assert ["-X", "faulthandler", "-X", "pycache_prefix=/x"] == interpreter.flags_as_options(
        flags(), (), {"faulthandler": True, "pycache_prefix": "/x"}
    )


@pytest.mark.parametrize(
    "options",
    [[], ["-O", "-B"], ["-W", "error::UserWarning", "-b"], ["-X", "dev"], ["-X", "faulthandler"], ["-I"], ["-s", "-E"]],
)
def test_an_interpreter_started_with_the_options_has_the_flags(options):
    """Both generations say the same: the one started by hand, and the one started with what it says of itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    first = subprocess.check_output([sys.executable, *options, "-c", SAYS_ITS_FLAGS], text=True, env=environment)
    fields, warnoptions, xoptions = ast.literal_eval(first)
    again = interpreter.flags_as_options(flags(**fields), warnoptions, xoptions)
    assert first == subprocess.check_output([sys.executable, *again, "-c", SAYS_ITS_FLAGS], text=True, env=environment)


def test_the_bootstrap_path_is_the_parents_without_the_current_directory():
    assert ["/a", "/b", "/root"] == interpreter.bootstrap_path(["", "/a", "/b"], "/root")
    assert ["/root", "/a"] == interpreter.bootstrap_path(["/root", "", "/a"], "/root")


def test_what_is_no_text_in_the_path_is_left_out():
    assert ["/a", "/root"] == interpreter.bootstrap_path([Path("/b"), "/a", None], "/root")


def test_the_executable_is_bytes_and_may_be_path_like(executable):
    executable(Path("/some/python"))
    assert b"/some/python" == interpreter.get_executable()
    executable("/other")
    assert b"/other" == interpreter.get_executable()


def test_without_an_executable_nothing_can_be_started(executable):
    executable(None)
    assert interpreter.get_executable() is None
    with pytest.raises(ValueError, match="set_executable"):
        interpreter.child_command(pipe_handle=3)


def test_the_command_line_of_a_child():
    program, *options, minus_c, text, marker = interpreter.child_command(tracker_fd=5, pipe_handle=7)
    assert interpreter.get_executable() == program
    assert interpreter.options() == options
    assert ("-c", "--multiprocessing-fork") == (minus_c, marker)
    assert text.endswith("spawn_main(tracker_fd=5, pipe_handle=7)")


def test_a_frozen_program_is_its_own_child(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert [sys.executable, "--multiprocessing-fork", "pipe_handle=7", "parent_pid=None"] == interpreter.child_command(
        pipe_handle=7, parent_pid=None
    )


def test_a_frozen_program_is_its_own_helper(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert [sys.executable, "--multiprocessing-fork", "room=forkserver", "call=main(3)"] == interpreter.helper_command(
        "forkserver", "main(3)"
    )


@pytest.mark.parametrize(
    ("argv", "answer"),
    [
        (["x", "--multiprocessing-fork"], True),
        (["x", "--multiprocessing-fork", "a=1"], True),
        (["x"], False),
        (["x", "y", "--multiprocessing-fork"], False),
        ([], False),
    ],
)
def test_a_child_is_known_by_the_second_item(argv, answer):
    assert answer == interpreter.is_forking(argv)


def test_the_program_finds_this_package_and_nothing_in_the_current_directory(tmp_path):
    for name in ("reference", "itertools", "os", "weakref", "_weakrefset", "copyreg"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')")
    call = "get_executable()"
    text = interpreter.program("interpreter", call) + "; import reference; print(reference.__file__)"
    done = whole_programs.start([sys.executable, "-c", text], tmp_path, env={"PYTHONPATH": ""})
    assert os.path.join(whole_programs.ROOT, "reference", "__init__.py") == whole_programs.output(done).strip()
