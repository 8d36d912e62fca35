"""Whether the ledger of usage is whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ringlet.domain.errors import RingletError
from ringlet.engine.doctor.findings import Finding
from ringlet.engine.usage.keeper import Keeper

_AREA: Final = "usage"


class Ledger:
    """Whether SQLite finds it whole, and what came of it if it was not."""

    def __init__(self, *, path: Path, keeper: Callable[[], Keeper]) -> None:
        self._path = path
        self._keeper = keeper

    async def check(self, environ: Mapping[str, str]) -> list[Finding]:
        """Has SQLite look through all of the file."""
        keeper = self._keeper()
        fault = await keeper.check()
        if fault:
            return [
                Finding(
                    _AREA,
                    "error",
                    f"the ledger {self._path} is damaged: {fault}",
                    "Salvage what can be read of it with: ringlet doctor --fix",
                    mend=lambda: self._mend(fault),
                )
            ]
        done = keeper.salvaged
        if done is not None:
            hint = (f"See what else it holds with: {done.look()}", "Then remove it.")
            return [Finding(_AREA, "warning", done.tell(), hint)]
        if problems := keeper.problems:
            return [Finding(_AREA, "error", problem, keeper.hint) for problem in problems]
        return [Finding(_AREA, "ok", f"the ledger {self._path} is whole")]

    async def _mend(self, fault: str) -> str:
        try:
            await self._keeper().mend(fault)
        except RingletError as error:
            return f"{error.message}\n{error.hint}".strip()
        return ""
