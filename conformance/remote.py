"""The engine that has a warden run the cells: launches it, talks to it, and sweeps up should it be killed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from conformance import census
from conformance.engine import Premises, prepare
from conformance.launch import MARKER

_START = "import sys; sys.path.insert(0, {side!r}); from conformance.warden import main; main()"
_PATIENCE = 600.0
"""Seconds beyond all deadlines after which the warden itself is taken for hung."""


class Remote:
    """As `Engine`. The warden is launched by the first request, and again after it was lost."""

    def __init__(self, rundir: Path, scale: float, means: Collection[str]) -> None:
        self._rundir = rundir
        self._scale = scale
        self._means = list(means)
        self._premises: Premises | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """As `Engine.ask`. However it fails, the warden ends too: its answer would come too late."""
        answer = b""
        try:
            link = self._link or self._start()
            link.settimeout(_PATIENCE + 20 * deadline * self._scale)
            link.sendall(json.dumps(request).encode() + b"\n")
            while not answer.endswith(b"\n"):
                data = link.recv(65536)
                if not data:
                    raise ConnectionError(f"the warden ended: {self._last_words()}")
                answer += data
        except BaseException:
            self.close()
            raise
        plain: dict[str, Any] = json.loads(answer)
        return plain

    def close(self) -> None:
        """As `Engine.close`: the warden ends everything as soon as its socket does."""
        process, link, premises = self._process, self._link, self._premises
        self._process = self._link = self._premises = None
        if link is not None:
            link.close()
        if process is not None:
            try:
                process.wait(60.0 * self._scale)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if premises is not None:
            # Only a warden that did not end well leaves anything.
            for inhabitant in census.marked(MARKER, premises.marker):
                census.kill(inhabitant)
            premises.remove()

    def _last_words(self) -> str:
        if self._premises is None:
            return ""
        try:
            return (self._premises.base / "warden.log").read_text(errors="replace")[-2000:].strip()
        except OSError:
            return "and its files are gone"

    def _start(self) -> socket.socket:
        premises = self._premises = prepare(self._rundir)
        settings = {
            "scale": self._scale,
            "side": str(premises.side),
            "marker": premises.marker,
            "means": self._means,
        }
        self._link, other = socket.socketpair()
        command = [sys.executable, "-c", _START.format(side=str(premises.side))]
        with other, (premises.base / "warden.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, str(other.fileno()), str(premises.base), json.dumps(settings)],
                cwd=premises.base,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(other.fileno(),),
            )
        return self._link
