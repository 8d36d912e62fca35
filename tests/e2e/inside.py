"""What a tool of an agent might try, as a program: jobs in JSON on stdin, answers on stdout.

With the arguments `file PATH` jobs stand there, and answers go to `PATH.out`. `OWN_RUN` in a job is
the run that it is in. With the argument `orphan` a grandchild of another session does them, without
any variable that tells of a run. Each job is `["command", words, stdin]`, `["request", object]`,
`["http", method, path, body]`, `["hasty", …]`, which does not wait for the answer, or `["events"]`;
each answer `[status, text]`, where 0 (HTTP: 2xx) is success.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from ringlet.cli import link, start
from ringlet.store import locations

_SECONDS = 60


def command(words: list[str], told: str = "") -> tuple[int, str]:
    ringlet = str(Path(sys.executable).with_name("ringlet"))
    done = subprocess.run(
        [ringlet, *words],
        input=told,
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
    url = (config / "http-endpoint").read_text() + path
    head = {"Authorization": f"Bearer {(config / 'http_token').read_text()}"}
    with httpx.stream(method, url, headers=head, json=body, timeout=_SECONDS) as answer:
        endless = "event-stream" in answer.headers["Content-Type"]
        text = "" if endless else answer.read().decode()
        return 0 if answer.is_success else answer.status_code, text


def hasty(method: str, path: str, body: Any) -> tuple[int, str]:
    """The same by somebody who is gone before there is an answer; several times."""
    config = Path(locations.config_dir(os.environ))
    host, port = (config / "http-endpoint").read_text().removeprefix("http://").split(":")
    token, content = (config / "http_token").read_text(), json.dumps(body)
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
    kind = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall((head + kind + content).encode())
    return 0, ""


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


JOBS: dict[str, Callable[..., tuple[int, str]]] = {
    "command": command,
    "request": request,
    "http": http,
    "hasty": hasty,
    "events": events,
}


def orphaned(jobs: Any) -> str:
    """The answers to what a process gets that has cleared its environment and lost its parent."""
    alive, out = os.pipe(), os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.close(alive[1])
            os.read(alive[0], 1)  # until the parent has ended
            kept = {n: v for n, v in os.environ.items() if n not in ("RINGLET_RUN_ID", "HOME")}
            me = subprocess.run(
                [sys.executable, __file__],
                input=json.dumps(jobs),
                env=kept | {"HOME": os.environ["RINGLET_USER_HOME"]},
                stdout=out[1],
                text=True,
                check=False,
            )
            os._exit(me.returncode)
        os._exit(0)
    os.wait()
    os.close(alive[1])
    os.close(out[1])
    with os.fdopen(out[0]) as reader:
        return reader.read().strip()


def main() -> None:
    how, where = [*sys.argv[1:], "", ""][:2]
    text = Path(where).read_text() if how == "file" else sys.stdin.read()
    jobs = json.loads(text.replace("OWN_RUN", os.environ.get("RINGLET_RUN_ID", "")))
    if how == "orphan":
        print(orphaned(jobs))
        return
    answers = json.dumps([JOBS[kind](*arguments) for kind, *arguments in jobs])
    if how == "file":
        Path(f"{where}.new").write_text(answers)
        os.replace(f"{where}.new", f"{where}.out")
    else:
        print(answers)


if __name__ == "__main__":
    main()
