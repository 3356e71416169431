"""The process between the suite and what it tests: everything under test is launched by it and dies with it.

One warden serves one `Isolation`, over a socket, in JSON lines. It is a session of its own, which no
Ctrl-C reaches, and the subreaper of all its descendants. When the socket ends, because the suite is
done or was killed, it ends whatever runs, removes its files, and leaves. Single-threaded.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from conformance.common_shelf import CommonShelf
from conformance.family import Adopted, Family, Marked
from conformance.launch import MARKER, Launcher
from conformance.seclusion import OWN_SHELF, SUBREAPER, become_subreaper, retreat
from conformance.service import answer
from conformance.shelf import SHELF, OwnShelf, Shelf
from conformance.ward import Ward


class Abandoned(Exception):
    """The suite has gone."""


class Warden:
    """Answers requests until the other end of `link` is closed."""

    def __init__(self, link: socket.socket, base: Path, settings: dict[str, Any]) -> None:
        self._link = link
        self._rest = b""
        scale, marker, means = settings["scale"], settings["marker"], settings["means"]
        launcher = Launcher(base, side=Path(settings["side"]), scale=scale, marker=marker, pause=self._pause)
        family: Family = Marked(MARKER, marker)
        if SUBREAPER in means and become_subreaper():
            family = Adopted()
        shelf: Shelf = CommonShelf(lambda: self._pause(0.0, None))
        if OWN_SHELF in means and retreat(SHELF):
            shelf = OwnShelf()
        self._ward = Ward(base, launcher=launcher, family=family, shelf=shelf, scale=scale, pause=self._pause)

    def _pause(self, seconds: float, handle: int | None) -> None:
        """Wait until `handle` is readable, at most `seconds`. Raises Abandoned as soon as the suite has gone."""
        mine = self._link.fileno()
        ready, _, _ = select.select([mine] if handle is None else [mine, handle], [], [], seconds)
        if mine in ready:
            # Nothing is asked before the answer to the last question: only the end of the socket can be read.
            raise Abandoned

    def _next(self) -> bytes:
        while b"\n" not in self._rest:
            data = self._link.recv(65536)
            if not data:
                raise Abandoned
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line

    def serve(self) -> None:
        """Answer one request after the other."""
        try:
            while True:
                reply = answer(self._ward, json.loads(self._next()))
                self._link.sendall(json.dumps(reply).encode() + b"\n")
        except (Abandoned, ConnectionError):
            pass  # Only this ends a warden.
        finally:
            self._ward.close()


def _shed_dispositions() -> None:
    """Have what is launched start with default signals, however this process was started (nohup, `&`)."""
    for signum in signal.valid_signals() - {signal.SIGPIPE}:
        if signal.getsignal(signum) == signal.SIG_IGN:
            signal.signal(signum, signal.SIG_DFL)
    # A handler, unlike SIG_IGN, is not inherited by what is executed.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGHUP, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def main() -> None:
    """Serve the suite at the other end of the socket whose number is the first argument."""
    base, settings = Path(sys.argv[2]), json.loads(sys.argv[3])
    _shed_dispositions()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    with socket.socket(fileno=int(sys.argv[1])) as link:
        warden = Warden(link, base, settings)
        try:
            warden.serve()
        finally:
            shutil.rmtree(base, ignore_errors=True)
            os.chdir("/")
