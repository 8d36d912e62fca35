"""One command under one set of faults, and what is not to be accepted of it."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from tests.faults import lines, scratch
from tests.faults.surroundings import Surroundings

PATIENCE: Final = float(os.environ.get("RINGLET_FUZZ_PATIENCE", "60"))
_FOLLOW_SECONDS: Final = 1.5
_WRONG: Final = re.compile(
    rb"\[9999\]|\"code\": ?9999|made a mistake|Internal error|Traceback \(most recent call last\)"
    rb"|Fatal Python error|Exception ignored|RecursionError"
)
_OWN_STATUS: Final = (b"run", b"exec", b"demo")  # end as the program does that they start


@dataclass
class Outcome:
    """How a command ended, and what is wrong with that."""

    argv: list[bytes]
    here: Surroundings
    status: int = 0
    out: bytes = b""
    err: bytes = b""
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """For people, and short enough to be read."""
        words = b" ".join(word if len(word) < 80 else word[:60] + b"..." for word in self.argv)
        text = (self.out[-700:] + self.err[-1500:]).decode(errors="backslashreplace")
        shown = "".join(
            letter if letter.isprintable() or letter == "\n" else "?" for letter in text
        )
        indented = "\n".join(f"    {line}" for line in shown.splitlines()[-25:])
        return (
            f"{'; '.join(self.faults)}\n  ringlet {words.decode(errors='backslashreplace')!r}\n"
            f"  in: {', '.join(self.here.names) or 'ordinary surroundings'}"
            f"{f', uid {self.here.user}' if self.here.user else ''}"
            f"\n  status {self.status} after {self.seconds:.1f} s\n{indented}"
        )


def attempt(argv: list[bytes], here: Surroundings, folder: Path) -> Outcome:
    """Run the command to its end, and judge it."""
    outcome = Outcome(argv, here)
    began = time.monotonic()
    with (folder / "out").open("w+b") as out, (folder / "err").open("w+b") as err:
        process = subprocess.Popen(
            here.argv([scratch.RINGLET, *argv]), env=here.environ, stdin=subprocess.DEVNULL,
            stdout=out, stderr=err, start_new_session=True,
        )  # fmt: skip
        interrupted = _await(process, lines.follows(argv), outcome)
        outcome.status = process.returncode
        outcome.seconds = time.monotonic() - began
        for file in (out, err):
            file.seek(0)
        outcome.out, outcome.err = out.read(1 << 20), err.read(1 << 20)
    _judge(outcome, interrupted)
    if outcome.faults and not _python_starts(here):
        outcome.faults.clear()  # nothing of ours can run in there
    return outcome


def _await(process: subprocess.Popen[bytes], follows: bool, outcome: Outcome) -> bool:
    """Wait for the end; whether we had to ask for it."""
    try:
        process.wait(_FOLLOW_SECONDS if follows else PATIENCE)
        return False
    except subprocess.TimeoutExpired:
        pass
    os.killpg(process.pid, signal.SIGINT)
    if not follows:
        outcome.faults.append(f"no end within {PATIENCE:g} s; then: {_where(process.pid)}")
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        outcome.faults.append("Ctrl-C does not end it")
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return True


def _where(pid: int) -> str:
    found = []
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        try:
            wait = Path(f"/proc/{process.pid}/wchan").read_text()
            found.append(f"{process.pid} {shlex.join(process.cmdline())[-60:]} in {wait}")
        except (psutil.Error, OSError):
            continue
    return "; ".join(found[-3:])


def _judge(outcome: Outcome, interrupted: bool) -> None:
    said = outcome.out + outcome.err
    if found := _WRONG.search(said):
        outcome.faults.append(f"says {found[0].decode()!r}")
    own = any(word in outcome.argv for word in _OWN_STATUS)
    signalled = outcome.status < 0 or (129 <= outcome.status <= 160 and not own)
    if signalled and not interrupted and outcome.here.strict:
        outcome.faults.append("ended by a signal")
    failed = outcome.status not in (0, 130) and not interrupted and not signalled
    if failed and not said.strip() and not outcome.here.silent and not own:
        outcome.faults.append("fails without a word")


def _python_starts(here: Surroundings) -> bool:
    """Whether the interpreter itself works in such surroundings, and with a module of its own."""
    code = b"import json, ctypes, asyncio, fcntl"
    argv = here.argv([os.fsencode(sys.executable), b"-I", b"-c", code])
    try:
        done = subprocess.run(
            argv, env=here.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
