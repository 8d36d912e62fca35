"""What the daemon asks of the client that has the terminal: prompts and input.

An unfinished answer names an action; its result goes back as a `relay_resume` request on the
same connection. Runs have a form of their own: see `ringlet.cli.run`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from ringlet.cli.link import Link, LinkLost, LinkSilent
from ringlet.cli.output import end_unread, write
from ringlet.cli.reading import STDIN, piece, whole

T = TypeVar("T")

_MAX_STDIN = 1 << 16
_INTERRUPTED = 130  # as shells report what Ctrl-C ended
_GONE = 0x8 | 0x20  # select.POLLERR | select.POLLNVAL: the reader went away, or never was


class ActionFailed(Exception):
    """The action could not be carried out; the daemon hears the text, and how the command ends."""

    def __init__(self, text: str, exit_status: int = 1) -> None:
        super().__init__(text)
        self.exit_status = exit_status


class DaemonWent(Exception):
    """The daemon of a command that goes on has gone, as it said (`reason`) or without a word.

    `since` is the last event that the command has told, None if it tells none.
    """

    def __init__(self, since: int | None, reason: str = "") -> None:
        super().__init__(reason)
        self.since = since
        self.reason = reason


def carry_out(link: Link, reply: bytes) -> bytes:
    """Carry out the action of an unfinished answer; returns what the daemon says to its result.

    Raises DaemonWent where the next daemon shall go on with the command.
    """
    step = json.loads(reply)
    write(1, step.get("out", "").encode(errors="surrogateescape"))
    write(2, step.get("err", "").encode(errors="surrogateescape"))
    if "action" not in step:
        return b""  # no such answer is known here
    detail = step.get("detail", {})
    if step["action"] == "rejoin":
        raise DaemonWent(detail["since"], detail["reason"])
    result = perform(step["action"], detail)
    request = {"type": "relay_resume", "conversation": step["conversation"], "result": result}
    try:
        return link.call(json.dumps(request).encode())
    except (LinkLost, LinkSilent) as error:
        if step["action"] == "follow" and isinstance(error, LinkLost):
            raise DaemonWent(detail.get("since")) from None
        return b"1 0\nError: %s\n" % str(error).encode()


def perform(action: str, detail: dict[str, Any]) -> dict[str, Any]:
    """Carry out one action; a failure is a result with the key `failure`."""
    try:
        if action not in _ACTIONS:
            raise ActionFailed(
                f"this command cannot do what the daemon asks for ({action}); "
                "restart the daemon with: ringlet daemon restart"
            )
        return _ACTIONS[action](detail)
    except ActionFailed as error:
        return {"failure": str(error), "exit_status": error.exit_status}


def _show(detail: dict[str, Any]) -> dict[str, Any]:
    """Nothing to do: the text came with the step."""
    return {}


def _follow(detail: dict[str, Any]) -> dict[str, Any]:
    """Whether somebody still reads what came with the step."""
    if not is_read():
        end_unread()  # which is all that the daemon needs to know
    return {}


def is_read() -> bool:
    """Whether somebody still reads our output."""
    import select

    output = select.poll()
    output.register(1, 0)
    return not any(state & _GONE for _, state in output.poll(0))


def _prompt(detail: dict[str, Any]) -> dict[str, Any]:
    """Ask for one line on the terminal, echoed or hidden."""
    text = detail["text"]
    try:
        if detail.get("hidden"):
            import getpass

            return {"value": getpass.getpass(f"{text}: ")}
        write(2, f"{text}: ".encode())
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return {"value": line.rstrip("\r\n")}
    except (EOFError, KeyboardInterrupt) as broken:
        write(2, b"\n")
        interrupted = isinstance(broken, KeyboardInterrupt)
        raise ActionFailed("no answer was given", _INTERRUPTED if interrupted else 1) from None


def _read_stdin(detail: dict[str, Any]) -> dict[str, Any]:
    """The whole standard input, as text."""
    data = _checked("the standard input", whole, _MAX_STDIN)
    if len(data) > _MAX_STDIN:
        raise ActionFailed("the standard input is longer than 64 KiB")
    try:
        return {"value": data.decode()}
    except UnicodeDecodeError:
        raise ActionFailed("the standard input is not UTF-8 text") from None


def _read_file(detail: dict[str, Any]) -> dict[str, Any]:
    """The next piece of a file or pipe, a character for each byte; none at its end."""
    path = detail["path"]
    shown = "the standard input" if path == STDIN else path
    return {"value": _checked(shown, piece, path).decode("latin-1")}


def _checked(shown: str, read: Callable[[T], bytes], given: T) -> bytes:
    try:
        return read(given)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ActionFailed(f"Cannot read {shown}: {reason.lower()}") from None


def _edit(detail: dict[str, Any]) -> dict[str, Any]:
    """Open a file in the user's editor; done when that ends."""
    import os
    import shlex
    import subprocess

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        done = subprocess.run([*shlex.split(editor), detail["path"]], check=False)  # noqa: S603
    except (OSError, ValueError) as error:
        raise ActionFailed(f"the editor {editor!r} cannot be started: {error}") from None
    if done.returncode != 0:
        raise ActionFailed(f"the editor {editor!r} ended with exit code {done.returncode}")
    return {}


def _open(detail: dict[str, Any]) -> dict[str, Any]:
    """Open an address in the browser."""
    import webbrowser

    if not webbrowser.open(detail["url"]):
        raise ActionFailed("no browser could be opened; open the address yourself")
    return {}


_ACTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "follow": _follow,
    "open": _open,
    "show": _show,
    "prompt": _prompt,
    "read_stdin": _read_stdin,
    "read_file": _read_file,
    "edit": _edit,
}
