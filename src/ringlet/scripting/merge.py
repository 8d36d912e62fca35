"""Put what a script produced into a file that its agent and its user write to as well.

Only the keys that the script produces are set, map by map; keys that it produced before and no
longer does are taken out; everything else stays. Other lists than lists of maps are replaced
whole. Entries of a list of maps are matched by a shared name (or else by their content): ours
come first, because some agents count from there, and keep what the agent added to them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting.documents import Kind, parse, render, same
from ringlet.scripting.entries import is_digest, name_entries, names_of

KeyPath = tuple[str, ...]

WHOLE_FILE: Final[KeyPath] = ()
_EMPTY: Final[dict[Kind, str]] = {"json": "{}", "toml": ""}


@dataclass(frozen=True, slots=True)
class Merged:
    """The new text of a file, and the keys in it that are ours.

    A key is a path of map keys; an entry of a list of maps goes by `<key>=<name>` or, without a
    name, `=<digest of its content>`. The empty path means the whole file.
    """

    text: str
    managed: frozenset[KeyPath]


def merge(
    kind: Kind,
    existing: str | None,
    produced: str,
    managed_before: frozenset[KeyPath],
    *,
    name: str,
) -> Merged:
    """Merge a produced text into the existing one of the file `name`, which is for messages.

    A text that does not parse is an error with its line: SCRIPT_ERROR for the produced one,
    STORAGE_ERROR for the existing one.
    """
    wanted = None if kind == "text" else _parse_produced(kind, produced, name)
    if not isinstance(wanted, dict):
        return Merged(produced, frozenset({WHOLE_FILE}))
    managed = frozenset(path for key in wanted for path in _leaves(wanted[key], (key,)))
    if existing is None or (kind == "json" and not existing.strip()):
        return Merged(produced, managed)
    before = _parse_existing(kind, existing, name)
    after = _overlay(before, wanted)
    kept = frozenset(path[:end] for path in managed for end in range(1, len(path) + 1))
    for path in sorted(managed_before - managed - {WHOLE_FILE}):
        _withdraw(after, path, kept)
    return Merged(existing if same(before, after) else render(kind, after, existing), managed)


def withdraw(
    kind: Kind, existing: str, managed_before: frozenset[KeyPath], *, name: str
) -> str | None:
    """The text of a file without our keys, for one that the script no longer produces.

    None means that nothing is left and the file can go.
    """
    if kind == "text" or WHOLE_FILE in managed_before:
        return None
    text = merge(kind, existing, _EMPTY[kind], managed_before, name=name).text
    return text if text.strip() not in ("", "{}") else None


def _parse_produced(kind: Kind, text: str, name: str) -> object:
    try:
        return parse(kind, text)
    except Exception as error:
        raise RingletError(
            ErrorCode.SCRIPT_ERROR, f"The script's text for {name} is not {kind.upper()}: {error}"
        ) from error


def _parse_existing(kind: Kind, text: str, name: str) -> dict[str, Any]:
    hint = "Ringlet does not overwrite it: correct it, or move it away and run again."
    try:
        value = parse(kind, text)
    except Exception as error:
        raise RingletError(
            ErrorCode.STORAGE_ERROR, f"{name} is not {kind.upper()}: {error}", hint=hint
        ) from error
    if not isinstance(value, dict):
        raise RingletError(ErrorCode.STORAGE_ERROR, f"{name}: line 1 begins no object", hint=hint)
    return value


def _leaves(value: object, path: KeyPath) -> Iterator[KeyPath]:
    """The paths of all values that are set, entries of named lists included."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif names := name_entries(value):
        for name, entry in names:
            if is_digest(name):
                yield (*path, name)
            else:
                yield from _leaves(entry, (*path, name))
    else:
        yield path


def _overlay(existing: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """A copy of the existing map with all wanted keys set."""
    result = copy.deepcopy(existing)
    for key, item in wanted.items():
        current = result.get(key)
        if isinstance(item, dict) and isinstance(current, dict):
            result[key] = _overlay(current, item)
        elif isinstance(item, list) and isinstance(current, list):
            result[key] = _overlay_list(current, item)
        else:
            result[key] = item
    return result


def _overlay_list(existing: list[Any], wanted: list[Any]) -> list[Any]:
    named = name_entries(wanted)
    if not named:
        return wanted
    others, ours = dict(enumerate(existing)), []
    places: dict[str, list[int]] = {}  # of entries by their names, the first one last
    for place in reversed(others):
        for name in names_of(others[place]):
            places.setdefault(name, []).append(place)
    for name, entry in named:
        found = places.get(name, [])
        while found and found[-1] not in others:  # it answered to another name, too
            found.pop()
        ours.append(_overlay(others.pop(found.pop()), entry) if found else entry)
    return ours + list(others.values())


def _withdraw(node: dict[str, Any], path: KeyPath, kept: frozenset[KeyPath], at: int = 0) -> None:
    """Take one key out of a map, and with it the maps and lists that it leaves empty.

    `path` leads to the key from the root, `at` is the part of it that is a key of `node`.
    """
    key, here, last = path[at], path[: at + 1], at + 1 == len(path)
    child = node.get(key)
    if last:
        gone = not (isinstance(child, dict) and child)
    elif isinstance(child, dict):
        _withdraw(child, path, kept, at + 1)
        gone = not child
    elif isinstance(child, list):
        child[:] = [entry for entry in child if not _withdraw_entry(entry, path, kept, at + 1)]
        gone = not child
    else:
        return
    if gone and here not in kept:
        node.pop(key, None)


def _withdraw_entry(entry: object, path: KeyPath, kept: frozenset[KeyPath], at: int) -> bool:
    """Whether a list entry is to go; one that is still produced only loses the key."""
    names = names_of(entry)
    if path[at] not in names:
        return False
    name = next((name for name in names if (*path[:at], name) in kept), None)
    if name is None:
        return True
    if isinstance(entry, dict) and at + 1 < len(path):
        _withdraw(entry, (*path[:at], name, *path[at + 1 :]), kept, at + 1)
    return False
