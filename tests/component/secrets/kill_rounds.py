"""Kills writers in the middle of their work, many times, and prints what was left, as JSON.

Each round forks a writer that reports every finished write through a pipe; the modules are
loaded once, so that a round takes milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ringlet.domain.secret import Secret
from ringlet.store.files import sweep_leftovers, write_atomic
from ringlet.store.jsonlines import JsonLines
from ringlet.store.secrets.encrypted import EncryptedFile
from ringlet.store.secrets.key_sources import generated_source

ROUNDS = 20
TEXT = "v" * 20_000


def secrets_store(folder: Path) -> EncryptedFile:
    source = generated_source(folder / "state")
    return EncryptedFile(folder, folder / "quarantine", source=source, generated=source)


def write_secrets(folder: Path, number: int) -> None:
    asyncio.run(secrets_store(folder).put("key", Secret(f"{number}:{TEXT}")))


def read_secrets(folder: Path) -> int:
    secret = asyncio.run(secrets_store(folder).get("key"))
    assert secret is not None
    number, _, text = secret.reveal().partition(":")
    assert text == TEXT
    return int(number)


def write_file(folder: Path, number: int) -> None:
    write_atomic(folder / "file", f"{number}:{TEXT}".encode())


def read_file(folder: Path) -> int:
    number, _, text = (folder / "file").read_text().partition(":")
    assert text == TEXT
    return int(number)


def write_log(folder: Path, number: int) -> None:
    with JsonLines(folder / "log", folder / "quarantine", rotate_bytes=200_000, keep=3) as log:
        log.append({"number": number, "text": TEXT})


def read_log(folder: Path) -> int:
    with JsonLines(folder / "log", folder / "quarantine", rotate_bytes=200_000, keep=3) as log:
        numbers = [record["number"] for record in log.read()]
        assert log.unparsable == 0
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    return int(numbers[-1])


def rounds(
    folder: Path, write: Callable[[Path, int], None], read: Callable[[Path], int]
) -> dict[str, Any]:
    """After each kill the last finished write, or the one behind it, must be there."""
    write(folder, 0)
    number, swept = 0, 0
    for _ in range(ROUNDS):
        finished = interrupt(folder, write, number + 1)
        found = read(folder)
        last = finished if finished is not None else number
        assert found in (last, last + 1), (found, last)
        number = found
        swept += sweep_leftovers(folder)
    leftovers = [path.name for path in folder.iterdir() if path.suffix == ".tmp"]
    return {"rounds": ROUNDS, "writes": number, "swept": swept, "leftovers": leftovers}


def interrupt(folder: Path, write: Callable[[Path, int], None], number: int) -> int | None:
    """Kill a writer after a random time; the number of its last finished write."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        while True:
            write(folder, number)
            os.write(writing, b"%d\n" % number)
            number += 1
    os.close(writing)
    time.sleep(random.uniform(0, 0.03))  # noqa: S311 - a moment, not a key
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().split()
    return int(lines[-1]) if lines else None


if __name__ == "__main__":
    work = Path(sys.argv[2])
    match sys.argv[1]:
        case "secrets":
            report = rounds(work, write_secrets, read_secrets)
        case "file":
            report = rounds(work, write_file, read_file)
        case _:
            report = rounds(work, write_log, read_log)
    print(json.dumps(report))
