"""An environment as commands for a shell to read, in which no value runs or expands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Final, Literal

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_env_name

Shell = Literal["bash", "zsh", "sh", "fish", "powershell"]

# Quotes do not help here: bash and zsh evaluate what these are set to as arithmetic, in which
# `a[$(command)]` runs the command.
_NUMBERS: Final = frozenset(
    """
    ARGC BASHPID COLUMNS EGID EUID FUNCNEST GID HISTCMD HISTSIZE KEYTIMEOUT LINENO LINES LISTMAX
    MAILCHECK OPTIND PPID RANDOM SAVEHIST SECONDS SHLVL SRANDOM TRY_BLOCK_ERROR
    TRY_BLOCK_INTERRUPT TTYIDLE UID ZSH_SUBSHELL
    """.split()
)
# Nor here: a shell runs these, or what is substituted in them, at its next prompt or start.
_PROGRAMS: Final = frozenset(
    """
    BASH_ENV ENV PROMPT PROMPT2 PROMPT3 PROMPT4 PROMPT_COMMAND PS0 PS1 PS2 PS3 PS4 RPROMPT RPROMPT2
    RPS1 RPS2 SPROMPT
    """.split()
)


def export_lines(env: Mapping[str, str], shell: Shell) -> str:
    """One command for each variable, in the order of `env`; a value may span several lines.

    For `eval "$(...)"`, or `... | source` in fish. Raises RingletError for a name or value that
    the shell could not take as plain data.
    """
    render = _RENDERERS[shell]
    for name, value in env.items():
        _check(name, value)
    return "".join(render(name, value) for name, value in env.items())


def _check(name: str, value: str) -> None:
    if not is_env_name(name):
        raise RingletError(
            ErrorCode.INVALID_REQUEST, f"{name!r} is not the name of an environment variable"
        )
    number = re.fullmatch(r"[0-9]{1,9}", value)
    if name in _PROGRAMS or (name in _NUMBERS and not number) or "\0" in value:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"The value of {name} cannot be handed to a shell",
            hint="Shells run or compute it, or it holds a NUL character. Leave the variable out.",
        )


def _posix(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}\n"


def _fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}'\n"


def _powershell(name: str, value: str) -> str:
    # PowerShell ends a quoted text at typographic quotes too; doubled, each is itself.
    escaped = re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", value)
    return f"${{env:{name}}} = '{escaped}'\n"


_RENDERERS: Final[dict[Shell, Callable[[str, str], str]]] = {
    "bash": _posix,
    "zsh": _posix,
    "sh": _posix,
    "fish": _fish,
    "powershell": _powershell,
}
