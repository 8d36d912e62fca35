"""Command lines as the tiny client forwards them, and the answers to them.

Not JSON, because a JSON encoder would be the most expensive part of the client. A request is
NUL-separated: "", magic, token (TCP only), cwd, columns, terminal flags, number of environment
items, those items as NAME=value, then the arguments. A finished answer is a line with exit
status and length of the standard output, then both outputs; an unfinished one is JSON.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ringlet import __version__
from ringlet.domain.errors import ErrorCode
from ringlet.wire.replies.runs import ExecutionContext

# Commands and what they ask of their client go together: client and daemon are of one build.
MAGIC: Final = b"\0ringlet-relay/2 %s\0" % __version__.encode()
RUN: Final = b"\0ringlet-run/2\0"
KEYS: Final = b"\0ringlet-keys/2\0"
UNFINISHED: Final = (b"@", b"{")  # how answers begin that ask the client for something
AGAIN: Final = b"~"  # the daemon is shutting down: nothing was done, ask the next one
FAILED: Final = b"!"  # the daemon could not start; why follows


class Invocation(msgspec.Struct, frozen=True):
    """One command line and the terminal it was typed in."""

    argv: list[str]
    cwd: str
    columns: int = 80
    terminals: tuple[bool, bool, bool] = (False, False, False)
    environ: dict[str, str] = {}
    token: bytes = b""

    def __repr__(self) -> str:
        return f"Invocation(argv={self.argv!r}, cwd={self.cwd!r})"

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
    folder = os.fsdecode(cwd)
    return Invocation(
        argv=[os.fsdecode(argument) for argument in rest[len(items) :]],
        cwd=folder,
        columns=max(20, min(int(columns), 1000)),
        terminals=(flags[:1] == b"t", flags[1:2] == b"t", flags[2:3] == b"t"),
        environ=seen_from(folder, environ),
        token=token,
    )


def seen_from(folder: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with a PATH that means the same in any folder.

    Relative entries begin in the caller's `folder`; where that is unknown they are left out.
    """
    if "PATH" not in environ:
        return dict(environ)
    entries = environ["PATH"].split(os.pathsep)
    rooted = (os.path.join(folder, entry) for entry in entries)
    return {**environ, "PATH": os.pathsep.join(filter(os.path.isabs, rooted))}


def finished(status: int, out: str, err: str) -> bytes:
    """The answer of a command that needs nothing more of the client."""
    data = _raw(out)
    return b"%d %d\n" % (status, len(data)) + data + _raw(err)


def _raw(text: str) -> bytes:
    """Bytes of names as they were; half a character, which only JSON can hold, becomes "?"."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="replace")


def is_foreign(body: bytes) -> bool:
    """Whether a message is of this protocol, but of another build or version."""
    return body.startswith(b"\0ringlet-") and not body.startswith((MAGIC, RUN, KEYS))


def mismatch(body: bytes) -> bytes:
    """What a client of another build is told, in the form that all builds understand."""
    theirs = body[1:].partition(b"\0")[0].rpartition(b" ")[2].decode(errors="replace")
    shown = "".join(letter for letter in theirs[:40] if letter.isprintable())
    return finished(
        2,
        "",
        f"Error: The daemon is Ringlet {__version__}, this command is {shown} "
        f"[{int(ErrorCode.PROTOCOL_MISMATCH)}]\n"
        "Hint: Restart the daemon with: ringlet daemon restart\n",
    )


def run_plan(conversation: str, plan: ExecutionContext, out: str, err: str) -> bytes:
    """An answer that asks the client to run a program: "@" and two lengths, outputs, fields.

    The fields are NUL-separated: "", conversation, run id, ticket, folder, program, number of
    arguments, those, then the environment as NAME=value. The client answers with a `RUN`
    message: conversation, then "ended", exit code, CPU seconds, peak bytes, or "failure", the
    status that the command ends with, text.
    """
    said = [_raw(out), _raw(err)]
    fields = ["", conversation, plan.run_id, plan.ticket, plan.working_dir, plan.binary]
    fields += [str(len(plan.args)), *plan.args]
    fields += [f"{name}={value}" for name, value in plan.env.items()]
    body = b"\0".join(map(os.fsencode, fields))
    return b"@%d %d\n" % (len(said[0]), len(said[1])) + b"".join(said) + body


def parse_run_result(body: bytes) -> tuple[str, dict[str, Any]]:
    """Conversation and result of a run; raises ValueError if it is no such message."""
    conversation, kind, *fields = body.removeprefix(RUN).split(b"\0")
    if kind == b"failure":
        status, text = fields
        failure = {"failure": text.decode(errors="replace"), "exit_status": int(status)}
        return conversation.decode(), failure
    code, cpu, peak = fields
    result = {
        "exit_code": int(code),
        "cpu_seconds": float(cpu),
        "peak_memory_bytes": int(peak),
    }
    return conversation.decode(), result


def keys(env: Mapping[str, str]) -> bytes:
    """The answer to a `KEYS` message, which is that and a ticket."""
    return b"\0" + b"\0".join(os.fsencode(f"{name}={value}") for name, value in env.items())


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
