"""Break the ledger while it is used: kills at the N-th write, and a disk that is full from then on.

Each round begins with what the last one left. After it a daemon must start, answer, and know every
answer that stands in the transcripts and every run of the log; no ledger may have been set aside,
and no file be left that nobody needs.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, World, wait_for
from tests.unit.usage.world import answer, transcript

_ROOT: Final = Path(__file__).resolve().parents[2]
_WRITES: Final = (
    "write,pwrite64,pwritev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat"
)
_DISK: Final = 16 << 20  # of the small one, in bytes
_PAGE: Final = 4096
_MOST: Final = 6000  # answers, before everything begins anew
_SESSION: Final = 400  # answers in a file; then another one is begun
_UNWANTED: Final = ("**/.ringlet-*.tmp", "**/*.tmp", "**/.usage.db.*", "**/*.repair", "**/verify-*")
_MOVED: Final = ("usage.db*", "sessions*", "*.json*")


class Broken(Exception):
    """What is not as it should be after a round."""


class Account:
    """One user, whose transcripts grow; `written` answers stand in them."""

    def __init__(self, world: World, chance: random.Random) -> None:
        self.world = world
        self.written = 0
        self._chance = chance

    @classmethod
    def make(cls, root: Path, seed: int) -> Account:
        """An account with a profile whose agent notes each of its runs."""
        world = World(root, "")
        world.config.mkdir(parents=True, mode=0o700)
        (world.config / "config.toml").write_text(
            '[secrets]\nbackend = "file"\n[daemon]\nhttp = false\n'
        )
        add_agent(world, f"printf x >> {root}/ran")
        create(world)
        world.run("daemon", "stop")
        return cls(world, random.Random(seed))  # noqa: S311 - repeatable, as far as a kill can be

    @property
    def telemetry(self) -> Path:
        return self.world.config / "telemetry"

    def write(self) -> None:
        """Have an agent write down some more answers."""
        for _ in range(self._chance.choice((1, 20, 100, 600))):
            name = f"s{self.written // _SESSION}"
            with transcript(self.world.home, name).open("ab") as file:
                file.write(answer(self.written, session=name))
            self.written += 1

    def use(self) -> str:
        """What a user does; whatever fails must fail with a reason. What was said, for the log."""
        said = [self._try("usage", "--json"), self._try("profiles", "run", "work")]
        self.write()
        said += [self._try("usage", "--json"), self._try("daemon", "stop")]
        return "; ".join(filter(None, said))

    def check(self) -> None:
        """Raise Broken unless all is there and nothing else is."""
        world = self.world
        found = json.loads(self._must("usage", "verify", "--json"))
        if (found["in_ledger"], found["different"], found["sums_agree"]) != (self.written, 0, True):
            raise Broken(f"{self.written} answers were written, and the ledger says {found}")
        ran = len((world.root / "ran").read_bytes()) if (world.root / "ran").exists() else 0
        (logged,) = wait_for(lambda: self._runs(at_least=ran), f"{ran} runs in the log", 30)
        counted = json.loads(self._must("stats", "--json"))["total_sessions"]
        if counted != logged:
            raise Broken(f"{logged} runs are in the log, {counted} in the ledger")
        quarantine = world.config / "quarantine"
        if moved := [path.name for name in _MOVED for path in quarantine.glob(name)
                     if ".incomplete." not in path.name]:  # fmt: skip
            raise Broken(f"set aside: {moved}")
        if left := [str(path) for name in _UNWANTED for path in world.config.glob(name)]:
            raise Broken(f"left over: {left}")
        if problems := [text for text in world.json("daemon", "status")["problems"]
                        if "usage" in text or "ledger" in text]:  # fmt: skip
            raise Broken(f"the daemon says {problems}")

    def _runs(self, at_least: int) -> list[int]:
        """How many runs ended, once none goes on and all that there were are in the log."""
        active = list((self.world.config / "runs").glob("*.json"))
        lines = (self.telemetry / "sessions.jsonl").read_bytes().splitlines()
        return [len(lines)] if not active and len(lines) >= at_least else []

    def _must(self, *arguments: str) -> str:
        done = self.world.run(*arguments, check=False)
        if done.returncode:
            raise Broken(f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def _try(self, *arguments: str) -> str:
        done = self.world.run(*arguments, check=False)
        said = f"{done.stdout}{done.stderr}"
        if "9999" in said or "Traceback" in said:
            raise Broken(f"{arguments}: {said}")
        return "" if done.returncode == 0 else f"{arguments[0]}: {' '.join(said.split())[:200]}"

    def renew(self) -> None:
        """Begin anew once there is much, so that rounds take no longer and longer."""
        if self.written < _MOST:
            return
        self.world.run("daemon", "stop", check=False)
        shutil.rmtree(self.telemetry)
        shutil.rmtree(self.world.home / ".claude")
        (self.world.root / "ran").unlink(missing_ok=True)
        self.written = 0


def kill_rounds(
    root: Path, *, rounds: int, seed: int, report: Callable[[str], None] = lambda line: None
) -> int:
    """Kill the daemon at the N-th write of some kind; in how many rounds it was killed.

    Raises Broken. The daemon runs below strace, which counts the writes of each of its threads.
    """
    account = Account.make(root, seed)
    chance = random.Random(seed + 1)  # noqa: S311 - repeatable
    killed = 0
    for number in range(rounds):
        account.write()
        what, options = _place(account.telemetry, chance)
        with _traced(account.world, options) as daemon:
            said = account.use()
            killed += _end(daemon) != 0
        account.check()
        account.world.run("daemon", "stop")
        report(f"kill {number + 1}/{rounds} at {what}: {account.written} answers are there. {said}")
        account.renew()
    return killed


def _place(telemetry: Path, chance: random.Random) -> tuple[str, list[str]]:
    """Where to kill, and how strace is told so."""
    kind, paths, calls, most = chance.choice((
        ("checkpoint", ["usage.db"], "pwrite64", 40),
        ("checkpoint", ["usage.db"], "pwrite64,fdatasync,ftruncate", 4),
        ("log", ["usage.db-wal"], "pwrite64", 120),
        ("log", ["usage.db-wal"], "fdatasync,ftruncate,unlink", 3),
        ("runs", ["sessions.jsonl"], "write,fdatasync", 3),
        ("any", [], _WRITES, 60),
    ))  # fmt: skip
    when = chance.randint(1, most)
    chosen = [option for path in paths for option in ("-P", str(telemetry / path))]
    inject = f"inject={calls}:signal=KILL:when={when}"
    return f"{kind} {when}", [*chosen, "-e", f"trace={calls}", "-e", inject]


@contextmanager
def _traced(world: World, options: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    program = ["strace", "-f", "-qq", "-o", "/dev/null", *options]
    program += [RINGLET, "daemon", "--foreground", "--stay-alive"]
    process = subprocess.Popen(
        program,
        env=world.environ,
        cwd=world.project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: _answers(world) or process.poll() is not None, "a daemon below strace", 60)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(world: World) -> bool:
    # It may be killed while it starts; a client would start another one, which is as good.
    return (world.config / "daemon-endpoint").exists()


def _end(process: subprocess.Popen[bytes]) -> int:
    """How the daemon below strace ended; it has been told to, or is dead."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(20)
    return 0


