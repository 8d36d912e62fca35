"""Accounts to break: one with a daemon that lives for all trials, and fresh ones for one trial."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import psutil
from tests.faults.surroundings import Surroundings

PROGRAMS: Final = Path(sys.executable).parent
RINGLET: Final = os.fsencode(PROGRAMS / "ringlet")
_NOBODY: Final = 65534
_END_SECONDS: Final = 30.0


class Account:
    """A home with what belongs to it; `user` owns it."""

    def __init__(self, root: Path, scratch: Path, *, user: int = 0) -> None:
        self.user = user
        self._told = 0
        self.scratch = scratch
        self.home, self.runtime, self.project = root / "home", root / "run", root / "project"
        for folder in (root, self.home, self.runtime, self.project):
            folder.mkdir(mode=0o755 if folder == root else 0o700)
            os.chown(folder, user or -1, user or -1)
        (self.home / ".npmrc").write_text("registry=http://127.0.0.1:9\nfetch-retries=0\n")

    @property
    def config(self) -> Path:
        return self.home / ".config" / "ringlet"

    def surroundings(self) -> Surroundings:
        """Ordinary ones."""
        environ = {
            "HOME": str(self.home),
            "PATH": f"{PROGRAMS}:/usr/local/bin:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(self.runtime),
            "USER": "tester",
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "EDITOR": "true",
            "RINGLET_HTTP_PORT": "0",
        }
        encoded = {os.fsencode(name): os.fsencode(value) for name, value in environ.items()}
        here = Surroundings(self.scratch, self.home, self.runtime, encoded, user=self.user)
        here.preamble.append(b"cd '%s'" % os.fsencode(self.project))
        return here

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Run a command as anybody would."""
        here = self.surroundings()
        argv = here.argv([RINGLET, *map(os.fsencode, words)])
        return subprocess.run(
            argv, env=here.environ, capture_output=True, stdin=subprocess.DEVNULL,
            timeout=120, check=False,
        )  # fmt: skip

    def complaints(self) -> list[str]:
        """Defects that the log tells of since the last call: each has a trace."""
        try:
            with (self.config / "logs" / "ringletd.log").open("rb") as log:
                log.seek(self._told)
                lines = log.read().splitlines()
                self._told = log.tell()
        except OSError:
            return []
        return [line[-1500:].decode(errors="replace") for line in lines if _is_defect(line)]

    def daemon(self) -> int | None:
        """The process id that its daemon wrote down."""
        try:
            return int((self.config / "daemon.pid").read_text())
        except (OSError, ValueError):
            return None


def prepare(root: Path, scratch: Path) -> Account:
    """An account in use: a daemon, two profiles."""
    account = Account(root, scratch)
    for words in (
        "daemon start --stay-alive",
        "profiles create demo there --provider demo --no-alias",
        "profiles create demo other --provider demo --no-alias",
    ):
        done = account.run(*words.split())
        if done.returncode:
            raise RuntimeError(f"{words}: {done.stderr.decode(errors='replace')}")
    return account


def _is_defect(line: bytes) -> bool:
    return b'"level":"error"' in line and b'"trace"' in line


def nobody() -> int:
    """A user without rights, where we may become one."""
    return _NOBODY if os.geteuid() == 0 else 0


def strangers(known: set[int]) -> list[psutil.Process]:
    """Our descendants besides those that are known; orphans are ours, since we adopt them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if process.pid not in known and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def collect() -> dict[int, int]:
    """The children that have ended, and how."""
    ended = {}
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = os.waitstatus_to_exitcode(found[1])
    except ChildProcessError:
        pass
    return ended


def is_daemon(process: psutil.Process) -> bool:
    """Whether it is a daemon of ours, however it was started."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return any("ringlet.daemon" in word or word == "daemon" or "9.9.9" in word for word in words)


def end(process: psutil.Process) -> str:
    """End a daemon as the system would; what is wrong with how it goes."""
    try:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        deadline = time.monotonic() + _END_SECONDS
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                process.kill()
                return f"the daemon {process.pid} does not end on SIGTERM"
            time.sleep(0.01)
    except psutil.NoSuchProcess:
        pass
    return ""
