"""Names for the entries of a list of maps, by which two versions of the list are compared."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

_NAME_KEYS: Final = ("displayName", "name", "id")


def name_entries(value: object) -> list[tuple[str, dict[str, Any]]]:
    """The entries of a list of maps with their names; nothing for any other value."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return []
    for key in _NAME_KEYS:
        names = [entry.get(key) for entry in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return [(f"{key}={entry[key]}", entry) for entry in value]
    return [(_digest(entry), entry) for entry in value]


def names_of(entry: object) -> list[str]:
    """All names that an entry of a list answers to."""
    if not isinstance(entry, dict):
        return []
    named = [f"{key}={entry[key]}" for key in _NAME_KEYS if isinstance(entry.get(key), str)]
    return [*named, _digest(entry)]


def is_digest(name: str) -> bool:
    """Whether the name stands for the entry's whole content."""
    return name.startswith("=")


def _digest(entry: dict[str, Any]) -> str:
    canonical = json.dumps(entry, sort_keys=True, default=str)
    return "=" + hashlib.sha256(canonical.encode()).hexdigest()[:16]
