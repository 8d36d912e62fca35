"""Plays a scenario: writes what agents write, and lets a ledger follow."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from tests.unit.usage.scenarios import Scenario, Step
from tests.unit.usage.world import Follower

from ringlet.agents.usage.claude_events import call_of
from ringlet.agents.usage.otlp import events
from ringlet.domain.billing import Billing
from ringlet.engine.usage.pricing import ListPrices
from ringlet.store.paths import Paths
from ringlet.store.prices import PriceBook
from ringlet.store.quarantine import Quarantine

_FIRST_WRITE: Final = 1_795_176_000  # 2026-11-20T12:00Z; each step is a minute later
_OPENCODE: Final = """
    CREATE TABLE session (id TEXT PRIMARY KEY, parent_id TEXT, directory TEXT);
    CREATE TABLE message (id TEXT PRIMARY KEY, session_id TEXT, data TEXT);
"""


class Player:
    """One home and its ledger. With `eager` every line is read as soon as it is written.

    The words after "!" are the methods whose names begin with `do_`.
    """

    def __init__(self, folder: Path, *, eager: bool) -> None:
        self.home = folder / "home"
        self.folder = folder
        self._eager = eager
        self._minute = 0
        self.billing: dict[str, Billing] = {}
        for name in ("home", "config", "config/telemetry", "config/registry"):
            (folder / name).mkdir(exist_ok=True)
        self._paths = Paths(folder / "config", folder, folder, folder)
        quarantine = Quarantine(self._paths.quarantine)
        self._prices = ListPrices(
            PriceBook(self._paths, quarantine), absorb=int, report=quarantine.report
        )
        self.follower = Follower(self.home, folder / "usage.db", price=self._prices)

    def play(self, scenario: Scenario) -> None:
        """All steps but the reports."""
        for step in scenario.steps:
            self._minute += 1
            if step.sign == ">":
                self._append(self.home / step.words, step.content)
            elif step.sign == "!":
                verb, *words = step.words.split()
                getattr(self, f"do_{verb}")(step, *words)
                if self._eager:
                    self.follower.refresh()
        self.follower.refresh()
        self._prices.settle(self.follower.ledger)

    def _append(self, path: Path, lines: list[bytes], mode: str = "ab") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = lines if self._eager else [b"".join(lines)]
        for part in parts:
            with path.open(mode) as file:
                file.write(part)
            mode = "ab"
            self._stamp(path)
            if self._eager:
                self.follower.refresh()

    def _stamp(self, path: Path) -> None:
        moment = _FIRST_WRITE + 60 * self._minute
        os.utime(path, (moment, moment))

    def do_read(self, step: Step) -> None:
        """Let the ledger follow now, not only at the end."""
        self.follower.refresh()

    def do_restart(self, step: Step) -> None:
        """A new daemon goes on with the same ledger."""
        self.follower.begin()

    def do_rewrite(self, step: Step, path: str) -> None:
        """The file gets other content in its place."""
        self._append(self.home / path, step.content, "wb")

    def do_replace(self, step: Step, path: str) -> None:
        """Another file comes to lie where it was."""
        fresh = self.home / "fresh"
        fresh.write_bytes(b"".join(step.content))
        fresh.rename(self.home / path)
        self._stamp(self.home / path)

    def do_truncate(self, step: Step, path: str, lines: str) -> None:
        """Only so many lines of the file are left."""
        kept = (self.home / path).read_bytes().splitlines(keepends=True)[: int(lines)]
        os.truncate(self.home / path, sum(map(len, kept)))

    def do_remove(self, step: Step, path: str) -> None:
        (self.home / path).unlink()

    def do_rename(self, step: Step, path: str, to: str) -> None:
        (self.home / to).parent.mkdir(parents=True, exist_ok=True)
        (self.home / path).rename(self.home / to)

    def do_opencode(self, step: Step) -> None:
        """SQL in OpenCode's database."""
        path = self.home / ".local/share/opencode/opencode.db"
        fresh = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path)
        connection.executescript(_OPENCODE * fresh + "\n".join(step.lines))
        connection.close()
        self._stamp(path)

    def do_prices(self, step: Step) -> None:
        """The user's own list of prices."""
        self._paths.own_prices.write_bytes(b"".join(step.content))

    def do_billing(self, step: Step, mode: str, factor: str = "1") -> None:
        """How the profile, `work`, is billed."""
        self.billing = {"work": msgspec.convert({"mode": mode, "factor": float(factor)}, Billing)}

    def do_report(self, step: Step) -> None:
        """What Claude Code tells while it runs: an event for each line, its attributes."""
        for line in step.lines:
            given = json.loads(line)
            time = datetime.fromisoformat(given.pop("time")).timestamp()
            told = [{"key": name, "value": {"stringValue": str(v)}} for name, v in given.items()]
            record = {
                "timeUnixNano": str(int(time) * 10**9),
                "body": {"stringValue": "claude_code.api_request"},
                "attributes": told,
            }
            body = {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}
            calls = [c for e in events(json.dumps(body).encode()) for c in call_of(e)]
            owned = [msgspec.structs.replace(call, profile="work") for call in calls]
            self.follower.ledger.report(owned, self._prices)
