"""A whole user account in a scratch folder: home, project, daemon, loopback model, agents."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RINGLET = str(Path(sys.executable).with_name("ringlet"))
_SECONDS = 120.0
_NOTHING: Mapping[str, str] = {}


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """The first true value of `condition`, or an error that says what never came."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"{what} did not happen within {seconds:g} s")


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reserved_port() -> int:
    """A free port below those that the system hands out by itself, so that it stays free."""
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe:
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port


@dataclass
class Model:
    """A loopback model in a process of its own; `requests` is what it has seen."""

    base_url: str
    log: Path

    def requests(self) -> list[dict[str, Any]]:
        """One record for each request so far."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def saw_key(self, key: str) -> bool:
        """Whether any request came with this key."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        return any(request["key_sha256"] == digest for request in self.requests())


@dataclass
class World:
    """One user. Programs run with exactly `environ`, in `project` unless told otherwise.

    `prefix` stands before each command line, as `nice` would.
    """

    root: Path
    agents_path: str
    environ: dict[str, str] = field(default_factory=dict)
    prefix: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for folder in (self.home, self.project, self.runtime):
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        scripts = str(Path(sys.executable).parent)
        self.environ = {
            "HOME": str(self.home),
            "PATH": os.pathsep.join([self.agents_path, scripts, "/usr/local/bin:/usr/bin:/bin"]),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "USER": "tester",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            # The usual port is one for the whole machine, where other tests run, too.
            "RINGLET_HTTP_PORT": str(reserved_port()),
        }

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def runtime(self) -> Path:
        """Its path must be short, as part of a socket's, and this account's alone."""
        mark = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:8]
        return Path("/tmp") / f"ringlet-test-{mark}"

    @property
    def config(self) -> Path:
        return self.home / ".config" / "ringlet"

    def run(
        self,
        *arguments: str,
        stdin: str | None = None,
        check: bool = True,
        environ: Mapping[str, str] = _NOTHING,
    ) -> subprocess.CompletedProcess[str]:
        """Run `ringlet` with the arguments; with `check` it must succeed."""
        done = subprocess.run(
            [*self.prefix, RINGLET, *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            cwd=self.project,
            env={**self.environ, **environ},
            timeout=_SECONDS,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{arguments} -> {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def json(self, *arguments: str) -> Any:
        """The parsed output of a command with --json."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `ringlet` without waiting for it."""
        return subprocess.Popen(
            [RINGLET, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.project,
            env=self.environ,
            **options,
        )

    def daemon_pid(self) -> int:
        """The process id of the running daemon."""
        return int(self.json("daemon", "status")["pid"])

    def endpoint(self) -> str:
        """Where the running daemon listens."""
        return str(self.json("daemon", "status")["endpoint"])

    def add_provider(self, identifier: str, kind: str, url: str, apis: str = "") -> None:
        """Write a provider manifest; the running daemon does not know it yet."""
        folder = self.config / "providers.d"
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f'id = "{identifier}"', f'name = "{identifier}"', f'type = "{kind}"', apis]
        lines += ["[endpoints]", f'default = "{url}"', "[auth]"]
        lines += [f'env_key = "{identifier.upper().replace("-", "_")}_KEY"', 'prompt = "Key"']
        lines += ["[models]", 'available = ["model-a", "model-b"]', 'default = "model-a"']
        (folder / f"{identifier}.toml").write_text("\n".join(lines) + "\n")


@contextmanager
def loopback_model(log: Path, environ: dict[str, str]) -> Iterator[Model]:
    """Run the bundled model as a process and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ringlet.demo.llm", "--port", "0", "--log", str(log)],
        stdout=subprocess.PIPE,
        text=True,
        env=environ,
    )
    try:
        assert process.stdout is not None
        yield Model(process.stdout.readline().strip(), log)
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
