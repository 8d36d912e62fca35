"""Find a script: the user's own, else the registry's, else the built-in one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.descriptors import open_regular, read_all
from ringlet.store.paths import Paths

BUILT_IN: Final = "built-in"
_SUFFIX: Final = ".rhai"
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LARGEST_SCRIPT: Final = 1 << 20  # bytes; the interpreter's own limit of a text


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text; `source` is the path of its file, or "built-in"."""

    name: str
    text: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class ScriptFolders:
    """Where scripts are looked for before the built-in ones; neither folder has to exist."""

    user: Path
    registry: Path

    @classmethod
    def of(cls, paths: Paths) -> ScriptFolders:
        """Those of an installation."""
        return cls(paths.scripts, paths.registry_scripts)

    def __iter__(self) -> Iterator[Path]:
        return iter((self.user, self.registry))

    def origin(self, source: str) -> str:
        """`user`, `registry` or `built-in`, told by where a script was found."""
        if source == BUILT_IN:
            return BUILT_IN
        return "user" if Path(source).parent == self.user else "registry"


def find_script(name: str, folders: ScriptFolders) -> Script:
    """The script of that file name.

    SCRIPT_ERROR if there is none, if the name is a path, or if a file cannot be read or is a
    link that leads out of its folder.
    """
    source = locate_script(name, folders)
    if source == BUILT_IN:
        return Script(name, _built_in(name).read_text("utf-8"), BUILT_IN)
    return Script(name, read_script(Path(source), within=Path(source).parent), source)


def locate_script(name: str, folders: ScriptFolders) -> str:
    """The source of the script of that file name, without reading it."""
    if not _FILE_NAME.fullmatch(name):
        raise RingletError(
            ErrorCode.SCRIPT_ERROR,
            f"{name!r} is not the file name of a script",
            hint="A manifest names a script without its folder, such as claude.rhai.",
        )
    for folder in folders:
        path = folder / name
        if path.is_symlink() or path.exists():
            return str(path)
    if _built_in(name).is_file():
        return BUILT_IN
    raise RingletError(
        ErrorCode.SCRIPT_ERROR,
        f"There is no script {name}",
        hint=f"Put it into {folders.user}, or name another one in the agent's manifest.",
    )


def list_scripts(folders: ScriptFolders) -> dict[str, str]:
    """All scripts by name, each with the source that counts."""
    built_in = resources.files("ringlet.data") / "scripts"
    found = {entry.name: BUILT_IN for entry in built_in.iterdir() if _is_script(entry.name)}
    for folder in reversed(tuple(folders)):
        if folder.is_dir():
            found |= {p.name: str(p) for p in folder.iterdir() if _is_script(p.name)}
    return dict(sorted(found.items()))


def read_script(path: Path, *, within: Path | None = None) -> str:
    """The text of a script's file; SCRIPT_ERROR if it cannot be read or lies elsewhere."""
    try:
        real = path.resolve(strict=True)
        if within is not None and not real.is_relative_to(within.resolve(strict=True)):
            raise RingletError(
                ErrorCode.SCRIPT_ERROR,
                f"The script {path} is a link that leads out of its folder",
                hint="Copy the file into the folder instead.",
            )
        return decode_script(read_all(open_regular(real, os.O_RDONLY), LARGEST_SCRIPT), path)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise RingletError(
            ErrorCode.SCRIPT_ERROR, f"The script {path} cannot be read: {error}"
        ) from error


def decode_script(content: bytes, source: str | Path) -> str:
    """The text of a script's content; SCRIPT_ERROR if it is too long or not UTF-8."""
    if len(content) > LARGEST_SCRIPT:
        raise RingletError(ErrorCode.SCRIPT_ERROR, f"The script {source} is larger than 1 MiB")
    try:
        return content.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        raise RingletError(
            ErrorCode.SCRIPT_ERROR, f"The script {source} cannot be read: {error}"
        ) from error


def _built_in(name: str) -> resources.abc.Traversable:
    return resources.files("ringlet.data") / "scripts" / name


def _is_script(name: str) -> bool:
    return name.endswith(_SUFFIX) and _FILE_NAME.fullmatch(name) is not None
