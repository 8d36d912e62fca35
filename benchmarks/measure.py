"""What the benchmarks share: a scratch account, interleaved timing, and the form of a result."""

from __future__ import annotations

import compileall
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import psutil

import ringlet
from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.store import instance, locations

RINGLET: Final = str(Path(sys.executable).with_name("ringlet"))
BARE: Final = (sys.executable, "-c", "pass")
_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Account:
    """A user account in a scratch folder, with a daemon of its own once a command wants one."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def config(self) -> Path:
        return self.home / ".config" / "ringlet"

    @property
    def programs(self) -> Path:
        """A folder on the account's PATH."""
        return self.root / "bin"

    @property
    def environ(self) -> dict[str, str]:
        """All that its programs get; nothing of our own environment, so that .pyc are written."""
        return {
            "HOME": str(self.home),
            "PATH": f"{self.programs}:{Path(RINGLET).parent}:/usr/local/bin:/usr/bin:/bin",
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "USER": "bench",
            "LANG": "C.UTF-8",
        }

    def run(self, *argv: str) -> str:
        """The standard output of `ringlet` with these arguments; it must succeed."""
        done = subprocess.run(
            [RINGLET, *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            env=self.environ,
            timeout=_SECONDS,
            check=True,
        )
        return done.stdout

    def milliseconds(self, argv: tuple[str, ...]) -> float:
        """Wall time of one program, from its start to its collected end; it must succeed."""
        silent = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1)]
        environ = self.environ
        began = time.perf_counter_ns()
        pid = os.posix_spawn(argv[0], argv, environ, file_actions=silent)
        _, status = os.waitpid(pid, 0)
        ended = time.perf_counter_ns()
        assert status == 0, f"{argv} ended with {os.waitstatus_to_exitcode(status)}"
        return (ended - began) / 1e6

    def add_profiles(self, count: int) -> None:
        """Write profile files; a daemon reads them when it starts."""
        folder = self.config / "profiles"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number in range(count):
            alias = f"work-{number:02}"
            home = self.home / ".claude-profiles" / alias
            profile = Profile(
                alias=alias,
                agent_id="claude",
                provider_id="minimax",
                endpoint_id="international",
                model="MiniMax-M2.1",
                metadata=ProfileMetadata(home=str(home), created_at=datetime.now(UTC)),
            )
            (folder / f"{alias}.json").write_bytes(msgspec.json.encode(profile))

    def daemon(self) -> psutil.Process | None:
        """The daemon, if there is one; one that is just coming up is waited for."""
        deadline = time.monotonic() + _SECONDS
        while self._is_claimed():
            try:
                return psutil.Process(int((self.config / "daemon.pid").read_text()))
            except (FileNotFoundError, psutil.NoSuchProcess, ValueError):
                assert time.monotonic() < deadline, "the daemon did not come up"
                time.sleep(0.005)
        return None

    def end_daemon(self) -> None:
        """Afterwards none runs."""
        if daemon := self.daemon():
            daemon.terminate()
            try:
                daemon.wait(_SECONDS)
            except psutil.TimeoutExpired:
                daemon.kill()
                raise

    def _is_claimed(self) -> bool:
        """Whether the daemon's lock is held: by it, or by a client that is starting it."""
        path = self.config / locations.LOCK_FILE
        if not path.exists():
            return False
        lock = instance.take_lock(str(path))
        if lock is not None:
            os.close(lock)
        return lock is None


@contextmanager
def account() -> Iterator[Account]:
    """A new account; its daemon is ended and its folder removed, also after SIGTERM."""
    assert compileall.compile_dir(Path(ringlet.__file__).parent, quiet=2), "a module is broken"
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    # Not in TMPDIR: the path of a socket in it must stay below 100 bytes.
    root = Path(tempfile.mkdtemp(prefix="rb-", dir="/tmp"))
    created = Account(root)
    try:
        for folder in (created.home, created.programs, root / "run"):
            folder.mkdir(mode=0o700)
        yield created
    finally:
        try:
            # A command that we were torn away from could start a daemon after our look for one.
            psutil.wait_procs(psutil.Process().children(), timeout=_SECONDS)
            created.end_daemon()
        finally:
            shutil.rmtree(root)


def interleave(
    cases: Mapping[str, Callable[[], float]], *, rounds: int, warm_up: int
) -> dict[str, list[float]]:
    """What each case measured in each round. All take turns, and take turns at being first."""
    names = list(cases)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for number in range(warm_up + rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            value = cases[name]()
            if number >= warm_up:
                taken[name].append(value)
    return taken


def spread(values: Sequence[float]) -> dict[str, float]:
    """Count, median, and the 10th and 90th percentile of milliseconds."""
    tenths = statistics.quantiles(values, n=10)
    figures = {"p50_ms": statistics.median(values), "p10_ms": tenths[0], "p90_ms": tenths[-1]}
    return {"runs": len(values)} | {name: round(value, 2) for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and the most that it should be; `aim` is what it should come down to."""

    figure: float
    limit: float
    aim: float | None = None

    def judge(self) -> dict[str, float | bool | None]:
        """As it stands in a result."""
        return {
            "figure": round(self.figure, 3),
            "limit": self.limit,
            "aim": self.aim,
            "met": self.figure <= self.limit,
        }


@dataclass(frozen=True, slots=True)
class Share:
    """A figure and the least that it should be; `aim` is what it should come up to."""

    figure: float
    least: float
    aim: float | None = None

    def judge(self) -> dict[str, float | bool | None]:
        """As it stands in a result."""
        return {
            "figure": round(self.figure, 3),
            "least": self.least,
            "aim": self.aim,
            "met": self.figure >= self.least,
        }


def report(goals: Mapping[str, Goal | Share], details: Mapping[str, object]) -> None:
    """Print the result as one JSON object."""
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }
    judged = {name: goal.judge() for name, goal in goals.items()}
    print(json.dumps({"goals": judged, **details, "machine": machine}, indent=2))
