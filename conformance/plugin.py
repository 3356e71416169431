"""The entry point through which pytest finds the suite: its options, and nothing else.

pytest imports this in every session of every project in an environment where the suite is installed.
So it imports next to nothing, and unless `--target` is given it does nothing but keep the specs from
being taken for ordinary tests. What judges is `session`, loaded through pytest's plugin manager.
"""

from __future__ import annotations

from pathlib import Path

import pytest

SPECS = Path(__file__).with_name("specs")
PACKAGE = "conformance.specs"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the suite's options, named as the command line of `python -m conformance run` names them."""
    group = parser.getgroup(
        "conformance", "judging an implementation of multiprocessing (pytest --pyargs conformance.specs)"
    )
    several = {"action": "append", "default": [], "metavar": "NAME"}
    group.addoption("--target", dest="conformance_targets", help="judge this implementation; repeatable", **several)
    group.addoption("--method", dest="conformance_methods", help="only under this start method", **several)
    group.addoption("--subject", dest="conformance_subjects", help="only requirements on this subject", **several)
    group.addoption("--level", dest="conformance_levels", help="only requirements of this level", **several)
    group.addoption("--python", dest="conformance_pythons", help="run cells under this interpreter", **several)
    group.addoption("--path", dest="conformance_paths", help="look for targets in this directory first", **several)
    group.addoption("--fresh", dest="conformance_fresh", action="store_true", help="a new interpreter for every cell")
    group.addoption("--shard", dest="conformance_shard", metavar="K/N", help="only the Kth of N shares of the cells")
    group.addoption("--record", dest="conformance_record", metavar="FILE", help="write a record of all cells")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load what judges, if there is something to judge."""
    if config.getoption("conformance_targets"):
        config.pluginmanager.import_plugin("conformance.session")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over the specs when pytest comes across them and no target is given."""
    return True if collection_path == SPECS and not config.getoption("conformance_targets") else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Refuse to take the specs for ordinary tests when they are asked for by name."""
    config = session.config
    if config.getoption("conformance_targets"):
        return
    for argument in config.args:
        place = argument.partition("::")[0]
        named = place == PACKAGE or place.startswith(PACKAGE + ".")
        if named or SPECS in (Path(place).absolute(), *Path(place).absolute().parents):
            raise pytest.UsageError(
                "the specs judge an implementation: say which with --target NAME (as --target stdlib)"
            )
