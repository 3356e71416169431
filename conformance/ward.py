"""Watch over one cell after another: launch, deadline, end of all its processes, survey, verdict.

Runs in the warden, a single-threaded process that is the subreaper of everything it launches, so that
no process of a cell can get out of its sight. Knows nothing of pytest and of who asks.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

from conformance import census, stacks
from conformance.family import Family
from conformance.home import Home
from conformance.judgement import Findings
from conformance.launch import INTERNAL_ERROR, Launcher, NurseryLost, Request, Running
from conformance.load import Patience
from conformance.shelf import Entries, Shelf, describe, is_alike, is_semaphore

GRACE = 2.0
"""Seconds, unscaled, for helpers (a tracker, a fork server) to notice the end of the cell and to end themselves."""
_HARD_GRACE = 20.0
"""Seconds, unscaled, after which even a process that is busy or waits for a processor is taken for left behind."""
_AFTER_FAILURE = 4.0
"""Seconds, unscaled, for a cell to end once its spec has failed: the verdict is known."""
_SETTLE = 0.3
"""Seconds, unscaled, for other workers' entries on the shelf to go away by themselves."""
_LISTEN = 3.0
"""Seconds, at most, of listening to whether other programs leave things on the shelf."""
_MOST_LISTENING = 3
_FLOOD = 64 * 1024 * 1024
"""Bytes of output after which a cell is ended."""
_CROWD = 128
"""Processes alive at once after which a cell is ended: a target that starts children without end takes the machine."""
_TICK = 0.25
"""Seconds between two looks at a cell that runs for long."""
_KILL = 20.0
"""Seconds, unscaled, for killed processes to be gone."""
_STUMBLE = f"[WinError {INTERNAL_ERROR}]"
"""In what a cell got where the system failed to start a program."""
_OWN = "-c from conformance."
"""In the command line of every cell."""


class Undead(Exception):
    """Processes stay alive though they were killed."""


