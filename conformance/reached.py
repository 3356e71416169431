"""Which specs run the lines of which file, as coverage has noted it: what to run again after an edit of that file.

    python reached.py DATA FILE

reads coverage's DATA and writes FILE. Lines that run while a module is imported say nothing, and are left out. Where
other tests are counted too, they run with CONFORMANCE_SPEC="other tests".
Needs nothing but the coverage package. Above: `line_coverage`, tox.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from coverage import CoverageData

NOBODY = ""
"""The context of what no spec asked for."""
_SPEC = "test_"
"""How the name of a spec begins: others have contexts too, as the smoke tier."""


def by_file(data: Path) -> dict[str, list[str]]:
    """The names of the specs that run something of each file."""
    counted = CoverageData(str(data))
    counted.read()
    files = sorted(counted.measured_files())
    root = os.path.dirname(os.path.commonpath(list(map(os.path.dirname, files)))) if files else ""
    found = {}
    for file in files:
        lines = counted.contexts_by_lineno(file).values()
        specs = {spec for contexts in lines if NOBODY not in contexts for spec in contexts}
        found[os.path.relpath(file, root)] = sorted(spec for spec in specs if spec.startswith(_SPEC))
    return found


def write(specs: Mapping[str, Sequence[str]], out: Path) -> None:
    """Write the names, file by file, to `out`, and print how many there are of each."""
    width = max(map(len, specs), default=0)
    print("How many specs run lines of each file:")
    with out.open("w", encoding="utf-8") as file:
        for name, names in specs.items():
            print(f"{name:{width}}  {len(names):4}")
            print(f"{name}: {len(names)}", *names, sep="\n  ", end="\n\n", file=file)
    print(f"wrote {out}")


if __name__ == "__main__":
    write(by_file(Path(sys.argv[1])), Path(sys.argv[2]))
