"""Run by an interpreter of another system, by `abroad`: prints what a probe finds out about a target there, as JSON."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from conformance.isolation import Isolation
from conformance.misuse import Misuse
from conformance.recruit import probe
from conformance.stamp import candidate_digest
from conformance.target import resolve


def main(origin: str, *checkouts: str) -> None:
    """Print the digest of the target by name of `origin` and of this interpreter, or why it cannot be judged here."""
    with tempfile.TemporaryDirectory(prefix="conf-") as rundir, Isolation(rundir=Path(rundir), scale=1.0) as isolation:
        try:
            target = resolve(origin)
            candidate = probe(target, sys.executable, isolation, checkouts, Path(rundir))
        except Misuse as error:
            found = {"refused": str(error).splitlines()[0]}
        else:
            found = {"digest": candidate_digest(target, candidate.facts)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
