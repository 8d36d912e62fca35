"""Manifest files, read and turned into trees whose keys know their lines."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from importlib.resources.abc import Traversable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import msgspec

from ringlet.agents.problems import KeyPath, ManifestError, ManifestProblem, UnreadableError
from ringlet.agents.toml_text import TomlLines, read_toml
from ringlet.store.descriptors import open_regular, read_all

if TYPE_CHECKING:
    from ringlet.agents.yaml_text import YamlLines

Target = TypeVar("Target", bound=msgspec.Struct)

SUFFIXES: Final = (".toml", ".yaml", ".yml")
_LARGEST: Final = 256 << 10  # bytes; the longest of the built-in ones has 3,000
_TOO_LARGE: Final = f"it is larger than {_LARGEST >> 10} KiB"
_MOST_TOLD: Final = 50  # mistakes of one file
_MORE: Final = "it has more mistakes than these"
_REASONS: Final = {
    errno.EFBIG: _TOO_LARGE,
    errno.EINVAL: "it is not a regular file",
    errno.EISDIR: "it is not a regular file",
    errno.ENOENT: "it is not a regular file",  # a link that leads nowhere
}


class Document(msgspec.Struct, frozen=True):
    """One manifest as written: `tree` is its content, `text` tells the lines."""

    path: str
    text: str
    tree: dict[str, Any]

    def convert(self, target: type[Target]) -> Target:
        """Return the tree as the struct, or raise `ManifestError` about what does not fit."""
        try:
            return msgspec.convert(self.tree, target)
        except msgspec.ValidationError as error:
            from ringlet.agents.misfits import misfits  # for broken manifests only

            found = misfits(self.tree, target, most=_MOST_TOLD + 1)
            raise ManifestError(*self._problems(found)) from error

    def reject(self, key: KeyPath, message: str) -> NoReturn:
        """Raise `ManifestError` about the key."""
        raise ManifestError(self.problem(key, message))

    def refuse(self, complaints: Iterable[tuple[KeyPath, str]]) -> None:
        """Raise `ManifestError` about all complaints, if there are any."""
        if told := list(islice(complaints, _MOST_TOLD + 1)):
            raise ManifestError(*self._problems(told))

    def problem(self, key: KeyPath, message: str) -> ManifestProblem:
        """What to say about the key, with its line as far as it is written at all."""
        return self._problems([(key, message)])[0]

    def _problems(self, complaints: Sequence[tuple[KeyPath, str]]) -> list[ManifestProblem]:
        """What to say about keys; the text is looked through for their lines once."""
        lines = self._lines()
        told = [
            ManifestProblem(self.path, message, line=lines.find(key), key=_dotted(key) or None)
            for key, message in complaints[:_MOST_TOLD]
        ]
        more = len(complaints) > _MOST_TOLD
        return [*told, ManifestProblem(self.path, _MORE)] if more else told

    def _lines(self) -> TomlLines | YamlLines:
        if self.path.endswith(".toml"):
            return TomlLines(self.text)
        from ringlet.agents.yaml_text import YamlLines

        return YamlLines(self.text)


def read_document(file: Traversable, path: str) -> Document:
    """Read a manifest; `path` is what messages call it. Raises `ManifestError`."""
    try:
        if isinstance(file, Path):
            data = read_all(open_regular(file, os.O_RDONLY), _LARGEST)
        else:
            data = file.read_bytes()  # what is shipped with us
    except OSError as error:
        if reason := _REASONS.get(error.errno or 0):
            raise ManifestError(ManifestProblem(path, reason)) from error
        why = f"it cannot be read: {error.strerror or error}"
        raise UnreadableError(ManifestProblem(path, why)) from error
    return parse_document(path, data)


def parse_document(path: str, data: bytes) -> Document:
    """Parse TOML or YAML by the suffix of the path. Raises `ManifestError`."""
    if len(data) > _LARGEST:
        raise ManifestError(ManifestProblem(path, _TOO_LARGE))
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
        return read_toml(path, text)
    # Most people have no YAML manifest, and the parser takes longer to import than all else here.
    from ringlet.agents.yaml_text import parse_yaml

    return parse_yaml(path, text)


def _dotted(key: KeyPath) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)[1:]
