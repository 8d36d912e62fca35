"""Droid: one file of totals for each session, rewritten as the session goes on.

What a session used since the last look is one call. A session whose totals fall began anew.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from ringlet.agents.usage.lines import number, tolerant
from ringlet.agents.usage.reading import AgentFolder, Batch
from ringlet.domain.usage import Call, Tokens
from ringlet.store.descriptors import read_all
from ringlet.store.folder import Entry, Folder

_LARGEST: Final = 1 << 20
_SUFFIX: Final = ".settings.json"
_COUNTS: Final = ("inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens",
                  "thinkingTokens")  # fmt: skip


class _State(msgspec.Struct):
    """The totals at the last look, in the order of `_COUNTS`, and how often they fell."""

    totals: list[int] = msgspec.field(default_factory=lambda: [0] * len(_COUNTS))
    epoch: int = 0


class DroidReader:
    """Reads `.factory/sessions/<project>/<session>.settings.json`."""

    agent: Final = "droid"
    folders: Final = (AgentFolder(".factory", ("FACTORY_HOME_OVERRIDE/.factory",)),)
    inside: Final = ("sessions",)
    login: Final = None
    whole: Final = True
    sums_only: Final = True

    def wants(self, path: str) -> bool:
        """Files of totals."""
        return path.endswith(_SUFFIX)

    def read(self, folder: Folder, entry: Entry, offset: int, state: bytes) -> Iterator[Batch]:
        """See `Reader`."""
        document = _document(folder, entry.path)
        if document is None:  # it is looked at again when it has changed
            yield Batch([], 0, state, unreadable=1)
            return
        usage = document.get("tokenUsage")
        if not isinstance(usage, dict):
            return
        seen = msgspec.json.decode(state, type=_State) if state else _State()
        totals = [_count(usage.get(name)) for name in _COUNTS]
        if any(now < then for now, then in zip(totals, seen.totals, strict=True)):
            seen = _State(epoch=seen.epoch + 1)
        growth = [now - then for now, then in zip(totals, seen.totals, strict=True)]
        session = PurePosixPath(entry.path).name.removesuffix(_SUFFIX)
        calls: list[Call] = []
        if any(growth[:4]):
            calls.append(
                Call(
                    source="droid",
                    native_id="\0".join([session, str(seen.epoch), *map(str, totals)]),
                    time=entry.mtime_ns // 1_000_000,
                    tokens=_tokens(growth),
                    agent="droid",
                    model=_model(folder, entry.path, str(document.get("model") or "")),
                    session=session,
                    project=_project(folder, entry.path.removesuffix(_SUFFIX) + ".jsonl"),
                )
            )
        yield Batch(calls, 0, msgspec.json.encode(_State(totals, seen.epoch)))


def _tokens(growth: list[int]) -> Tokens:
    fresh, output, read, written, thinking = growth
    return Tokens(
        input=fresh,
        output=output,
        cache_read=read,
        cache_write_5m=written,
        reasoning=min(thinking, output),
    )


def _count(value: Any) -> int:
    return number(value) if isinstance(value, int | float) else 0


def _document(folder: Folder, path: str) -> dict[str, Any] | None:
    """The JSON object in a file; None if there is none in it. Raises OSError."""
    try:
        found = json.loads(tolerant(read_all(folder.open(path), _LARGEST)))
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        return None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _model(folder: Folder, path: str, name: str) -> str:
    """The model behind a custom model's name, `custom:<display name>-<index>`."""
    if not name.startswith("custom:"):
        return name
    display, _, index = name.removeprefix("custom:").rpartition("-")
    home = path.partition("/sessions/")[0]
    try:
        settings = _document(folder, f"{home}/settings.json") or {}
    except OSError:
        return name
    known = settings.get("customModels")
    listed = known if isinstance(known, list) else []
    models = [model for model in listed if isinstance(model, dict)]
    if index.isdecimal() and int(index) < len(models):
        models.insert(0, models[int(index)])
    for model in models:
        if str(model.get("displayName", "")).replace(" ", "-") == display:
            return str(model.get("model") or name)
    return name


def _project(folder: Folder, path: str) -> str:
    """The folder that a session worked in: the first line of its messages tells."""
    try:
        fd = folder.open(path)
    except OSError:
        return ""
    try:
        first = os.read(fd, 1 << 16).partition(b"\n")[0]
    finally:
        os.close(fd)
    try:
        start = json.loads(tolerant(first))
    except (ValueError, RecursionError):
        return ""
    return str(start.get("cwd") or "") if isinstance(start, dict) else ""
