"""What the daemon asks of the client that has the terminal: prompts, runs, output.

An unfinished answer names an action; its result goes back as a `relay_resume` request on the
same connection until the command has finished.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from ringlet.cli.link import Link, LinkLost
from ringlet.cli.relay import write

_MAX_STDIN = 1 << 16


class ActionFailed(Exception):
    """The action could not be carried out; the daemon hears the text."""


def converse(link: Link, reply: bytes) -> int:
    """Carry out actions until the command has finished; returns its exit status."""
    ender: int | None = None
    while reply[:1] == b"{":
        step = json.loads(reply)
        write(1, step.get("out", "").encode(errors="surrogateescape"))
        write(2, step.get("err", "").encode(errors="surrogateescape"))
        result = perform(step["action"], step.get("detail", {}), link)
        ender = result.get("signal")
        request = {"type": "relay_resume", "conversation": step["conversation"], "result": result}
        try:
            reply = link.call(json.dumps(request).encode())
        except LinkLost as error:
            if step["action"] == "run":
                reply = _report_elsewhere(step["detail"]["run_id"], result)
                break
            write(2, f"Error: {error}\n".encode())
            return 1
    head, _, output = reply.partition(b"\n")
    status, size = head.split(b" ")
    write(1, output[: int(size)])
    write(2, output[int(size) :])
    if ender:
        _end_like_the_agent(ender)
    return int(status)


def perform(action: str, detail: dict[str, Any], link: Link | None) -> dict[str, Any]:
    """Carry out one action; a failure is a result with the key `failure`."""
    try:
        if action == "run":
            from ringlet.cli import run

            return run.supervise(detail, link)
        return _SIMPLE[action](detail)
    except ActionFailed as error:
        return {"failure": str(error)}


def _show(detail: dict[str, Any]) -> dict[str, Any]:
    """Nothing to do: the text came with the step."""
    return {}


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
    except (EOFError, KeyboardInterrupt):
        write(2, b"\n")
        raise ActionFailed("no answer was given") from None


def _read_stdin(detail: dict[str, Any]) -> dict[str, Any]:
    """The whole standard input, as text."""
    data = sys.stdin.buffer.read(_MAX_STDIN + 1)
    if len(data) > _MAX_STDIN:
        raise ActionFailed("the standard input is longer than 64 KiB")
    try:
        return {"value": data.decode()}
    except UnicodeDecodeError:
        raise ActionFailed("the standard input is not UTF-8 text") from None


_SIMPLE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "show": _show,
    "prompt": _prompt,
    "read_stdin": _read_stdin,
}


def _report_elsewhere(run_id: str, result: dict[str, Any]) -> bytes:
    """Tell the next daemon how a run ended whose own daemon has gone."""
    from ringlet.cli import start
    from ringlet.cli.link import LinkRefused
    from ringlet.store.instance import InstanceError

    request = {"type": "profiles_complete", "run_id": run_id, **result}
    status = result.get("exit_code", 1)
    try:
        start.ensure().call(json.dumps(request).encode())
    except (InstanceError, LinkRefused, LinkLost) as error:
        write(2, f"ringlet: the end of this run could not be recorded: {error}\n".encode())
    return b"%d 0\n" % (status if status >= 0 else 128 - status)


def _end_like_the_agent(number: int) -> None:
    """Die of the signal that ended the agent, so that the shell sees what it would have seen."""
    import signal

    if number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL) if number != signal.SIGKILL else None
        os.kill(os.getpid(), number)
