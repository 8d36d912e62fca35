"""What the host lends to a script: encoders for JSON and TOML, and some functions of texts."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from typing import Final

import tomli_w

from ringlet.scripting.rhai import HostError

_WIDEST_INDENT: Final = 200
# Characters. More than a script's text may have is refused before it is made; TOML is written
# character by character in Python, so it may be shorter only.
_LONGEST: Final = 1 << 20
_LONGEST_TOML: Final = 1 << 18
_ESCAPED: Final = re.compile(r'[\x00-\x1f\x7f"\\]+')
_LONGEST_ESCAPE: Final = 6  # \u0000

# A place in a value: the place that it is in, and the key or index there. Texts are made of it only
# for errors: keys may be long.
_Place = tuple["_Place | None", object]


def encode_json(value: object) -> str:
    """Compact JSON, keys sorted."""
    return json.dumps(_Copy().of(value), ensure_ascii=False, separators=(",", ":"))


def encode_json_pretty(value: object) -> str:
    """JSON for people: two spaces for each level, keys sorted."""
    return json.dumps(_Copy().of(value), ensure_ascii=False, indent=2)


def encode_toml(value: object) -> str:
    """TOML of a map. TOML knows no unit, so `()` anywhere inside is an error with its place."""
    if not isinstance(value, dict):
        raise HostError("toml::encode needs a map")
    plain = _Copy(limit=_LONGEST_TOML, units=False).of(value)
    if _headings(plain, 0) > _LONGEST_TOML:
        raise HostError(f"toml::encode would make more than {_LONGEST_TOML} characters")
    return tomli_w.dumps(plain)  # type: ignore[arg-type]  # a map becomes a dict, checked above


def indent(text: object, width: object) -> str:
    """The text with `width` spaces before each line that is not empty."""
    if isinstance(width, bool) or not isinstance(width, int) or not 0 <= width <= _WIDEST_INDENT:
        raise HostError(f"indent needs a width from 0 to {_WIDEST_INDENT}")
    lines = _lines(text, "indent")
    if len(lines) * width > _LONGEST:
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


class _Copy:
    """Makes a copy with sorted maps, of nothing but what the formats know.

    `limit` is for the length of all texts in it, as they are written; `units` says whether the
    format knows `()`.
    """

    def __init__(self, *, limit: int = _LONGEST, units: bool = True) -> None:
        self._limit = limit
        self._units = units
        self._length = 0

    def of(self, value: object, place: _Place | None = None) -> object:
        """The copy; raises HostError that names the place of what cannot be written."""
        if isinstance(value, dict):
            return {
                self._text(str(key)): self.of(value[key], (place, str(key)))
                for key in sorted(value)
            }
        if isinstance(value, (list, tuple)):
            return [self.of(item, (place, index)) for index, item in enumerate(value)]
        if isinstance(value, str):
            return self._text(str(value))
        if value is None and not self._units:
            named = _name(place).removeprefix("value").removeprefix(".")
            raise HostError(f"{named} is (), and TOML has no such value: leave the key out")
        if isinstance(value, float) and not math.isfinite(value):
            raise HostError(f"{_name(place)} is {value}, which a configuration file cannot hold")
        if value is None or isinstance(value, (bool, int, float)):
            return value
        raise HostError(f"{_name(place)} is neither text, number, bool, array nor map")

    def _text(self, text: str) -> str:
        escaped = len(text) - len(_ESCAPED.sub("", text))
        self._length += len(text) + escaped * (_LONGEST_ESCAPE - 1)
        if self._length > self._limit:
            raise HostError(f"the texts would become longer than {self._limit} characters")
        return text


def _name(place: _Place | None) -> str:
    """A place for people: value.servers[2]."""
    parts: list[str] = []
    while place is not None:
        place, key = place
        parts.append(f"[{key}]" if isinstance(key, int) else f".{str(key)[:80]}")
    return "value" + "".join(reversed(parts))


def _headings(value: object, length: int) -> int:
    """How long the headings of all tables are, each of which repeats the whole path to it."""
    if isinstance(value, dict):
        parts = (_headings(item, length + len(key) + 1) for key, item in value.items())
        return length + sum(parts)
    if isinstance(value, list):
        return sum(_headings(item, length) for item in value)
    return 0


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
