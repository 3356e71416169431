"""Runs one benchmark once, in the interpreter that is measured: `python -m conformance.bench.worker TARGET CASE`."""

from __future__ import annotations

import importlib
import json
import sys

from conformance.bench.catalogue import CASES


def main(target: str, name: str) -> None:
    """Print what it cost, per round where it has rounds, as JSON."""
    case = next(case for case in CASES if case.name == name)
    assert case.run is not None
    context = importlib.import_module(target).get_context(case.method)
    cost = case.run(context, case.rounds)
    whole = case.gauge in ("kib", "payloads", "growth")
    print(json.dumps({figure: value if whole else value / case.rounds for figure, value in cost.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
