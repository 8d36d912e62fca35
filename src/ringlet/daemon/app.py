"""The composition root: the only place that knows everything."""

from __future__ import annotations

import os
import time

import msgspec

from ringlet import __version__
from ringlet.daemon.parts.budgets import BudgetParts
from ringlet.wire.protocol import PROTOCOL_VERSION
from ringlet.wire.replies.daemon import DaemonInfo


class App(BudgetParts):
    """All parts, wired, and what they are together: the thing that runs."""

    @property
    def active_runs(self) -> int:
        """Runs that have not ended, as far as anybody has asked for runs."""
        return self.runs.count if "runs" in self.__dict__ else 0

    @property
    def is_busy(self) -> bool:
        """Whether something goes on that nobody is connected for."""
        reading = "usage" in self.__dict__ and self.usage.is_busy
        return bool(self.active_runs) or reading

    def status(self) -> DaemonInfo:
        """About this process."""
        return DaemonInfo(
            status="running",
            pid=os.getpid(),
            version=__version__,
            protocol=PROTOCOL_VERSION,
            uptime_secs=round(time.monotonic() - self.began, 3),
            endpoint=self.place.endpoint,
            events_endpoint=self.place.events_endpoint,
            http_endpoint=self.http_endpoint,
            config_dir=str(self.paths.config),
            log_file=str(self.paths.logs / "ringletd.log"),
            profiles_count=len(self.store.all()),
            active_runs=self.runs.count,
            idle_timeout_secs=self.place.idle_timeout,
            stay_alive=self.place.stay_alive,
            options=self.place.options,
            secret_store=self.vault.description,
            problems=self.all_problems(),
        )

    def adjust(
        self, *, stay_alive: bool | None, idle_timeout: float | None, log_level: str | None
    ) -> None:
        """Change how this process was started, as far as it is given."""
        place = self.place
        self.place = msgspec.structs.replace(
            place,
            stay_alive=place.stay_alive if stay_alive is None else stay_alive,
            idle_timeout=place.idle_timeout if idle_timeout is None else idle_timeout,
            timed=place.timed or idle_timeout is not None,
            log_level=log_level or place.log_level,
        )
        self.adjusted(self.place)

    async def close(self) -> None:
        """Let go of whatever was used."""
        import asyncio

        if "enforcement" in self.__dict__:  # it asks the others
            await self.enforcement.close()
        names = ("runs", "demo", "lifecycle", "usage", "agents")
        parts = [self.__dict__[name] for name in names if name in self.__dict__]
        await asyncio.gather(*(part.close() for part in parts))
