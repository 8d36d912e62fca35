"""Log events in the JSON form of OTLP, as agents send them while they run.

Source: the OpenTelemetry protocol, `ExportLogsServiceRequest`. Only what is read here is parsed;
numbers may come as text, and any value may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec

_NANO_PER_MILLI: Final = 1_000_000


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None  # text is NaN or an infinity


class _Attribute(msgspec.Struct):
    key: str = ""
    value: _Value | None = None


class _Record(msgspec.Struct, rename="camel"):
    time_unix_nano: int | str | None = None
    body: _Value | None = None
    attributes: list[_Attribute] = []


class _Scope(msgspec.Struct, rename="camel"):
    log_records: list[_Record] = []


class _Resource(msgspec.Struct, rename="camel"):
    scope_logs: list[_Scope] = []


class _Logs(msgspec.Struct, rename="camel"):
    resource_logs: list[_Resource] = []


class Event(NamedTuple):
    """One event: its name, when (milliseconds since 1970, UTC; 0 if unknown), what about it."""

    name: str
    time: int
    attributes: dict[str, Any]


def events(body: bytes) -> Iterator[Event]:
    """The events of a request to `/v1/logs`; if it is none, it raises
    msgspec.DecodeError, ValueError or RecursionError.
    """
    for resource in _logs(body).resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                yield _event(record)


def _logs(body: bytes) -> _Logs:
    try:
        return msgspec.json.decode(body, type=_Logs)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Half a surrogate pair, from a text that was cut, is refused above even where nobody
        # wants that text. All other events would be lost with it.
        return msgspec.convert(json.loads(body.decode("utf-8", "replace")), _Logs)


def _event(record: _Record) -> Event:
    attributes = {each.key: _plain(each.value) for each in record.attributes}
    name = record.body.string_value if record.body else None
    return Event(name or "", integer(record.time_unix_nano) // _NANO_PER_MILLI, attributes)


def _plain(value: _Value | None) -> Any:
    if value is None:
        return None
    found = (value.string_value, value.int_value, value.double_value)
    return next((each for each in found if each is not None), None)


def integer(value: Any) -> int:
    """A count that may have come as text; 0 if it is none."""
    try:
        return max(int(value), 0)
    except (TypeError, ValueError, OverflowError):
        return 0
