"""Command lines as the tiny client forwards them, and the answers to them.

Not JSON, because a JSON encoder would be the most expensive part of the client. A request is
NUL-separated: "", magic, token (TCP only), cwd, columns, terminal flags, number of environment
items, those items as NAME=value, then the arguments. A finished answer is a line with exit
status and length of the standard output, then both outputs; an unfinished one is JSON.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

MAGIC: Final = b"\0ringlet-relay/1\0"
AGAIN: Final = b"~"  # the daemon is shutting down: nothing was done, ask the next one


@dataclass(frozen=True, slots=True)
class Invocation:
    """One command line and the terminal it was typed in."""

    argv: list[str]
    cwd: str
    columns: int = 80
    terminals: tuple[bool, bool, bool] = (False, False, False)
    environ: dict[str, str] = field(default_factory=dict, repr=False)
    token: bytes = field(default=b"", repr=False)

    @property
    def colour(self) -> bool:
        """Whether the standard output is a terminal whose user wants colours."""
        plain = self.environ.get("NO_COLOR") or self.environ.get("TERM") == "dumb"
        return self.terminals[1] and not plain

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer a question."""
        return self.terminals[0] and self.terminals[2]


def parse_invocation(body: bytes) -> Invocation:
    """Decode a request; raises ValueError if it is not one."""
    _, _, token, cwd, columns, flags, count, *rest = body.split(b"\0")
    items = rest[: int(count)]
    environ = {}
    for item in items:
        name, _, value = item.partition(b"=")
        environ[os.fsdecode(name)] = os.fsdecode(value)
    return Invocation(
        argv=[os.fsdecode(argument) for argument in rest[len(items) :]],
        cwd=os.fsdecode(cwd),
        columns=max(20, min(int(columns), 1000)),
        terminals=(flags[:1] == b"t", flags[1:2] == b"t", flags[2:3] == b"t"),
        environ=environ,
        token=token,
    )


def finished(status: int, out: str, err: str) -> bytes:
    """The answer of a command that needs nothing more of the client."""
    data = out.encode(errors="surrogateescape")
    return b"%d %d\n" % (status, len(data)) + data + err.encode(errors="surrogateescape")


class Unfinished(msgspec.Struct, frozen=True, omit_defaults=True):
    """An answer that asks the client to do something and come back with the result.

    `action` is one of those in `ringlet.cli.actions`, `detail` its parameters; `out` and `err`
    are written first. The client answers with a `relay_resume` request on the same connection.
    """

    conversation: str
    action: str
    detail: dict[str, Any] = {}
    out: str = ""
    err: str = ""
