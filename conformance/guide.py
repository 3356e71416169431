"""`conformance workflow` and `conformance completion`: texts to copy, for whoever takes the suite into a project."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from conformance.completion import targets
from conformance.misuse import Misuse
from conformance.status import AS_EXPECTED
from conformance.target import resolve

_WORKFLOW = Path(__file__).with_name("workflow.yml")
_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_CONFORMANCE_COMPLETE"


@click.command("workflow")
@click.argument("target", shell_complete=targets)
def workflow(target: str) -> int:
    """Print a workflow for hosted CI that judges TARGET on every push: one job, to be saved in its project.

    \b
    conformance workflow mypackage > .github/workflows/conformance.yml
    """
    resolve(target)
    click.echo(_WORKFLOW.read_text(encoding="utf-8").replace("@TARGET@", target), nl=False)
    return AS_EXPECTED


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print what makes SHELL complete the words of this command.

    \b
    eval "$(conformance completion bash)"                                          # in ~/.bashrc
    conformance completion fish > ~/.config/fish/completions/conformance.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Misuse(f"there is no completion for {shell}")
    click.echo(kind(context.find_root().command, {}, "conformance", _VARIABLE).source())
    return AS_EXPECTED
