"""What the host lends to a script: encoders for JSON and TOML, and some functions of texts."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from typing import Final

import tomli_w

from ringlet.scripting.rhai import HostError

_WIDEST_INDENT: Final = 200
_LONGEST_MARGINS: Final = 1 << 20  # characters; longer than a script's text may be


def encode_json(value: object) -> str:
    """Compact JSON, keys sorted."""
    return json.dumps(_plain(value, "value"), ensure_ascii=False, separators=(",", ":"))


def encode_json_pretty(value: object) -> str:
    """JSON for people: two spaces for each level, keys sorted."""
    return json.dumps(_plain(value, "value"), ensure_ascii=False, indent=2)


def encode_toml(value: object) -> str:
    """TOML of a map. TOML knows no unit, so `()` anywhere inside is an error with its place."""
    if not isinstance(value, dict):
        raise HostError("toml::encode needs a map")
    _refuse_unit(value, "")
    plain = _plain(value, "value")
    return tomli_w.dumps(plain)  # type: ignore[arg-type]  # a map becomes a dict, checked above


def indent(text: object, width: object) -> str:
    """The text with `width` spaces before each line that is not empty."""
    if isinstance(width, bool) or not isinstance(width, int) or not 0 <= width <= _WIDEST_INDENT:
        raise HostError(f"indent needs a width from 0 to {_WIDEST_INDENT}")
    lines = _lines(text, "indent")
    if len(lines) * width > _LONGEST_MARGINS:
        raise HostError(f"indent would make {len(lines)} lines {width} characters longer each")
    margin = " " * width
    return "\n".join([margin + line if line else line for line in lines])


def trim_lines(text: object) -> str:
    """The text without blanks at the ends of its lines."""
    return "\n".join(map(str.strip, _lines(text, "trim_lines")))


def sha256(text: object) -> str:
    """The SHA-256 digest of the text in UTF-8, in hexadecimal."""
    if not isinstance(text, str):
        raise HostError("sha256 needs a string")
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(text: object, function: str) -> list[str]:
    if not isinstance(text, str):
        raise HostError(f"{function} needs a string")
    return text.split("\n")


def _plain(value: object, place: str) -> object:
    """A copy with sorted maps, made of nothing but what both formats know."""
    if isinstance(value, dict):
        return {str(key): _plain(value[key], f"{place}.{key}") for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise HostError(f"{place} is {value}, which a configuration file cannot hold")
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    raise HostError(f"{place} is neither text, number, bool, array nor map")


def _refuse_unit(value: object, place: str) -> None:
    if value is None:
        raise HostError(f"{place} is (), and TOML has no such value: leave the key out")
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_unit(item, f"{place}.{key}" if place else str(key))
    if isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            _refuse_unit(item, f"{place}[{index}]")


MODULES: Final[dict[str, dict[str, Callable[..., object]]]] = {
    "json": {"encode": encode_json, "encode_pretty": encode_json_pretty},
    "toml": {"encode": encode_toml},
}

FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "json_encode": encode_json,
    "json_encode_pretty": encode_json_pretty,
    "toml_encode": encode_toml,
    "indent": indent,
    "trim_lines": trim_lines,
    "sha256": sha256,
}
