"""The signs that reports use, and what they mean: where the terminal cannot show one, a plain one."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console


@dataclass(frozen=True)
class Marks:
    """One sign a meaning."""

    unexpected: str
    recorded: str
    beyond: str
    errors: str
    notrun: str
    unsupported: str
    nothing: str
    bar: str

    @classmethod
    def of(cls, console: Console) -> Marks:
        """The signs that `console` can show."""
        return RICH if console.encoding.lower().replace("-", "").startswith("utf") else PLAIN


RICH = Marks("✗", "~", "+", "!", "?", "-", "·", "│")
PLAIN = Marks("x", "~", "+", "!", "?", "-", ".", "|")
