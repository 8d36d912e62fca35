"""A home with files of agents, and what a reader gets out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ringlet.agents.usage.reading import Reader
from ringlet.domain.usage import Call, Tokens
from ringlet.engine.usage.places import Place
from ringlet.store.folder import Folder


def write(path: Path, *lines: dict[str, Any] | str | bytes) -> Path:
    """A file of JSON lines; texts and bytes are taken as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        for line in lines:
            file.write(raw(line))
    return path


def raw(line: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    text = line if isinstance(line, str) else json.dumps(line) + "\n"
    return text.encode(errors="surrogatepass")


def calls(reader: Reader, home: Path) -> list[Call]:
    """All calls in the files of a home, each file read from its beginning."""
    found: list[Call] = []
    with Folder(home) as folder:
        for root in _roots(reader, home):
            for entry in sorted(folder.files(root)):
                if reader.wants(entry.path.removeprefix(root + "/")):
                    for batch in reader.read(folder, entry, 0, b""):
                        found += batch.calls
    return found


def _roots(reader: Reader, home: Path) -> list[str]:
    return [r for f in reader.folders for r in Place(home, f.path, reader).roots]


def once(found: list[Call]) -> dict[str, Tokens]:
    """Each native id with its tokens."""
    return {call.native_id: call.tokens for call in found}
