"""Executables that the user has chosen for agents."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from ringlet.store.files import write_atomic
from ringlet.store.quarantine import Quarantine

_VERSION: Final = 1
_LIMIT: Final = 1 << 20


class _Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema_version: int = _VERSION
    paths: dict[str, str] = {}


class AgentPaths:
    """Absolute paths by agent id, in `agents.json`; read once, written through. Methods block."""

    def __init__(self, path: Path, quarantine: Quarantine) -> None:
        self._path = path
        self._quarantine = quarantine
        self._content: _Content | None = None

    def all(self) -> Mapping[str, str]:
        """What was chosen so far."""
        if self._content is None:
            self._content = self._quarantine.load(self._path, _parse, limit=_LIMIT) or _Content()
        return MappingProxyType(self._content.paths)

    def choose(self, agent_id: str, path: str | None) -> None:
        """Note the executable of an agent; None forgets it. Raises STORAGE_ERROR."""
        paths = dict(self.all())
        if path is None:
            paths.pop(agent_id, None)
        else:
            paths[agent_id] = path
        content = _Content(paths=paths)
        write_atomic(self._path, msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        self._content = content


def _parse(data: bytes) -> _Content:
    return msgspec.json.decode(data, type=_Content)
