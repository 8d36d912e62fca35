"""Run a program to its end from the daemon: no shell, no terminal, a time limit."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store import umask

_MOST_OUTPUT: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exit code (negative: the signal that ended it) and the end of what it printed."""

    code: int
    output: str


async def run_program(
    argv: list[str], *, environ: Mapping[str, str], cwd: str, seconds: float
) -> Outcome:
    """Run a program with exactly that environment; both outputs are taken as one.

    Raises EXECUTION_ERROR if it cannot be started and TIMEOUT if it takes longer. When it is over
    or given up, everything in its process group ends.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            umask=umask.theirs(),
        )
    except (OSError, ValueError) as error:
        raise RingletError(ErrorCode.EXECUTION_ERROR, f"Cannot start {argv[0]}: {error}") from error
    try:
        async with asyncio.timeout(seconds):
            output = await _read(child)
            code = await child.wait()
    except TimeoutError:
        raise RingletError(
            ErrorCode.TIMEOUT, f"{argv[0]} took longer than {seconds:g} s and was ended"
        ) from None
    finally:
        _end_group(child.pid)
    return Outcome(code, output.decode(errors="replace").strip())


async def _read(child: asyncio.subprocess.Process) -> bytes:
    """The last part of the output, however long it is."""
    assert child.stdout is not None  # noqa: S101 - it was asked for
    kept = b""
    while part := await child.stdout.read(_MOST_OUTPUT):
        kept = (kept + part)[-_MOST_OUTPUT:]
    return kept


def _end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
