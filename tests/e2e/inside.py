"""What a tool of an agent might try, as a program: jobs in JSON on stdin, answers on stdout.

Each job is `["command", words]`, `["request", object]`, `["http", method, path, body]` or
`["events"]`; each answer `[status, text]`, where 0 (for HTTP 2xx) is success.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from ringlet.cli import link, start
from ringlet.store import locations

_SECONDS = 60


def command(words: list[str]) -> tuple[int, str]:
    ringlet = str(Path(sys.executable).with_name("ringlet"))
    done = subprocess.run(
        [ringlet, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    return done.returncode, done.stdout + done.stderr


def request(content: dict[str, Any]) -> tuple[int, str]:
    connection = start.ensure()
    try:
        reply = json.loads(connection.call(json.dumps(content).encode()))
    except (link.LinkLost, link.LinkRefused) as error:
        return -1, str(error)
    finally:
        connection.close()
    failed = reply["type"] == "error"
    return reply["data"]["code"] if failed else 0, json.dumps(reply["data"])


def http(method: str, path: str, body: Any = None) -> tuple[int, str]:
    config = Path(locations.config_dir(os.environ))
    asked = urllib.request.Request(
        (config / "http-endpoint").read_text() + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {(config / 'http_token').read_text()}",
            "Content-Type": "application/json",
        },
    )
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:
            stream = "event-stream" in answer.headers["Content-Type"]
            return 0, "" if stream else answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def events() -> tuple[int, str]:
    """0 if the publish socket tells a subscriber of a run that is started meanwhile."""
    status = request({"type": "daemon_status"})[1]
    path = json.loads(status)["events_endpoint"].removeprefix("ipc://")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        connection.connect(path)
        connection.sendall(b"\0SP\0\0\x21\0\0")
        try:
            connection.recv(8)  # the greeting
            command(["profiles", "exec", os.environ["RINGLET_PROFILE"], "true"])
            return (0 if connection.recv(1) else 1), ""
        except ConnectionResetError:
            return 1, ""


JOBS = {"command": command, "request": request, "http": http, "events": events}

if __name__ == "__main__":
    jobs = json.loads(sys.stdin.read())
    print(json.dumps([JOBS[kind](*arguments) for kind, *arguments in jobs]))
