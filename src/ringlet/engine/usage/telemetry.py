"""What agents tell of their usage while they run: who may tell, and what becomes of it.

A run gets a token of its own, made of its id under the token for HTTP: so it is good for reports
of this run and nothing else, is kept nowhere, and outlives a restart of the daemon.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.providers import OWN_LOGIN
from ringlet.domain.secret import Secret
from ringlet.domain.settings import TelemetrySettings
from ringlet.domain.usage import Call
from ringlet.engine.usage.own_telemetry import set_in_files

if TYPE_CHECKING:
    from ringlet.store.ledger.runs import Run

_log = logging.getLogger(__name__)
_PURPOSE: Final = "reports of the run "
_LONG: Final = 1 << 16  # bytes of a request that are not read in passing
_LATE_MS: Final = 600_000  # so long after its end a run may still tell


class Telemetry:
    """Lets runs report. `sign` makes a text that nobody else can make from another one.

    `reserve` says where HTTP answers, or soon will, or None. `find` knows runs, those that go on
    and those that ended. `keep` takes the answers that were reported.
    """

    def __init__(
        self,
        *,
        settings: Callable[[], TelemetrySettings],
        reserve: Callable[[], str | None],
        sign: Callable[[str], str],
        find: Callable[[str], Awaitable[Run | None]],
        keep: Callable[[list[Call]], Awaitable[None]],
    ) -> None:
        self._settings = settings
        self._reserve = reserve
        self._sign = sign
        self._find = find
        self._keep = keep

    async def variables(
        self,
        agent: Agent,
        *,
        profile: str,
        run_id: str,
        own: Mapping[str, object],
        folders: Sequence[Path],
    ) -> dict[str, str | Secret]:
        """What makes the agent report this run.

        None if its telemetry goes elsewhere, by the profile's `own` variables or by settings in
        the `folders`: the profile's home and the project.
        """
        wanted = self._settings()
        names = agent.reporting.env
        if not (run_id and names and wanted.enabled and wanted.agent_otel) or _has_own(own, names):
            return {}
        elsewhere = await asyncio.to_thread(set_in_files, agent.reporting.yields_to, folders)
        if _has_own(elsewhere, names):
            return {}
        try:
            url = self._reserve()
        except (OSError, RingletError) as error:
            _log.warning("runs cannot report what they use: %s", error)
            return {}
        if url is None:
            return {}
        values = {"endpoint": f"{url}/otlp", "profile": profile, "run": run_id}
        token = f"{run_id}.{self._sign(_PURPOSE + run_id)}"
        return {name: _fill(template, values, token) for name, template in names.items()}

    def run_of(self, token: str) -> str | None:
        """The id of the run whose token this is."""
        from hmac import compare_digest  # loads OpenSSL

        run_id, _, signature = token.partition(".")
        expected = self._sign(_PURPOSE + run_id)
        good = compare_digest(signature.encode(), expected.encode())
        return run_id if good and run_id else None

    async def take(self, run_id: str, body: bytes) -> int:
        """Take in a request to `/v1/logs` of a run; how many answers it told of.

        Raises INVALID_REQUEST for what is none, RUN_NOT_FOUND when the run is over for long.
        """
        try:
            long = len(body) > _LONG
            told = await asyncio.to_thread(_calls, body) if long else _calls(body)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise RingletError(
                ErrorCode.INVALID_REQUEST, "The body is no ExportLogsServiceRequest in JSON"
            ) from None
        if not told or not self._settings().enabled:
            return 0
        run = await self._find(run_id)
        if run is None or time.time() * 1000 > run.ended + _LATE_MS:
            raise RingletError(ErrorCode.RUN_NOT_FOUND, "This run is over")
        await self._keep([_of_run(call, run) for call in told])
        return len(told)


def _calls(body: bytes) -> list[Call]:
    from ringlet.agents.usage.claude_events import call_of  # a start needs neither
    from ringlet.agents.usage.otlp import events

    return [call for event in events(body) for call in call_of(event)]


def _has_own(own: Mapping[str, object], names: Mapping[str, str]) -> bool:
    """Whether the profile sends telemetry somewhere itself."""
    return any(name in names or name.startswith("OTEL_") for name in own)


def _fill(template: str, values: Mapping[str, str], token: str) -> str | Secret:
    text = template
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    filled = text.replace("{token}", token)
    return filled if filled == text else Secret(filled)


def _of_run(call: Call, run: Run) -> Call:
    """The call, with whose it is; who is signed in does not matter to a run with a key."""
    return msgspec.structs.replace(
        call,
        profile=run.profile,
        provider=run.provider,
        account=call.account if run.provider == OWN_LOGIN else "",
        project=run.cwd,
        run_id=run.id,
    )
