"""How cells come to life: freshly executed, or forked by a nursery that has imported the target.

Belongs to the warden, whose direct children all of these are. Every descriptor is private: what is
launched inherits its three standard files, and a nursery its two pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from conformance.home import Home

Request = dict[str, Any]

MARKER = "CONFORMANCE_CELL"
"""Environment variable that everything launched by one warden has, with a value of its own."""
INTERNAL_ERROR = 1359
"""Of Windows. Wine says so when a program ends while it is still being started, now and then on a busy machine."""
_FOR_THE_CELL = ("module", "function", "target", "method", "strict", "arguments", "patience")
"""What of a request concerns the cell itself."""
_FRESH = "from conformance.cell import fresh; fresh()"
_NURSERY = "from conformance.nursery import main; main()"
_MOST_NURSERIES = 4
_READY = 30.0
"""Seconds, unscaled, for a target to be imported."""
_REPLY = 60.0
"""Seconds, unscaled, for a nursery to fork; reached only when something is badly wrong."""
_PAUSES = (0.2, 1.0, 5.0)
"""Seconds before that is tried again."""


class NurseryLost(Exception):
    """The nursery ended, or does not answer."""


def _begin(command: list[str], **details: Any) -> subprocess.Popen[bytes]:
    for pause in _PAUSES:
        try:
            return subprocess.Popen(command, **details)
        except OSError as error:
            if getattr(error, "winerror", None) != INTERNAL_ERROR:
                raise
        time.sleep(pause)
    return subprocess.Popen(command, **details)


class Running(Protocol):
    """A cell that was started."""

    pid: int
    handle: int | None
    """Can be waited for until the cell has ended, and is readable then; None: ask `status` now and then."""

    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""

    def close(self) -> None:
        """Give up the handle."""


class FreshCell:
    """A cell in an interpreter of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self.handle: int | None = None
        if sys.platform == "win32":
            # Private, but there is no other; to ask now and then is dear under Wine.
            self.handle = int(process._handle)
        elif hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self.handle = os.pidfd_open(self.pid)

    def status(self) -> int | None:
        """As `Running.status`."""
        return self._process.poll()

    def close(self) -> None:
        if self.handle is not None and sys.platform != "win32":
            os.close(self.handle)


