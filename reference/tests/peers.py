"""CPython's own tests of `multiprocessing`, run on this package: none may fail that passes on the stdlib here.

    python reference/tests/peers.py [--python PY ...] [--method METHOD ...] [--jobs N]

Run from the root of a checkout. What runs the tests is not part of it: the environment's CPYTHON_SUITE names it,
or it lies at ../shared/tools/cpython-suite; without it nothing is run, and that is said.

A test that fails is run again with its class alone, since the machine may have been busy; then on the stdlib, under
the same interpreter and start method. Tests that need not pass are listed in peers.toml, each with its reason; one that
passes now must be taken off the list.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import tomllib
except ModuleNotFoundError:  # before Python 3.11
    import tomli as tomllib

PACKAGE = "reference"
STANDARD = "multiprocessing"
METHODS = ("fork", "spawn", "forkserver")
BESIDE_THE_CHECKOUT = os.path.join("..", "shared", "tools", "cpython-suite")
EXCEPTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers.toml")
SECONDS_A_CLASS = 400

# Classes, by parts of their names, for what the package does not offer yet (pools, managers, blocks of shared memory),
# and for the insides of its arenas and of `ctypes` on them.
LEFT_OUT = (
    "Pool",
    "TestInitializers",
    "WithManager",
    "ManagerRestart",
    "TestManagerExceptions",
    "TestSyncManagerTypes",
    "SharedMemory",
    "SharedCTypes",
    "TestArray",
    "TestValue",
    "TestHeap",
)


def find_tool():
    """The program that runs the tests; None if there is none."""
    path = os.environ.get("CPYTHON_SUITE", BESIDE_THE_CHECKOUT)
    return os.path.abspath(path) if os.path.exists(path) else None


def interpreters_at_hand():
    """Paths of the Pythons from 3.11 on that bring their tests along, by version."""
    found = {}
    for minor in range(11, 16):
        path = shutil.which(f"python3.{minor}")
        version = path and version_with_tests(path)
        if version:
            found[version] = path
    return found


def version_with_tests(python):
    """The version of an interpreter, as "3.13"; None if it cannot run the tests."""
    probe = "import sys, test._test_multiprocessing; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-W", "ignore", "-c", probe], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def run_tests(tool, package, python, method, *, jobs, classes=()):
    """Run all classes, or some; returns what became of each test, and the class that it is of."""
    command = [sys.executable, tool, package, "--python", python, "--method", method, "--jobs", str(jobs)]
    command += ["--timeout", str(SECONDS_A_CLASS)]
    for part in LEFT_OUT:
        command += ["--exclude", part]
    for name in sorted(classes):
        command += ["--match", name]
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "results.json")
        done = subprocess.run([*command, "--json", path], capture_output=True, text=True, check=False)
        if not os.path.exists(path):
            raise SystemExit(f"{tool} could not run:\n{done.stdout}{done.stderr}")
        with open(path) as file:
            rows = json.load(file)
    if not rows:
        raise SystemExit(f"{tool} ran no test:\n{done.stdout}{done.stderr}")
    return {row["test"]: (row["result"], row["class"], row["why"]) for row in rows}


def failures(results):
    """The tests that neither passed nor were skipped."""
    return {test for test, (result, _, _) in results.items() if result not in ("pass", "skip")}


def excused(exceptions, version, method):
    """The listed tests that need not pass under this version and start method."""
    number = _as_number(version)
    return {
        entry["test"]
        for entry in exceptions
        if _as_number(entry.get("since", "0")) <= number <= _as_number(entry.get("until", "99"))
        and method in entry.get("methods", METHODS)
    }


def _as_number(version):
    return tuple(map(int, version.split(".")))


def compare(tool, python, version, method, exceptions, jobs):
    """Run one interpreter and start method; returns complaints, and a line that sums up."""
    results = run_tests(tool, PACKAGE, python, method, jobs=jobs)
    listed = excused(exceptions, version, method)
    complaints = [
        f"{test}: passes, but is listed in {os.path.basename(EXCEPTIONS)}"
        for test in sorted(listed)
        if results.get(test, ("absent",))[0] == "pass"
    ]
    failed = failures(results) - listed
    if failed:
        alone = run_tests(tool, PACKAGE, python, method, jobs=1, classes={results[test][1] for test in failed})
        failed = {test for test in failed if test in failures(alone) or test not in alone}
    if failed:
        standard = run_tests(tool, STANDARD, python, method, jobs=1, classes={results[test][1] for test in failed})
        complaints += [
            f"{test}: {results[test][0]}, passes on the stdlib\n{results[test][2]}"
            for test in sorted(failed)
            if standard.get(test, ("pass",))[0] == "pass"
        ]
    passed = sum(result == "pass" for result, _, _ in results.values())
    return complaints, f"{version} {method}: {passed} of {len(results)} pass, {len(failures(results) & listed)} excused"


def main():
    """Run, say what was found, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="an interpreter; default: all that are at hand")
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    tool = find_tool()
    if tool is None:
        print(f"peers: skipped, there is no cpython-suite (CPYTHON_SUITE, or {BESIDE_THE_CHECKOUT})")
        return 0
    if options.python:
        pythons = {version_with_tests(python): python for python in options.python}
    else:
        pythons = interpreters_at_hand()
    if not pythons or None in pythons:
        print("peers: no interpreter that brings its tests along" + (f": {pythons[None]}" if pythons else ""))
        return 2
    with open(EXCEPTIONS, "rb") as file:
        exceptions = tomllib.load(file)["exception"]
    wrong = 0
    for version, python in pythons.items():
        for method in options.method or METHODS:
            complaints, summary = compare(tool, python, version, method, exceptions, options.jobs)
            print(f"peers: {summary}, {len(complaints)} wrong", *complaints, sep="\n  ", flush=True)
            wrong += len(complaints)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
