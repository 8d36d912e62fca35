"""Requests over the socket with whatever in their fields."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

import msgspec

from ringlet.cli.link import Link, LinkLost, LinkRefused, LinkSilent, connect
from ringlet.daemon.handlers import ENTRIES

_SPARED: Final = ("shutdown", "agents_install", "agents_update")
_TEXTS: Final = (
    "", " ", "there", "there", "there", "other", "demo", "claude", "codex", "self", "a/b", "../..",
    "\ud800", "\u202e", "ñ🦆", "a\nb", "\x1b[2J", "x" * 300, "y" * 100_000, "~", "~/x",
    "/proc/self/mem",
    "/dev/full", "/nonexistent/x", "/proc", "/dev/tty", "relative", "-1", "NaN", "1e999",
    "2026-13-45",
    "0000-01-01", "9999-12-31T23:59:59Z", "Mars/Olympus", "daily", "daemon.log_level", "http.port",
    "tcp://127.0.0.1:1", "http://[", "$KEYCHAIN:x", "\0", "=", "A=B", "UTC", "today", "7d",
)  # fmt: skip
_NUMBERS: Final = (
    0,
    1,
    -1,
    2**31,
    2**53,
    2**63 - 1,
    -(2**63),
    2**64,
    10**30,
    1.5,
    -0.0,
    1e308,
    True,
)


def ask(link: Link, body: bytes) -> str:
    """What is wrong with the answer to a request."""
    try:
        answer = link.call(body)
        if body.startswith(b"\0"):  # what commands say to the daemon, which is no JSON
            return ""
        reply = json.loads(answer)
    except LinkSilent:
        return "no answer in time"
    except (LinkLost, LinkRefused) as error:
        return f"the connection ends: {error}"
    except ValueError as error:
        return f"no JSON: {error}"
    data = reply.get("data")
    if reply.get("type") == "error" and (data["code"] == 9999 or not data["message"]):
        return f"answered with {data}"
    return ""


def open_link(endpoint: str, seconds: float) -> Link:
    """A connection whose answers are awaited for so long."""
    link = connect(endpoint)
    link.limit = seconds
    return link


def body(chance: Random, paths: tuple[bytes, ...]) -> bytes:
    """A request: of a type that exists as a rule, with fields that are right, wrong or too many."""
    kind = chance.random()
    if kind < 0.04:
        return chance.choice((b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{}", b"\0ringlet-",
                              b"[" * 100_000, b'{"a":' * 50_000, b'{"type":[]}', b'{"type":""}',
                              b'{"type":"ping","id":{}}', b'{"type":"ping","deadline_secs":"x"}',
                              b'{"type":"ping","deadline_secs":-1}', b"\0ringlet-run/2\0x\0y",
                              b"\0ringlet-keys/2\0\xff", b"\0ringlet-relay/2 0.0\0"))  # fmt: skip
    tag = chance.choice(sorted(set(ENTRIES) - set(_SPARED)))
    if kind < 0.08:
        tag = chance.choice(("terminal_create", "no_such", "relay_resume", "\ud800", "x" * 5000))
    request: dict[str, Any] = {"type": tag, "deadline_secs": chance.choice((20, 20, 0.001, 1e308))}
    if entry := ENTRIES.get(tag):
        for field in msgspec.structs.fields(entry.request):
            if field.required or chance.random() < 0.6:
                request[field.encode_name] = _value(chance, field.type, paths)
    if chance.random() < 0.1:
        request[_text(chance, paths)] = _anything(chance, paths)
    return json.dumps(request).encode()


def _value(chance: Random, kind: Any, paths: tuple[bytes, ...]) -> Any:
    if chance.random() < 0.12:
        return _anything(chance, paths)
    described = msgspec.inspect.type_info(kind)
    return _of(chance, described, paths)


def _of(chance: Random, kind: msgspec.inspect.Type, paths: tuple[bytes, ...]) -> Any:
    match kind:
        case msgspec.inspect.UnionType(types=types):
            return _of(chance, chance.choice(types), paths)
        case msgspec.inspect.NoneType():
            return None
        case msgspec.inspect.BoolType():
            return chance.random() < 0.5
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            return chance.choice(_NUMBERS)
        case msgspec.inspect.LiteralType(values=values):
            return chance.choice(values)
        case (
            msgspec.inspect.ListType(item_type=item) | msgspec.inspect.VarTupleType(item_type=item)
        ):
            return [_of(chance, item, paths) for _ in range(chance.choice((0, 1, 2, 50)))]
        case msgspec.inspect.DictType(value_type=value):
            return {
                _text(chance, paths): _of(chance, value, paths) for _ in range(chance.randint(0, 3))
            }
        case msgspec.inspect.StructType(fields=fields):
            return {field.encode_name: _of(chance, field.type, paths) for field in fields}
        case msgspec.inspect.StrType():
            return _text(chance, paths)
    return _anything(chance, paths)


def _text(chance: Random, paths: tuple[bytes, ...]) -> str:
    if chance.random() < 0.25:
        return chance.choice(paths).decode(errors="surrogateescape")
    return chance.choice(_TEXTS)


def _anything(chance: Random, paths: tuple[bytes, ...]) -> Any:
    return chance.choice((None, {}, [], [[]], {"a": {"b": [1]}}, *_NUMBERS, _text(chance, paths)))
