"""JSON in and out, for `parse_json` and `to_json`."""

from __future__ import annotations

from ringlet.scripting.rhai.errors import RunError
from ringlet.scripting.rhai.library.registry import MAP, TEXT, reads
from ringlet.scripting.rhai.running.machine import Machine
from ringlet.scripting.rhai.syntax.numbers import read_number
from ringlet.scripting.rhai.values.copying import check_text, measure
from ringlet.scripting.rhai.values.display import display
from ringlet.scripting.rhai.values.kinds import FnPtr

_SURROGATE = "\\ud"


@reads("parse_json", TEXT)
def parse_json(machine: Machine, text: str) -> object:
    import json  # only scripts that read JSON pay for loading it

    try:
        value = json.loads(text, parse_int=read_number)
        if _SURROGATE in text.lower():  # two of them make a character, one of them makes none
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        message = f"Not valid JSON: {error}"
        raise RunError("ErrorRuntime", message, payload=message) from None
    machine.charge(measure(value, machine.limits) >> 2)
    return value


@reads("to_json", MAP)
def to_json(machine: Machine, value: object) -> str:
    import json  # only scripts that write JSON pay for loading it

    machine.charge(measure(value, machine.limits))
    text = json.dumps(_plain(value, machine), ensure_ascii=False, separators=(",", ":"))
    check_text(text, machine.limits)
    return text


def _plain(value: object, machine: Machine) -> object:
    if isinstance(value, dict):
        return {key: _plain(value[key], machine) for key in sorted(value)}
    if isinstance(value, list):
        return [_plain(item, machine) for item in value]
    if isinstance(value, FnPtr):
        machine.charge()  # function values can hold each other many times over
        if value.arguments:
            return [value.name, *(_plain(item, machine) for item in value.arguments)]
        return value.name
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return display(value, machine)