class WarmCell:
    """A cell that a nursery forked, which also waits for it."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._status: int | None = None
        self.handle: int | None = nursery.replies

    def status(self) -> int | None:
        """As `Running.status`. Raises NurseryLost."""
        if self._status is None:
            message = self._nursery.message(0)
            if message is not None:
                self._status = os.waitstatus_to_exitcode(message["status"])
        return self._status

    def close(self) -> None:
        pass


class Nursery:
    """A warm interpreter with the target imported."""

    def __init__(self, process: subprocess.Popen[bytes], requests: int, replies: int) -> None:
        self.pid = process.pid
        self.replies = replies
        self._process = process
        self._requests = requests
        self._rest = b""

    def message(self, timeout: float) -> dict[str, Any] | None:
        """The next message, or None when none came in `timeout` seconds. Raises NurseryLost."""
        while b"\n" not in self._rest:
            if not select.select([self.replies], [], [], timeout)[0]:
                return None
            data = os.read(self.replies, 65536)
            if not data:
                raise self._lost()
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def ask(self, request: Request) -> None:
        """Request a cell. Raises NurseryLost."""
        try:
            os.write(self._requests, json.dumps(request).encode() + b"\n")
        except BrokenPipeError as error:
            raise self._lost() from error

    def _lost(self) -> NurseryLost:
        # Its pipes are closed before its children come to the process above. Once it is gone they have come.
        self._process.kill()
        self._process.wait()
        return NurseryLost("the interpreter that imports the target has ended")

    def stop(self, patience: float) -> None:
        """Let it end by a normal exit, or else end it."""
        os.close(self._requests)
        os.close(self.replies)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Launcher:
    """Starts cells, and keeps the nurseries that were used last.

    base: a private directory. side: a directory that holds the package `conformance` and nothing else.
    pause: called while waiting, with seconds and a descriptor; may raise to give up.
    """

    def __init__(
        self, base: Path, *, side: Path, scale: float, marker: str, pause: Callable[[float, int | None], None]
    ) -> None:
        self._base = base
        self._side = side
        self._scale = scale
        self._marker = marker
        self._pause = pause
        self._nurseries: dict[tuple[str, ...], Nursery | None] = {}
        (base / "void").mkdir()

    def spared(self) -> set[int]:
        """Pids of the nurseries, which are no part of a cell."""
        return {nursery.pid for nursery in self._nurseries.values() if nursery is not None}

    def launch(self, request: Request, home: Home) -> Running:
        """Start the cell that `request` asks for. Raises NurseryLost, or OSError for an interpreter that is none."""
        order: Request = {key: request[key] for key in _FOR_THE_CELL if key in request}
        order |= {"home": str(home.root), "nonce": home.nonce}
        if not request["fresh"]:
            nursery = self._nursery(request)
            if nursery is not None:
                nursery.ask(order | {"lead": True})
                message = self._reply(nursery, _REPLY)
                if "pid" in message:
                    return WarmCell(nursery, message["pid"])
        return self._execute(request, order | {"lead": False}, home)

    def _reply(self, nursery: Nursery, patience: float) -> dict[str, Any]:
        deadline = time.monotonic() + patience * self._scale
        while time.monotonic() < deadline:
            self._pause(1.0, nursery.replies)
            message = nursery.message(0)
            if message is not None:
                return message
        raise NurseryLost("the interpreter that imports the target does not answer")

    def _environment(self, request: Request) -> dict[str, str]:
        """The caller's own environment, and what the suite adds to it."""
        path = [str(self._side), *request["path"], *filter(None, [os.environ.get("PYTHONPATH")])]
        added = {
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONFAULTHANDLER": "1",
            "CONFORMANCE_SCALE": str(self._scale),
            MARKER: self._marker,
        }
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        return inherited | added

    def _execute(self, request: Request, order: Request, home: Home) -> FreshCell:
        environment = self._environment(request) | {"TMPDIR": str(home.root / "tmp")}
        with (home.root / "out").open("ab") as out, (home.root / "err").open("ab") as err:
            process = _begin(
                [request["python"], "-c", _FRESH, json.dumps(order)],
                cwd=home.root / "work",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        _offer(process.pid)
        return FreshCell(process)

    def _nursery(self, request: Request) -> Nursery | None:
        """The nursery for this interpreter and target; None when there can be none."""
        key = (request["python"], request["target"], *request["path"])
        if key in self._nurseries:
            # The one used last stands last.
            self._nurseries[key] = self._nurseries.pop(key)
            return self._nurseries[key]
        while len(self._nurseries) >= _MOST_NURSERIES:
            self.dismiss(next(iter(self._nurseries)))
        nursery = self._start(request)
        self._nurseries[key] = nursery
        try:
            self._reply(nursery, _READY)
        except NurseryLost:
            # Importing the target ended or blocked it: every cell will meet that for itself.
            self.dismiss(key)
            self._nurseries[key] = None
        return self._nurseries[key]

    def _start(self, request: Request) -> Nursery:
        pipes = [os.pipe(), os.pipe()]
        (incoming, requests), (replies, outgoing) = pipes
        try:
            with (self._base / "nursery.log").open("ab") as log:
                process = subprocess.Popen(
                    [request["python"], "-c", _NURSERY, request["target"], str(incoming), str(outgoing)],
                    cwd=self._base / "void",
                    env=self._environment(request),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(incoming, outgoing),
                )
        except OSError:
            os.close(requests)
            os.close(replies)
            raise
        finally:
            os.close(incoming)
            os.close(outgoing)
        _offer(process.pid)
        return Nursery(process, requests, replies)

    def dismiss(self, key: tuple[str, ...]) -> None:
        """End the nursery of `key`."""
        nursery = self._nurseries.pop(key, None)
        if nursery is not None:
            nursery.stop(2.0 * self._scale)

    def forget(self, request: Mapping[str, Any]) -> None:
        """End the nursery that `request` would use: it is not as it should be."""
        self.dismiss((request["python"], request["target"], *request["path"]))

    def close(self) -> None:
        """End all nurseries."""
        for key in list(self._nurseries):
            self.dismiss(key)


def _offer(pid: int) -> None:
    """When memory runs out, what is under test shall end before the suite. Its children inherit this."""
    with contextlib.suppress(OSError):  # No such file on this platform.
        Path(f"/proc/{pid}/oom_score_adj").write_text("600")
