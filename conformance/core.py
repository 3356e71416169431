"""Which subjects of the catalogue make up the core: what is complete before what is built on it begins."""

from __future__ import annotations

from conformance.catalogue import Catalogue

LATER = ("shared-memory", "manager", "proxy", "pool", "asyncresult")
"""Subjects that are catalogued, and not specified yet."""


def core_subjects(catalogue: Catalogue) -> tuple[str, ...]:
    """The subjects of the core, in the order of the catalogue."""
    return tuple(name for name in catalogue.subjects if name not in LATER)