class Ward:
    """Runs cells, one at a time.

    base: a private directory with a short path.
    pause: called while waiting, with seconds and a descriptor that ends the wait; may raise to give up.
    """

    def __init__(
        self,
        base: Path,
        *,
        launcher: Launcher,
        family: Family,
        shelf: Shelf,
        scale: float,
        pause: Callable[[float, int | None], None],
    ) -> None:
        self._base = base
        self._launcher = launcher
        self._family = family
        self._shelf = shelf
        self._scale = scale
        self._pause = pause
        self._numbers = itertools.count()
        self._home: Home | None = None
        self._running: Running | None = None
        self._before: Entries | None = None

    def run(self, request: Request) -> Findings:
        """Run the cell that `request` describes, and leave nothing of it behind."""
        found, doubtful = self._persist(request)
        if doubtful and not self._shelf.certain:
            found = self._repeat(request, found, doubtful)
        self._shelf.tidy()
        return found

    def _persist(self, request: Request) -> tuple[Findings, Entries]:
        """Run the cell; once more when it was lost on the way, which is not yet the target's fault.

        Its nursery was lost; or the system stumbled over a program that the cell started.
        """
        found = Findings(status=None, ending="", entries=(), duration=0.0)
        doubtful: Entries = {}
        for _ in range(2):
            try:
                found, doubtful = self._attempt(request)
            except NurseryLost:
                self._launcher.forget(request)
                continue
            if not any(_STUMBLE in entry.get("got", "") for entry in found.entries):
                break
        return found, doubtful

    def _repeat(self, request: Request, found: Findings, doubtful: Entries) -> Findings:
        """Whether it is this cell that leaves such things: run it again, twice, while no other cell lives."""
        with self._shelf.alone():
            self._shelf.condemn(doubtful)
            if not self._is_quiet(found.duration):
                return found
            again = [sorted(self._persist(request)[1]) for _ in range(2)]
            leaked = again[0] + again[1]
            self._shelf.remove(leaked)
            kinds = [sorted(map(is_semaphore, names)) for names in again]
            if kinds[0] != kinds[1] or not {*kinds[0]} & {*map(is_semaphore, doubtful)}:
                return found
            self._shelf.remove([name for name in doubtful if any(is_alike(name, other) for other in leaked)])
        return dataclasses.replace(found, leaks=found.leaks + tuple(map(describe, again[0])))

    def _is_quiet(self, duration: float) -> bool:
        """Whether other programs leave nothing on the shelf, in the time that the cell took to leave something."""
        for _ in range(_MOST_LISTENING):
            self._before = self._shelf.entries()
            deadline = time.monotonic() + min(max(duration, _SETTLE * self._scale), _LISTEN)
            while time.monotonic() < deadline:
                self._pause(0.02, None)
                time.sleep(0.02)
            if not self._settle():
                return True
        return False

    def _attempt(self, request: Request) -> tuple[Findings, Entries]:
        """What was found, and what lies on the shelf since, of which it is not sure who left it."""
        home = self._home or Home(self._base / str(next(self._numbers)))
        self._home = None
        try:
            with self._shelf.shared():
                self._before = self._shelf.entries()
                return self._live(request, home)
        finally:
            if home.clear():
                self._home = home
                home.furnish()
            else:
                home.remove()

    def _live(self, request: Request, home: Home) -> tuple[Findings, Entries]:
        started = time.monotonic()
        try:
            running = self._running = self._launcher.launch(request, home)
            ending = self._watch(running, home, request["deadline"])
            told, end = "", os.path.getsize(home.stderr)
            if ending:
                told = stacks.dump(self._named(self._freeze(self._roots())), home.stderr, self._scale)
            status = None if ending else running.status()
            clean = status == 0
            left = self._named(self._linger()) if clean else []
        finally:
            self._end_all()
        entries = home.entries()
        leaks = tuple(map(str, left))
        # Whoever was killed could not clear up after himself.
        doubtful = self._settle() if clean and not left else {}
        if clean:
            leaks += tuple(f"file in the temporary directory: {name}" for name in home.litter())
        if self._shelf.certain:
            leaks += tuple(map(describe, sorted(doubtful)))
        elif not any(entry["kind"] == "pass" for entry in entries):
            # It is a failure anyway, and not worth to be repeated.
            doubtful = {}
        if self._shelf.certain or not doubtful:
            self._condemn_novelties()
        found = Findings(
            status=status,
            ending=ending,
            entries=entries,
            duration=time.monotonic() - started,
            stdout=home.tail("out"),
            stderr=home.tail("err", end if ending else None),
            leaks=leaks,
            stacks=told,
        )
        return found, doubtful

    def _watch(self, running: Running, home: Home, deadline: float) -> str:
        """Wait for the end of the cell: empty, or why it must be ended."""
        started, patience, after = time.monotonic(), Patience(deadline * self._scale), None
        while running.status() is None:
            elapsed = time.monotonic() - started
            if patience.left() <= 0:
                return f"had not ended after {elapsed:.0f} s"
            if home.written() > _FLOOD:
                return f"had written more than {_FLOOD} bytes"
            if elapsed > _TICK and len(census.descendants(self._roots())) > _CROWD:
                return f"had started more than {_CROWD} processes"
            if after is None and home.has_failed():
                after = Patience(_AFTER_FAILURE * self._scale)
            if after is not None and after.left() <= 0:
                return "did not exit"
            self._pause(_TICK if running.handle is not None else _TICK / 50, running.handle)
        return ""

    def _linger(self) -> list[census.Inhabitant]:
        """Who still lives after helpers had the time to end by themselves."""
        start, delay = time.monotonic(), 0.0005
        limit = Patience(_HARD_GRACE * self._scale)
        hunger: dict[int, float] = {}
        while True:
            left = self._orphans()
            if not left:
                return []
            elapsed = time.monotonic() - start
            for pid in left:
                hunger.setdefault(pid, census.hunger(pid))
            if elapsed > GRACE * self._scale:
                living = census.descendants(left)
                # Time spent waiting for a processor was no opportunity to end.
                starved = sum(census.hunger(pid) - before for pid, before in hunger.items() if pid in left)
                busy = any(process.state in "RD" for process in living)
                if limit.left() <= 0 or not (busy or elapsed < GRACE * self._scale + starved):
                    return living
            self._pause(delay, None)
            delay = min(delay * 1.5, 0.02)

    def _named(self, processes: list[census.Inhabitant]) -> list[census.Inhabitant]:
        """With a name for those whose command line is the suite's, since they were forked from a cell."""
        cell = self._running.pid if self._running is not None else None
        return [
            dataclasses.replace(process, command="the cell" if process.pid == cell else "forked from the cell")
            if _OWN in process.command
            else process
            for process in processes
        ]

    def _orphans(self) -> list[int]:
        """What lives of the cell, but for the cell itself and what is still below it."""
        return self._family.orphans(self._launcher.spared() | ({self._running.pid} if self._running else set()))

    def _end_all(self) -> None:
        """SIGKILL whatever there is of the cell, until nothing is left of it."""
        deadline = time.monotonic() + _KILL * self._scale
        while roots := self._roots():
            for process in self._freeze(roots):
                census.kill(process)
            if time.monotonic() > deadline:
                raise Undead(f"processes {roots} do not end")
            time.sleep(0.001)

    def _roots(self) -> list[int]:
        """The processes of the cell that are nearest to this one, itself among them while it runs."""
        if self._running is not None and self._is_over(self._running):
            self._running.close()
            self._running = None
        return ([self._running.pid] if self._running else []) + self._orphans()

    def _freeze(self, roots: list[int]) -> list[census.Inhabitant]:
        """Stop `roots` and all below: those who start others anew when one of them dies must not see it happen."""
        stopped: dict[tuple[int, str], census.Inhabitant] = {}
        while True:
            found = {(process.pid, process.started): process for process in census.descendants(roots)}
            fresh = [process for key, process in found.items() if key not in stopped]
            if not fresh:
                # As they were before they were stopped.
                return [stopped[key] for key in found]
            for process in fresh:
                census.stop(process)
            stopped = found | stopped

    @staticmethod
    def _is_over(running: Running) -> bool:
        try:
            return running.status() is not None
        except NurseryLost:
            return True  # The cell has become one of the orphans.

    def _settle(self) -> Entries:
        """What nobody uses on the shelf, that was not there before, and does not go away."""
        assert self._before is not None
        # On a shelf of its own, nobody is left who could yet remove it.
        deadline = time.monotonic() + (0.0 if self._shelf.certain else _SETTLE * self._scale)
        entries = self._shelf.since(self._before)
        while entries and time.monotonic() < deadline:
            self._pause(0.005, None)
            entries = self._shelf.remaining(entries)
        return entries

    def _condemn_novelties(self) -> None:
        assert self._before is not None
        self._shelf.condemn(self._shelf.since(self._before))

    def close(self) -> None:
        """End everything, in the middle of a cell too, and remove what it left."""
        self._end_all()
        if self._before is not None:
            self._condemn_novelties()
        self._launcher.close()
        self._end_all()
        self._shelf.clear(10.0)
