"""Find a script and run it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting import host, rhai
from ringlet.scripting.context import ScriptInput, build_context
from ringlet.scripting.result import ScriptResult, parse_result

_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_LARGEST_SCRIPT: Final = 1 << 20  # bytes; the interpreter's own limit of a text


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text; `source` is the path of the user's file, or "built-in"."""

    name: str
    text: str = field(repr=False)
    source: str


def find_script(name: str, *, user_dir: Path) -> Script:
    """The script of that file name: the user's, else the built-in one.

    SCRIPT_ERROR if there is none, if the name is a path, or if the user's file cannot be read or
    is a link that leads out of the folder.
    """
    if not _FILE_NAME.fullmatch(name):
        raise RingletError(
            ErrorCode.SCRIPT_ERROR,
            f"{name!r} is not the file name of a script",
            hint="A manifest names a script without its folder, such as claude.rhai.",
        )
    path = user_dir / name
    if path.is_symlink() or path.exists():
        return Script(name, _read(path, user_dir), str(path))
    built_in = resources.files("ringlet.data") / "scripts" / name
    if built_in.is_file():
        return Script(name, built_in.read_text("utf-8"), "built-in")
    raise RingletError(
        ErrorCode.SCRIPT_ERROR,
        f"There is no script {name}",
        hint=f"Put it into {user_dir}, or name another one in the agent's manifest.",
    )


def run_script(
    script: Script, given: ScriptInput, *, on_print: Callable[[str], None] | None = None
) -> ScriptResult:
    """What the script makes of its input; SCRIPT_ERROR with line and column if it fails.

    It computes for up to some 100 ms, so that an event loop calls it in a thread.
    """
    try:
        value = _compile(script.name, script.text).run(
            build_context(given),
            limits=rhai.Limits(),
            modules=host.MODULES,
            functions=host.FUNCTIONS,
            on_print=on_print or _discard,
        )
    except rhai.RhaiError as error:
        raise _translate(script, error) from error
    return parse_result(script.name, value)


@lru_cache(maxsize=64)
def _compile(name: str, text: str) -> rhai.Program:
    return rhai.compile(text, name=name)


def _read(path: Path, folder: Path) -> str:
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve(strict=True)):
            raise RingletError(
                ErrorCode.SCRIPT_ERROR,
                f"The script {path} is a link that leads out of its folder",
                hint="Copy the file into the folder instead.",
            )
        with real.open("rb") as file:
            content = file.read(_LARGEST_SCRIPT + 1)
        if len(content) > _LARGEST_SCRIPT:
            raise RingletError(ErrorCode.SCRIPT_ERROR, f"The script {path} is larger than 1 MiB")
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise RingletError(
            ErrorCode.SCRIPT_ERROR, f"The script {path} cannot be read: {error}"
        ) from error


def _translate(script: Script, error: rhai.RhaiError) -> RingletError:
    place = f", line {error.line}, column {error.column}" if error.position else ""
    return RingletError(
        ErrorCode.SCRIPT_ERROR,
        f"Script {script.name}{place}: {error.message}",
        hint=f"{error.excerpt}\n({script.source})".lstrip("\n"),
    )


def _discard(text: str) -> None:
    """Printing is for trying a script out; a run has nobody to read it."""
