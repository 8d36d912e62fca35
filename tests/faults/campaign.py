"""Trial after trial, each made of the seed and its number alone."""

from __future__ import annotations

import ctypes
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import psutil
from tests.faults import daemons, lines, requests, scratch, values
from tests.faults.surroundings import HEAVY, LIGHT
from tests.faults.trials import PATIENCE, Outcome, attempt

_PR_SET_CHILD_SUBREAPER: Final = 36
_REQUESTS: Final = 40  # in one trial: they are quick


@dataclass
class Campaign:
    """Everything that trials share; `say` is told each thing that is wrong."""

    folder: Path
    seed: int
    say: Callable[[str], object]
    done: int = 0
    failed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # else commands ignore it, too
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)  # orphans become our children
        self.folder.chmod(0o755)
        self.paths = values.prepare_paths(self.folder / "paths")
        self.tree = lines.leaves()
        self.main = scratch.prepare(self.folder / "main", self.folder)
        self.daemon = self.main.daemon() or 0

    def run(self, number: int) -> None:
        """One trial."""
        chance = Random(f"{self.seed}:{number}")  # noqa: S311 - the same each time
        kind = chance.random()
        if kind < 0.12:
            faults = self._ask(chance)
        elif kind < 0.55:
            faults = self._in_use(chance)
        else:
            faults = self._anew(chance)
        faults += self._look_after()
        self.done += 1
        if faults:
            self.failed.append(number)
            self.say(f"trial {number}: " + "\n  and: ".join(faults))

    def close(self) -> None:
        """End the daemon that all trials shared."""
        self.main.run("daemon", "stop")
        for process in scratch.strangers(set()):
            process.kill()

    def _ask(self, chance: Random) -> list[str]:
        endpoint = (self.main.config / "daemon-endpoint").read_text()
        link = requests.open_link(endpoint, PATIENCE)
        try:
            for _ in range(_REQUESTS):
                body = requests.body(chance, self.paths)
                if fault := requests.ask(link, body):
                    return [f"{fault}\n  request {body[:300]!r}"]
        finally:
            link.close()
        return []

    def _in_use(self, chance: Random) -> list[str]:
        """A command for the daemon that runs, itself in bad surroundings sometimes."""
        here = self.main.surroundings()
        if chance.random() < 0.5:
            chance.choice(LIGHT)(here, chance, self.paths)
        argv = lines.line(chance, self.tree, self.paths)
        return _told(attempt(argv, here, self.folder))

    def _anew(self, chance: Random) -> list[str]:
        """An account of its own, in bad surroundings; then its daemon has to end."""
        root = self.folder / "fresh"
        shutil.rmtree(root, ignore_errors=True)
        user = scratch.nobody() if chance.random() < 0.4 else 0
        account = scratch.Account(root, self.folder, user=user)
        faults: list[str] = []
        state = chance.choice((None, None, None, *daemons.STATES))
        names = [state.__name__] if state else []
        if state:
            state(account)
        here = account.surroundings()
        here.names += names
        for fault in chance.sample(HEAVY, 1 if state or chance.random() < 0.7 else 2):
            if not state or chance.random() < 0.2:
                fault(here, chance, self.paths)
        argv = lines.line(chance, self.tree, self.paths)
        for words in (argv, [b"profiles", b"list"], [b"daemon", b"stop"]):
            faults += _told(attempt(words, here, self.folder))
        return faults + [f"the log tells of {line}" for line in account.complaints()]

    def _look_after(self) -> list[str]:
        """End what a trial left, which may be daemons and nothing else; the main one lives."""
        faults = []
        faults += [f"the log tells of {line}" for line in self.main.complaints()]
        self._pause_for_ends()
        for process in scratch.strangers({self.daemon}):
            if scratch.is_daemon(process):
                if fault := scratch.end(process):
                    faults.append(fault)
            elif name := _name(process):
                faults.append(f"left behind: {name}")
                process.kill()
        ended = scratch.collect()
        if self.daemon in ended:
            if ended[self.daemon] != 0:
                faults.append(f"the daemon ended with {ended[self.daemon]}")
            restarted = self.main.run("daemon", "start", "--stay-alive")
            if restarted.returncode:
                faults.append(f"no new daemon: {restarted.stderr!r}")
        self.daemon = self.main.daemon() or 0
        return faults

    def _pause_for_ends(self) -> None:
        """What is ending gets the time for it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if all(map(scratch.is_daemon, scratch.strangers({self.daemon}))):
                return
            time.sleep(0.02)


def _told(outcome: Outcome) -> list[str]:
    return [outcome.describe()] if outcome.faults else []


def _name(process: psutil.Process) -> str:
    """What a process is; nothing if it has gone meanwhile."""
    try:
        words = " ".join(process.cmdline())[:200]
        return f"{process.pid} {words}" if words else ""
    except psutil.Error:
        return ""
