"""CPython's own tests of `ProcessPoolExecutor`, with this package as `multiprocessing`: as many pass as on the stdlib.

    python reference/tests/process_pool_peers.py [--python PY ...]

Run from the root of a checkout. Interpreters that do not bring their tests along, or not as a package of their own
(before 3.13), are left out.
"""

import argparse
import os
import re
import subprocess
import sys

import peers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTS = "test.test_concurrent_futures.test_process_pool"
SECONDS = 1800


def counts(python, *dropin):
    """What unittest says at its end, without the time, and all that it said."""
    env = {**os.environ, "PYTHONPATH": ROOT}
    command = [python, *dropin, "-m", "unittest", TESTS]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    found = re.search(r"^Ran (\d+) tests? in .*\n\n(.+)$", done.stderr, re.MULTILINE)
    return (f"{found[1]} tests, {found[2]}" if found else f"exit code {done.returncode}"), done.stderr


def has_tests(python):
    """Whether an interpreter brings the tests along."""
    return subprocess.run([python, "-c", f"import {TESTS}"], capture_output=True, check=False).returncode == 0


def main():
    """Run, say what was found, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="an interpreter; default: all that are at hand")
    options = parser.parse_args()
    pythons = [python for python in options.python or peers.interpreters_at_hand().values() if has_tests(python)]
    if not pythons:
        print("process pool: skipped, no interpreter that brings its tests along")
    wrong = 0
    for python in pythons:
        ours, said = counts(python, "-m", "reference")
        standard, _ = counts(python)
        print(f"process pool: {peers.version_with_tests(python)}: {ours}; on the stdlib {standard}", flush=True)
        if ours != standard:
            print(said)
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
