"""The one mutable cell: the default start method's name, or None while nobody has decided.

A leaf, since contexts, the preparation data of spawn and the forkserver all read it.
"""

from __future__ import annotations

__all__ = ["get", "set"]

_name: str | None = None


def get() -> str | None:
    """The name of the decided start method, or None."""
    return _name


def set(name: str | None) -> None:  # noqa: A001 - reads as start_method.set(...)
    """Decide (or, with None, undecide) without any check; `context` checks."""
    global _name
    _name = name
