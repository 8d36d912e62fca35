"""Figures for a collector of OpenTelemetry: OTLP over HTTP, in its JSON form."""

from __future__ import annotations

import asyncio
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from ringlet import __version__
from ringlet.daemon.instruments import BOUNDS, Instrument, Labels, Point, Spread
from ringlet.daemon.metrics import Metrics

_log = logging.getLogger(__name__)
_SECONDS: Final = 5.0
_CUMULATIVE: Final = 2
Message = dict[str, Any]


class Exporter:
    """Posts all figures to `endpoint`/v1/metrics every `interval` seconds, and at the end.

    A collector that does not answer is told of once, until it answers again.
    """

    def __init__(self, metrics: Metrics, endpoint: str, interval: float) -> None:
        self._metrics = metrics
        self._url = endpoint.rstrip("/") + "/v1/metrics"
        self._interval = interval
        self._began = time.time_ns()
        self._failed = False
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Post the last figures and stop."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._post()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._interval)
            await self._post()

    async def _post(self) -> None:
        await self._metrics.look()
        body = msgspec.json.encode(message(self._metrics.instruments, self._began))
        try:
            await asyncio.to_thread(_send, self._url, body)
        except (OSError, ValueError) as error:
            if not self._failed:
                _log.warning("%s does not take our figures: %s", self._url, error)
            self._failed = True
        else:
            self._failed = False


def _send(url: str, body: bytes) -> None:
    """Raises OSError or ValueError; no proxy is asked."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("telemetry.otlp_endpoint is no http:// or https:// address")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked
        url, body, {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_SECONDS):
        pass


def message(instruments: Iterable[Instrument], began: int) -> Message:
    """The request; `began` is when counting began, in nanoseconds since 1970."""
    now = time.time_ns()
    attributes = _attributes((("service.name", "ringlet"), ("service.version", __version__)))
    metrics = [_metric(each, began, now) for each in instruments]
    scope = {"scope": {"name": "ringlet"}, "metrics": metrics}
    resource = {"resource": {"attributes": attributes}, "scopeMetrics": [scope]}
    return {"resourceMetrics": [resource]}


def _metric(instrument: Instrument, began: int, now: int) -> Message:
    points = [_point(point, began, now) for point in instrument.points()]
    told: Message = {"dataPoints": points}
    if instrument.kind != "gauge":
        told["aggregationTemporality"] = _CUMULATIVE
    if instrument.kind == "counter":
        told["isMonotonic"] = True
    form = "sum" if instrument.kind == "counter" else instrument.kind
    return {"name": instrument.name, "description": instrument.text, form: told}


def _point(point: Point, began: int, now: int) -> Message:
    told: Message = {
        "attributes": _attributes(point.labels),
        "startTimeUnixNano": str(began),
        "timeUnixNano": str(now),
    }
    if not isinstance(point.value, Spread):
        return told | {"asDouble": float(point.value)}
    return told | {
        "count": str(sum(point.value.counts)),
        "sum": point.value.sum,
        "bucketCounts": [str(count) for count in point.value.counts],
        "explicitBounds": list(BOUNDS),
    }


def _attributes(labels: Labels) -> list[Message]:
    return [{"key": name, "value": {"stringValue": text}} for name, text in labels]
