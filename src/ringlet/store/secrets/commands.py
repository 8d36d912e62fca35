"""Secrets that a program prints, such as the client of a password manager."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from ringlet.domain import shell_words
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.store.locations import home_dir

LONGEST: Final = 8 << 10
_SECONDS: Final = 10.0


async def ask_command(
    words: list[str], environ: Mapping[str, str], *, time_limit: float = _SECONDS
) -> Secret:
    """What the program prints, without line ends at its end.

    It runs without a shell or a terminal, in the home and environment of whoever asks. Raises
    SECRET_UNAVAILABLE that tells the program and never what it printed.
    """
    program = words[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL,
            env=dict(environ), cwd=home_dir(environ), start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _failure(words, f"{program} cannot be started: {reason}") from error
    try:
        async with asyncio.timeout(time_limit):
            output = await _read(process)
            if output is None:
                raise _failure(words, f"{program} printed more than {LONGEST} bytes")
            code = await process.wait()
    except TimeoutError:
        raise _failure(words, f"{program} took longer than {time_limit:g} s") from None
    finally:
        await _end(process)
    if code != 0:
        raise _failure(words, f"{program} ended with exit code {code}")
    return _parse(words, output)


async def _read(process: Process) -> bytes | None:
    """All that is printed, or None if it is too much."""
    assert process.stdout is not None  # noqa: S101 - it was asked for
    output = b""
    while chunk := await process.stdout.read(LONGEST):
        output += chunk
        if len(output) > LONGEST:
            return None
    return output


def _parse(words: list[str], output: bytes) -> Secret:
    try:
        text = output.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise _failure(words, f"{words[0]} printed what is not UTF-8 text") from None
    if not text or "\0" in text:
        raise _failure(words, f"{words[0]} printed {'a NUL' if text else 'nothing'}")
    return Secret(text)


async def _end(process: Process) -> None:
    """Leave nothing behind, also after a time limit or a cancellation."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _failure(words: list[str], message: str) -> RingletError:
    return RingletError(
        ErrorCode.SECRET_UNAVAILABLE,
        message,
        hint=f"Run it by hand to see: {shell_words.join(words)}",
    )
