"""An environment as commands for a shell to read, in which no value runs, expands or changes."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_env_name
from ringlet.runtime.shell_names import NUMBERS, PROGRAMS, TAKEN, Shell

_NUMBER: Final = re.compile("0|[1-9][0-9]{0,8}")  # with a leading zero some shells drop it
_HALVES: Final = re.compile("[\ud800-\udfff]")
_NO_BYTES: Final = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_CMD_CONTROLS: Final = re.compile("[\x00-\x08\x0a-\x1f]")
_CMD_LONGEST: Final = 8000  # of a line; cmd cuts those of 8192 characters off
_FISH_LISTS: Final = ("PATH", "CDPATH")


def export_lines(env: Mapping[str, str], shell: Shell) -> str:
    """One command for each variable, in the order of `env`; a value may span several lines.

    For `eval "$(...)"`, `... | source` in fish, `... | Out-String | Invoke-Expression` in
    PowerShell, and a file to `call` in cmd, where delayed expansion must be off, as it usually is.
    Bytes that are no text are half a surrogate pair each, as in `os.environ`.
    Raises RingletError for a name or value that the shell could not take as plain data.
    """
    for name, value in env.items():
        _check(name, value, shell)
    render = _RENDERERS[shell]
    lines = "".join(render(name, value) for name, value in env.items())
    # The names of files and the like are in the code page that cmd happens to have.
    return f"@chcp 65001 >nul\r\n{lines}" if shell == "cmd" and not lines.isascii() else lines


def _check(name: str, value: str, shell: Shell) -> None:
    if not is_env_name(name):
        raise RingletError(
            ErrorCode.INVALID_REQUEST, f"{name!r} is not the name of an environment variable"
        )
    if name in PROGRAMS or name in TAKEN[shell]:
        raise _refused(name, shell, f"{shell} runs or computes this variable")
    if name in NUMBERS and not _NUMBER.fullmatch(value):
        raise _refused(name, shell, f"{shell} takes only a whole number for it")
    if "\0" in value:
        raise _refused(name, shell, "it holds a NUL character")
    if _NO_BYTES.search(value):
        raise _refused(name, shell, "it holds half a character")
    unfit = _UNFIT.get(shell)
    if unfit and (why := unfit(name, value)):
        raise _refused(name, shell, why)


def _refused(name: str, shell: Shell, why: str) -> RingletError:
    return RingletError(
        ErrorCode.INVALID_REQUEST,
        f"The value of {name} cannot be handed to {shell}: {why}",
        hint="Leave the variable out of the profile, or use --shell json.",
    )


def _unfit_for_fish(name: str, value: str) -> str:
    lost = name in _FISH_LISTS and "" in value.split(":")
    return "fish puts a dot in place of its empty folder" if lost else ""


def _unfit_for_windows(name: str, value: str) -> str:
    if not value:
        return "it is empty, which removes the variable there"
    return "it is not text" if _HALVES.search(value) else ""


def _unfit_for_cmd(name: str, value: str) -> str:
    if why := _unfit_for_windows(name, value):
        return why
    if _CMD_CONTROLS.search(value):
        return "it holds a line end or another control character"
    if '"' in value and "/?" in value:
        return "it holds both a quote and /?, which asks for help"
    return "it is too long for a line" if len(_cmd(name, value)) > _CMD_LONGEST else ""


def _posix(name: str, value: str) -> str:
    # Always in quotes: a shell may expand what begins with `=` or follows a colon.
    escaped = value.replace("'", "'\\''")
    return f"export {name}='{escaped}'\n"


def _zsh(name: str, value: str) -> str:
    # Options change what zsh makes of a line end or a doubled quote in '…', but not of $'…'.
    if "\n" not in value and "'" not in value:
        return _posix(name, value)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"export {name}=$'{escaped}'\n"


def _fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "'\\n'")
    return f"set -gx {name} '{escaped}'\n"


def _powershell(name: str, value: str) -> str:
    if value.isascii() and value.isprintable():
        text = "'{}'".format(value.replace("'", "''"))
    else:
        # What a program writes is decoded, and parted at line ends, before PowerShell reads it.
        encoded = base64.b64encode(value.encode()).decode()
        text = f"[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{encoded}'))"
    return f"${{env:{name}}} = {text}\n"


def _cmd(name: str, value: str) -> str:
    doubled = value.replace("%", "%%")
    if '"' not in value:
        return f'@set "{name}={doubled}"\r\n'
    # A quote in quotes would end them; outside of them a caret keeps each of these as it is.
    return "@set {}={}\r\n".format(name, re.sub(r'([&|<>()^"])', r"^\1", doubled))


_UNFIT: Final[dict[Shell, Callable[[str, str], str]]] = {
    "fish": _unfit_for_fish,
    "powershell": _unfit_for_windows,
    "cmd": _unfit_for_cmd,
}
_RENDERERS: Final[dict[Shell, Callable[[str, str], str]]] = {
    "bash": _posix,
    "zsh": _zsh,
    "sh": _posix,
    "fish": _fish,
    "powershell": _powershell,
    "cmd": _cmd,
}
