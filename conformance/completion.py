"""What a shell may complete: names that the suite knows. Read from files; nothing is probed or run."""

from __future__ import annotations

from collections.abc import Iterable

import click

from conformance import catalogue
from conformance.catalogue import LEVELS, METHODS
from conformance.target import known


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def targets(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Targets that the suite has a file for."""
    return _beginning(incomplete, known())


def requirements(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Ids of requirements."""
    return _beginning(incomplete, catalogue.load())


def subjects(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Subjects of requirements."""
    return _beginning(incomplete, catalogue.load().subjects)


def levels(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Levels of requirements, in whatever case they were begun."""
    return _beginning(incomplete.upper(), LEVELS)


def methods(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Start methods that are known by name."""
    return _beginning(incomplete, METHODS)
