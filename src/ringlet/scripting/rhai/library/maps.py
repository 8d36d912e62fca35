"""Functions on maps. Keys are always in order."""

from __future__ import annotations

from ringlet.scripting.rhai.library.callbacks import predicate
from ringlet.scripting.rhai.library.registry import (
    ANY,
    CALLBACK,
    MAP,
    TEXT,
    TEXT_OR_CHAR,
    changes,
    reads,
)
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.running.operators import merge
from ringlet.scripting.rhai.running.spots import EntrySpot
from ringlet.scripting.rhai.values.copying import admit_entry, copy_value
from ringlet.scripting.rhai.values.kinds import FnPtr

Map = dict[str, object]
Asked = FnPtr | str


@reads("len", MAP, linear=False)
def length(machine: Machine, entries: Map) -> int:
    return len(entries)


@reads("is_empty", MAP, linear=False)
def is_empty(machine: Machine, entries: Map) -> bool:
    return not entries


@reads("contains", MAP, TEXT_OR_CHAR, linear=False)
def contains(machine: Machine, entries: Map, key: str) -> bool:
    return key in entries


@reads("get", MAP, TEXT, linear=False)
def get(machine: Machine, entries: Map, key: str) -> object:
    return entries.get(key)


@changes("set", MAP, TEXT, ANY, linear=False)
def set_entry(machine: Machine, entries: Map, key: str, value: object) -> None:
    value = copy_value(value, machine)
    admit_entry(entries, key, value, machine)
    entries[key] = value


@changes("remove", MAP, TEXT, linear=False)
def remove(machine: Machine, entries: Map, key: str) -> object:
    return entries.pop(key, None)


@changes("clear", MAP)
def clear(machine: Machine, entries: Map) -> None:
    entries.clear()


@reads("keys", MAP)
def keys(machine: Machine, entries: Map) -> list[object]:
    return [*sorted(entries)]


@reads("values", MAP)
def values(machine: Machine, entries: Map) -> list[object]:
    return [entries[key] for key in sorted(entries)]


@changes("mixin", MAP, MAP)
def mixin(machine: Machine, entries: Map, more: Map) -> None:
    merge(machine, entries, more)


@changes("fill_with", MAP, MAP)
def fill_with(machine: Machine, entries: Map, more: Map) -> None:
    missing = {key: value for key, value in more.items() if key not in entries}
    merge(machine, entries, missing)


def _matches(machine: Machine, entries: Map, asked: Asked) -> set[str]:
    """The keys of the entries for which the function says yes."""
    decide = predicate(machine, asked, 1)
    ordered = sorted(entries)
    return {key for key in ordered if decide(EntrySpot(machine, entries, key), [key], [])}


@reads("filter", MAP, CALLBACK)
def filter_entries(machine: Machine, entries: Map, asked: Asked) -> Map:
    wanted = _matches(machine, entries, asked)
    return {key: value for key, value in entries.items() if key in wanted}


@changes("drain", MAP, CALLBACK)
def drain(machine: Machine, entries: Map, asked: Asked) -> Map:
    return _take(entries, _matches(machine, entries, asked))


@changes("retain", MAP, CALLBACK)
def retain(machine: Machine, entries: Map, asked: Asked) -> Map:
    kept = _matches(machine, entries, asked)
    return _take(entries, entries.keys() - kept)


def _take(entries: Map, taken: set[str]) -> Map:
    return {key: entries.pop(key) for key in sorted(taken) if key in entries}
