"""Have the ledger open, and bring it back when something has happened to its file.

A damaged ledger is exchanged for what can be salvaged of it while the daemon goes on. Whatever
passes (a full disk, missing rights, no free descriptor) is tried again at the next question.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.usage.intake import Intake
from ringlet.store.ledger.examination import look_through
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.opening import mend, open_ledger
from ringlet.store.ledger.repair import Salvaged, is_unfinished, salvaged_from
from ringlet.store.quarantine import Quarantine

_log = logging.getLogger(__name__)
_PATIENCE: Final = 5.0  # how long a question waits for a ledger that is being opened or mended
_AGAIN: Final = 15.0  # after that something that passes is tried again, whether anybody asks or not


class Keeper:
    """Owns the intake and its ledger. `make` makes the intake of a ledger; blocks."""

    def __init__(
        self, path: Path, quarantine: Quarantine, make: Callable[[Ledger], Intake]
    ) -> None:
        self._path = path
        self._quarantine = quarantine
        self._make = make
        self._intake: Intake | None = None
        self._work: asyncio.Task[Intake] | None = None
        self._again: asyncio.TimerHandle | None = None
        self._closing = self._tidied = False
        self._problem = self._hint = ""
        self._salvaged: Salvaged | None = None

    @property
    def is_busy(self) -> bool:
        """Whether something goes on that must not be cut off for lack of clients."""
        reading = self._intake is not None and self._intake.is_reading
        return reading or self._work is not None

    @property
    def problems(self) -> list[str]:
        """What is wrong with the ledger just now, or was lost of it; each a sentence."""
        if self._problem:
            return [self._problem]
        if self._salvaged is None or not os.path.exists(self._salvaged.kept):
            return []
        return [f"{self._path}: {self._salvaged.tell()}"]

    @property
    def unread(self) -> dict[str, str]:
        """Files of agents that could not be read, as far as they were looked at."""
        return self._intake.problems if self._intake is not None else {}

    @property
    def hint(self) -> str:
        """What to do about the problem of just now."""
        return self._hint

    @property
    def salvaged(self) -> Salvaged | None:
        """What the ledger was made of, while the damaged one is still there to look at."""
        return self._salvaged if self.problems and not self._problem else None

    async def ready(self) -> Intake:
        """The intake; raises STORAGE_ERROR if its ledger cannot be had now, or not soon."""
        if self._intake is not None and not self._intake.ledger.damage and self._work is None:
            return self._intake
        if self._closing:
            raise RingletError(ErrorCode.STORAGE_ERROR, "The daemon is shutting down")
        task = self._begin(self._open())
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
        if not done:
            raise RingletError(
                ErrorCode.STORAGE_ERROR,
                f"The ledger {self._path} cannot be used yet: it is being opened or mended",
                hint="Ask again in a moment; `ringlet doctor` says what came of it.",
            )
        return task.result()

    async def recovers(self, error: RingletError, intake: Intake | None) -> bool:
        """Whether what failed with the intake is worth another try: its ledger was mended."""
        if not isinstance(error.__cause__, sqlite3.Error):
            return False
        if intake is not None and (intake.ledger.damage or intake is not self._intake):
            await self.ready()
            return True
        self._notice(error)
        return False

    def is_well(self) -> None:
        """A question was answered, so whatever was wrong has passed."""
        self._problem = ""

    async def check(self) -> str:
        """Look through all of the ledger's file without using it; what is damaged, or nothing.

        What keeps us from looking is one of the `problems` afterwards.
        """
        if self._work is not None:
            return ""  # it is being done
        try:
            fault = await asyncio.to_thread(
                look_through, self._path, thorough=True, is_over=self._is_over
            )
        except RingletError as error:
            self._notice(error)
            return ""
        if self._problem and not fault:
            await self._try_again()
        return fault

    async def recover(self) -> None:
        """Mend the ledger if it is damaged, or open it; what fails is one of the `problems`."""
        if fault := await self.check():
            try:
                await self.mend(fault)
            except RingletError as error:
                self._notice(error)
        elif self._problem:
            await self._try_again()

    async def mend(self, fault: str) -> None:
        """Salvage the ledger, unless that goes on already. Raises STORAGE_ERROR."""
        if self._work is None:
            self._begin(self._mend(fault))
        if self._work is not None:
            await asyncio.shield(self._work)

    async def close(self) -> None:
        """Finish what is being read and let go of the ledger."""
        self._closing = True
        if self._again is not None:
            self._again.cancel()
        if self._work is not None:
            await asyncio.wait({self._work})
        if self._intake is not None:
            await self._intake.close()

    def _begin(self, work: Coroutine[Any, Any, Intake]) -> asyncio.Task[Intake]:
        if self._work is not None:
            work.close()
            return self._work
        self._work = asyncio.get_running_loop().create_task(work)
        self._work.add_done_callback(self._ended)
        return self._work

    async def _open(self) -> Intake:
        """Open the ledger; one that is open and damaged is let go and mended first."""
        if self._intake is not None:
            return await self._mend(self._intake.ledger.damage)
        return await self._take_up()

    async def _mend(self, fault: str) -> Intake:
        self._problem = f"The ledger {self._path} is damaged ({fault}); it is being salvaged"
        self._hint = "It takes some seconds; then `ringlet doctor` says what came back."
        _log.error("%s", self._problem)
        if self._intake is not None:
            intake, self._intake = self._intake, None
            await intake.close()
        if not is_unfinished(self._path):
            await asyncio.to_thread(
                mend, self._path, self._quarantine, fault, is_over=self._is_over
            )
        return await self._take_up()

    async def _take_up(self) -> Intake:
        ledger = await asyncio.to_thread(
            open_ledger, self._path, self._quarantine, is_over=self._is_over
        )
        try:
            await asyncio.to_thread(self._tidy)
            self._salvaged = salvaged_from(await asyncio.to_thread(lambda: ledger.salvaged))
            if self._salvaged is not None:
                _log.warning("%s: %s", self._path, self._salvaged.tell())
            self._intake = await asyncio.to_thread(self._make, ledger)
        except BaseException:
            ledger.close()  # the next one who tries must be alone with the file
            raise
        return self._intake

    def _tidy(self) -> None:
        """Remove what a killed `verify` left: there is one daemon, and it has just begun."""
        if not self._tidied:
            for folder in self._path.parent.glob("verify-*"):
                shutil.rmtree(folder, ignore_errors=True)
        self._tidied = True

    async def _try_again(self) -> None:
        """See whether what was wrong has passed."""
        try:
            await (await self.ready()).refresh()
            self.is_well()
        except RingletError as error:
            self._notice(error)

    def _is_over(self) -> bool:
        return self._closing

    def _ended(self, task: asyncio.Task[Intake]) -> None:
        self._work = None
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, RingletError):
            self._notice(error)
        else:
            self._problem = ""

    def _notice(self, error: RingletError) -> None:
        """Say what is wrong until it has passed, log it once, and try again in a while."""
        if self._closing:
            return
        if error.message != self._problem:
            _log.error("usage cannot be kept: %s", error.message)
        self._problem, self._hint = error.message, error.hint
        if self._again is None:
            loop = asyncio.get_running_loop()
            self._again = loop.call_later(_AGAIN, self._come_back)

    def _come_back(self) -> None:
        self._again = None
        if self._problem:
            self._retry = asyncio.get_running_loop().create_task(self._try_again())
