"""Manifest files, read and turned into trees whose keys know their lines."""

from __future__ import annotations

import re
from importlib.resources.abc import Traversable
from typing import Any, Final, NoReturn, TypeVar

import msgspec

from ringlet.agents.problems import ManifestError, ManifestProblem
from ringlet.agents.toml_text import find_toml_line, parse_toml

KeyPath = tuple[str | int, ...]
Target = TypeVar("Target", bound=msgspec.Struct)

SUFFIXES: Final = (".toml", ".yaml", ".yml")
_MAX_BYTES: Final = 1024 * 1024
_MISSING: Final = re.compile(r"missing required field `([^`]*)`")
_UNKNOWN: Final = re.compile(r"contains unknown field `([^`]*)`")
_PLACE: Final = re.compile(r" - at (?:`key` in )?`\$([^`]*)`$")
_ANY_VALUE: Final = "[...]"
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class Document(msgspec.Struct, frozen=True):
    """One manifest as written: `tree` is its content, `text` tells the lines."""

    path: str
    text: str
    tree: dict[str, Any]

    def convert(self, target: type[Target]) -> Target:
        """Return the tree as the struct, or raise `ManifestError` at the first misfit."""
        try:
            return msgspec.convert(self.tree, target)
        except msgspec.ValidationError as error:
            key, message = _explain(str(error))
            self.reject(key, message, cause=error)

    def reject(self, key: KeyPath, message: str, *, cause: Exception | None = None) -> NoReturn:
        """Raise `ManifestError` about the key, with its line as far as it is written at all."""
        problem = ManifestProblem(
            self.path, message, line=self._line_of(key), key=_dotted(key) or None
        )
        raise ManifestError(problem) from cause

    def _line_of(self, key: KeyPath) -> int | None:
        if self.path.endswith(".toml"):
            return find_toml_line(self.text, key)
        from ringlet.agents.yaml_text import find_yaml_line

        return find_yaml_line(self.text, key)


def read_document(file: Traversable, path: str) -> Document:
    """Read a manifest; `path` is what messages call it. Raises `ManifestError`."""
    try:
        if not file.is_file():  # a pipe would block the reader for ever
            raise ManifestError(ManifestProblem(path, "it is not a regular file"))
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        problem = ManifestProblem(path, f"it cannot be read: {error.strerror}")
        raise ManifestError(problem) from error
    if len(data) > _MAX_BYTES:
        raise ManifestError(ManifestProblem(path, "it is larger than 1 MiB"))
    return parse_document(path, data)


def parse_document(path: str, data: bytes) -> Document:
    """Parse TOML or YAML by the suffix of the path. Raises `ManifestError`."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
        tree = _parse(path, text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(ManifestProblem(path, "it is not UTF-8", line=line)) from error
    except RecursionError as error:
        raise ManifestError(ManifestProblem(path, "it is nested too deeply")) from error
    if not isinstance(tree, dict):
        raise ManifestError(ManifestProblem(path, "it holds no keys at the top"))
    return Document(path, text, tree)


def _parse(path: str, text: str) -> Any:
    if path.endswith(".toml"):
        return parse_toml(path, text)
    # Most people have no YAML manifest, and the parser takes longer to import than all else here.
    from ringlet.agents.yaml_text import parse_yaml

    return parse_yaml(path, text)


def _explain(error: str) -> tuple[KeyPath, str]:
    """Take msgspec's message apart: the key that it is about, and what to say of it."""
    place = _PLACE.search(error)
    parent = _steps(place[1]) if place else ()
    for pattern, verdict in ((_MISSING, "is required"), (_UNKNOWN, "is not known")):
        if field := pattern.search(error):
            if place and _ANY_VALUE in place[1]:
                return parent, f"the key {field[1]} in one of its tables {verdict}"
            return (*parent, field[1]), f"this key {verdict}"
    message = _PLACE.sub("", error).replace("`", "")
    return parent, message[:1].lower() + message[1:]


def _steps(place: str) -> KeyPath:
    """The keys of a place such as `.detect.commands[1]`; `[...]`, some value of a map, ends it."""
    place = place.partition(_ANY_VALUE)[0]
    return tuple(int(index) if index else name for name, index in _STEP.findall(place))


def _dotted(key: KeyPath) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)[1:]
