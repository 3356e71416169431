"""The events of a run, as pytest hooks: what progress displays and report printers listen to.

Fired in the main process of a run only, also under xdist. Names of pytest's kind, since that is what
pytest's plugin manager calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.store import Record, Row


def pytest_conformance_probe(target: str, python: str) -> None:
    """The target is about to be probed under the interpreter at the path `python`."""


def pytest_conformance_begin(header: Mapping[str, Any]) -> None:
    """Every candidate answered its probe; `header` is the record's."""


def pytest_conformance_collected(total: int) -> None:
    """The run has `total` cells."""


def pytest_conformance_row(row: Row) -> None:
    """A cell has its outcome."""


def pytest_conformance_trouble(text: str) -> None:
    """The suite itself failed at something; `text` may have several lines. The run will end with status 2."""


def pytest_conformance_end(record: Record) -> None:
    """The run is over, completely or not; the record is closed."""
