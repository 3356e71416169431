"""What is printed to be copied: a workflow that runs the target it is for, and completion that completes."""

from __future__ import annotations

import os

import pytest

from conformance.tests.commands import command, python

COMPLETE = "import sys; sys.argv[0] = 'conformance'; from conformance.cli import cli; cli(prog_name='conformance')"


def test_the_workflow_judges_the_target(tmp_path):
    done = command("workflow", "mypackage", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "      - run: conformance run mypackage --out record.jsonl\n" in done.stdout
    assert "@" not in done.stdout.replace("@v", "")
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (job,) = yaml.safe_load(done.stdout)["jobs"].values()
    assert len(job["steps"]) == 6


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for_each_shell(tmp_path, shell):
    done = command("completion", shell, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"_CONFORMANCE_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("conformance rep", {"report", "reproduce"}),
        ("conformance run stdl", {"stdlib"}),
        ("conformance run --subject eve", {"event"}),
        ("conformance run --level mu", {"MUST"}),
        ("conformance run --method sp", {"spawn"}),
        ("conformance explain event.initia", {"event.initial"}),
    ],
)
def test_names_are_completed(tmp_path, words, found):
    place = str(len(words.split()) - 1)
    told = {"_CONFORMANCE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": place}
    done = python("-c", COMPLETE, cwd=tmp_path, env=dict(os.environ, **told))
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == found


@pytest.mark.parametrize("words", [["workflow", "a-b"], ["workflow"], ["completion", "perlsh"]])
def test_misuse_is_refused_in_one_line(tmp_path, words):
    done = command(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
