"""`/otlp/v1/…`: where agents tell what they use, each run by its own token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Scope

from ringlet.daemon.http.api import Resource
from ringlet.daemon.http.body import unpacked
from ringlet.daemon.http.envelope import failed
from ringlet.daemon.http.headers import values
from ringlet.domain.errors import RingletError
from ringlet.engine.usage.telemetry import Telemetry

_PREFIX: Final = "/otlp/"
_HEADER: Final = b"x-ringlet-run"
# What the protocol answers when all was taken.
_TAKEN: Final[Mapping[str, Any]] = {"partialSuccess": {}}


class Reporting:
    """The receiver of OTLP: logs are read, metrics and traces are accepted and dropped."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def is_for(self, scope: Scope) -> bool:
        """Whether the request goes here: then its own token counts and no other."""
        return scope["type"] == "http" and str(scope["path"]).startswith(_PREFIX)

    def admits(self, scope: Scope) -> bool:
        """Whether the request comes from a run."""
        return self._run(scope) is not None

    def routes(self) -> list[Route]:
        """The three signals of the protocol."""
        return [
            Route(f"{_PREFIX}v1/logs", Resource({"POST": self._logs})),
            Route(f"{_PREFIX}v1/metrics", Resource({"POST": _drop})),
            Route(f"{_PREFIX}v1/traces", Resource({"POST": _drop})),
        ]

    async def _logs(self, http: Request) -> Response:
        body = unpacked(http.scope, await http.body())
        if isinstance(body, Response):
            return body
        try:
            await self._telemetry.take(self._run(http.scope) or "", body)
        except RingletError as error:
            return failed(error)
        return JSONResponse(_TAKEN)

    def _run(self, scope: Scope) -> str | None:
        given = values(scope["headers"], _HEADER)
        return self._telemetry.run_of(given[0].decode("latin-1")) if len(given) == 1 else None


async def _drop(http: Request) -> Response:
    await http.body()
    return JSONResponse(_TAKEN)
