"""Clients of `multiprocessing`, each doing a real job on this package: prints a table, fails on what is not declared.

    python reference/tests/clients/run.py [--client PART ...] [--method METHOD ...] [--route ROUTE ...]

Run from the root of a checkout, by the interpreter that has the clients; those that are not installed are left out.
What does not work is run on the stdlib too: if it fails there as well, this package has no part in it. Else it has to
be listed in clients.toml with its reason; what is listed and works must be taken off the list.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from importlib import metadata

try:
    import tomllib
except ModuleNotFoundError:  # before Python 3.11
    import tomli as tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
METHODS = ("fork", "spawn", "forkserver")
ROUTES = ("dropin", "bridge", "site")
SECONDS = 600
# On several Pythons forking warns of the threads that executors have.
OPTIONS = ("-W", "ignore::DeprecationWarning")
EVERYWHERE = "from reference import dropin\n\ndropin.install()\n"


def command(program, method, route):
    """The command line that runs a program by a route; route "stdlib": on the stdlib alone."""
    start = [sys.executable, *OPTIONS]
    if route == "dropin":
        start += ["-m", "reference"]
    return [*start, os.path.join(HERE, program), method, *(["bridge"] if route == "bridge" else [])]


def attempt(program, method, route):
    """Run a program; returns None if it did its job, else what it had to say."""
    with tempfile.TemporaryDirectory() as directory:
        path = [ROOT]
        if route == "site":
            with open(os.path.join(directory, "sitecustomize.py"), "w") as file:
                file.write(EVERYWHERE)
            path.insert(0, directory)
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
        try:
            done = subprocess.run(
                command(program, method, route),
                cwd=directory,
                env=env,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            return f"not done within {SECONDS} seconds\n{(late.stderr or b'').decode()}"
    worked = done.returncode == 0 and done.stdout.endswith("done\n")
    return None if worked else f"exit code {done.returncode}\n{done.stdout}{done.stderr}"


def version_of(client):
    """The version that is installed, that of Python for what comes with it; None: not installed."""
    if "distribution" not in client:
        return platform.python_version()
    try:
        return metadata.version(client["distribution"])
    except metadata.PackageNotFoundError:
        return None


class Table:
    """What came of each client, route and method, and what is wrong with that."""

    def __init__(self, exceptions):
        self._exceptions = exceptions
        self.complaints = []
        self.notes = []

    def cell(self, client, route, method):
        """Run a client unless it does not go there; returns what to say of it in the table."""
        if route not in client["routes"] or method not in client.get("methods", METHODS):
            return ""
        reason = self._declared(client["name"], route, method)
        why = attempt(client["program"], method, route)
        where = f"{client['name']}, {route}, {method}"
        if why is None:
            if reason is not None:
                self.complaints.append(f"{where}: works, but is listed in clients.toml")
            return "ok"
        if reason is not None:
            return f"no: {reason}"
        standard = attempt(client["program"], method, "stdlib")
        if standard is not None:
            self.notes.append(f"{where}: fails, on the stdlib too: {standard}")
            return "no, nor on the stdlib"
        self.complaints.append(f"{where}: fails, and works on the stdlib: {why}")
        return "FAILS"

    def _declared(self, name, route, method):
        for entry in self._exceptions:
            if (entry["client"], entry["route"]) == (name, route) and method in entry.get("methods", METHODS):
                return entry["reason"]
        return None


def main():
    """Run what is asked for, print the table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", action="append", help="a part of a name; default: all that are installed")
    parser.add_argument("--method", action="append", choices=METHODS)
    parser.add_argument("--route", action="append", choices=ROUTES)
    options = parser.parse_args()
    with open(os.path.join(HERE, "clients.toml"), "rb") as file:
        declared = tomllib.load(file)
    columns = [(route, method) for route in ("dropin", "bridge") for method in METHODS] + [("site", "loky")]
    columns = [
        (route, method)
        for route, method in columns
        if route in (options.route or ROUTES) and (method in (options.method or METHODS) or method not in METHODS)
    ]
    table = Table(declared.get("exception", []))
    print("| client | version |", *(f"{route} {method} |" for route, method in columns))
    print("|---|---|" + "---|" * len(columns), flush=True)
    for client in declared["client"]:
        version = version_of(client)
        if version is None or not any(part in client["name"] for part in options.client or [""]):
            continue
        print(f"| {client['name']} | {version} |", end="", flush=True)
        for route, method in columns:
            print(f" {table.cell(client, route, method)} |", end="", flush=True)
        print(flush=True)
    for line in table.notes + table.complaints:
        print(f"\nclients: {line}")
    return 1 if table.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