def full_rounds(
    root: Path, *, rounds: int, seed: int, report: Callable[[str], None] = lambda line: None
) -> None:
    """Let the disk of the configuration folder fill up; raises Broken. Runs in a small box."""
    account = Account.make(root, seed)
    template = root / "template"
    account.world.config.rename(template)
    account.world.config.mkdir(mode=0o700)
    done = subprocess.Popen(
        [
            *("bwrap", "--bind", "/", "/", "--dev", "/dev", "--unshare-user"),
            *("--size", str(_DISK), "--tmpfs", str(account.world.config)),
            *(sys.executable, "-m", "tests.e2e.breaking", str(root), str(rounds), str(seed)),
        ],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.stdout is not None
    lines = []
    with done.stdout:
        for line in done.stdout:
            lines.append(line)
            report(line.rstrip())
    if done.wait() != 0:
        raise Broken("".join(lines[-40:]))


def _fill_rounds(root: Path, rounds: int, seed: int) -> None:
    """In the box: the rounds themselves, on one small disk."""
    world = World(root, "")
    world.environ["PATH"] = f"{root / 'bin'}:{world.environ['PATH']}"
    shutil.copytree(root / "template", world.config, dirs_exist_ok=True)
    world.config.chmod(0o700)
    chance = random.Random(seed)  # noqa: S311 - repeatable
    account = Account(world, chance)
    for number in range(rounds):
        account.write()
        if chance.random() < 0.5:
            account.world.run("usage", "--json")  # a daemon that has it all open
        left = chance.choice((0, 1, 2, 3, 5, 8, 13, 20, 40, 80))
        ballast = _fill(world.config, left)
        said = account.use()
        ballast.unlink()
        account.check()
        if chance.random() < 0.5:
            account.world.run("daemon", "stop")
        print(
            f"full {number + 1}/{rounds}, {left} pages left: {account.written} answers. {said}",
            flush=True,
        )
        account.renew()


def _fill(folder: Path, pages: int) -> Path:
    """A file that leaves so many pages of the disk."""
    ballast = folder / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(_PAGE)):
            pass
    os.truncate(ballast, max(0, ballast.stat().st_size // _PAGE - pages) * _PAGE)
    return ballast


if __name__ == "__main__":
    _fill_rounds(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
