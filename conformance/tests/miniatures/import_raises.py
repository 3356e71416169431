"""Fault: it cannot be imported."""

raise RuntimeError("not today,\nnor tomorrow")
