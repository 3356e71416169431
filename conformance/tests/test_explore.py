"""Exploring finds a fault that no fixed example shows, makes it short, and freezes it as a program of its own."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.clocks import SCALE_VARIABLE
from conformance.models.script import freeze
from conformance.target import resolve
from conformance.tests.commands import command

pytest.importorskip("hypothesis", reason="the extra `explore` is not installed")

STDLIB = Path(importlib.import_module("multiprocessing").__file__ or "").parent
FAULT = ("sleepers < n", "sleepers <= n")


def clone(folder: Path, *fault: str) -> None:
    """The stdlib's package under another name, with an edit."""
    shutil.copytree(STDLIB, folder / "clone", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    path = folder / "clone" / "synchronize.py"
    text = path.read_text()
    if fault:
        assert text.count(fault[0]) == 1
        path.write_text(text.replace(*fault))


def explore(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return command("explore", "clone", "--subject", "condition", "--method", "fork", *words, cwd=folder)


def test_a_fault_is_found_and_frozen(tmp_path: Path):
    clone(tmp_path, *FAULT)
    done = explore(tmp_path, "--seconds", "90", "--seed", "1")
    assert done.returncode == 1, done.stderr
    assert "expected blocks, got gives True" in done.stdout
    script = tmp_path / "clone_fork_condition.py"

    def again() -> subprocess.CompletedProcess[str]:
        # The program looks for a second whether somebody goes on who must not: he has to come to run to say so.
        patient = os.environ | {SCALE_VARIABLE: "10"}
        words = [sys.executable, script]
        return subprocess.run(words, cwd=tmp_path, env=patient, capture_output=True, text=True, timeout=300)

    assert "expected blocks, got gives True" in again().stderr or "wait inside" in again().stderr
    clone(tmp_path)
    assert again().stdout == "as the model says\n"


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path):
    clone(tmp_path)
    done = explore(tmp_path, "--seconds", "3", "--seed", "1")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "seed 1: 0 deviate" in done.stdout


def test_a_program_carries_no_import_of_what_is_not_there():
    text = freeze("a title", resolve("stdlib"), "spawn", "lock", kind=0, choices=[1, 2])
    assert text.startswith('"""a title')
    assert "'conformance.models.actors'" in text
    assert "walk(Subject('multiprocessing', 'spawn', True), 'lock', 0, [1, 2])" in text
