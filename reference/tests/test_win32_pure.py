"""What Windows is told, checked everywhere: command lines by parsing them as its C runtime does."""

import itertools

import pytest

from reference._platform._win32_pure import (
    INFINITE,
    LAUNCHER_VARIABLE,
    LONGEST,
    TERMINATED,
    command_line,
    exitcode,
    milliseconds,
    program_and_environment,
)


def parsed(line):
    """The arguments that the C runtime makes of `line`."""
    arguments, current, within, started = [], "", False, False
    position = 0
    while position < len(line):
        run = len(line[position:]) - len(line[position:].lstrip("\\"))
        after = line[position + run : position + run + 1]
        if run and after == '"':
            current += "\\" * (run // 2) + ('"' if run % 2 else "")
            position += run + run % 2
            started = True
            continue
        if run:
            current += "\\" * run
            position += run
            started = True
            continue
        position += 1
        if after == '"':
            within, started = not within, True
        elif after == " " and not within:
            if started:
                arguments.append(current)
            current, started = "", False
        else:
            current += after
            started = True
    return [*arguments, current] if started else arguments


def test_every_short_argument_survives_the_command_line():
    pieces = ["", *(map("".join, itertools.chain(*(itertools.product('a \\"', repeat=n) for n in range(1, 6)))))]
    assert pieces == parsed(command_line(pieces))


def test_a_path_and_a_program_text_survive_the_command_line():
    arguments = [r"C:\Program Files\Python\python.exe", "-c", 'print("a \\\\" b")', "\\\\server\\share\\", "é 🐍"]
    assert arguments == parsed(command_line(arguments))


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (None, INFINITE),
        (-1, 0),
        (0, 0),
        (0.0001, 1),
        (0.001, 1),
        (1.5, 1500),
        (1e12, LONGEST),
        (float("inf"), LONGEST),
        (LONGEST / 1000, LONGEST),
        (INFINITE / 1000, LONGEST),
    ],
)
def test_no_wait_is_shorter_than_asked_for_nor_endless_by_accident(timeout, expected):
    assert expected == milliseconds(timeout)


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (7, 7), (0xFFFFFFFF, 0xFFFFFFFF), (TERMINATED, -15)])
def test_a_terminated_process_looks_as_if_by_sigterm(code, expected):
    assert expected == exitcode(code)


VENV, BASE = r"C:\venv\Scripts\python.exe", r"C:\Python\python.exe"


def test_the_launcher_of_a_virtual_environment_is_passed_by():
    program, environment = program_and_environment(VENV.upper(), VENV, BASE, {"PATH": "p"})
    assert (BASE, {"PATH": "p", LAUNCHER_VARIABLE: VENV}) == (program, environment)


@pytest.mark.parametrize(
    ("executable", "this"), [(BASE, BASE), (r"D:\other.exe", VENV), ("C:/Python/PYTHON.exe", BASE)]
)
def test_other_programs_are_run_as_they_are(executable, this):
    assert (executable, None) == program_and_environment(executable, this, BASE, {})
