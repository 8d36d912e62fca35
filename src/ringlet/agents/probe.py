"""One run of an agent's version command, in a scratch home and under limits."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, cast

import msgspec

from ringlet.agents.printable import first_line
from ringlet.domain.errors import RingletError
from ringlet.store.files import ensure_private_dir

_MAX_OUTPUT: Final = 64 * 1024
_DRAIN_SECONDS: Final = 0.5
_PASSING: Final = {
    errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT,
    errno.ETXTBSY, errno.EIO, errno.EINTR,
}  # fmt: skip
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


class Outcome(msgspec.Struct, frozen=True):
    """`failure` says in a few words why the command did not run, "" if it did.

    A `passing` one may be the fault of a busy or full machine.
    """

    version: str | None = None
    failure: str = ""
    passing: bool = False


async def run_probe(
    command: tuple[str, ...], *, search_path: str, limit: float, scratch_dir: Path
) -> Outcome:
    """Run the command, its first word an absolute path, for at most `limit` seconds.

    Nothing of the caller's environment but the search path reaches it, and what it leaves
    behind, files and processes, is removed. The version comes from its standard output alone.
    """
    try:
        async with _scratch_home(scratch_dir) as home:
            output = await _run(command, _environment(home, search_path), home, limit)
    except TimeoutError:
        return Outcome(failure=f"no answer within {limit:g} s", passing=True)
    except OSError as error:
        passing = error.errno in _PASSING
        return Outcome(failure=error.strerror or "it cannot be started", passing=passing)
    except RingletError as error:  # no scratch home
        return Outcome(failure=error.message, passing=True)
    return output.judge()


class _Output(asyncio.SubprocessProtocol):
    """Collects what a process prints.

    It is done when the process has ended, even if a grandchild holds the pipes open: that is
    why this is not `communicate()`, which would wait for them.
    """

    def __init__(self) -> None:
        self.exited: Final = asyncio.Event()
        self.done: Final = asyncio.Event()
        self._status: int | None = None
        self._texts: Final = {1: bytearray(), 2: bytearray()}
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._texts[fd] += data
        if len(self._texts[fd]) > _MAX_OUTPUT:
            self.done.set()

    def process_exited(self) -> None:
        if self._transport is not None:
            self._status = self._transport.get_returncode()
            _kill_group(self._transport.get_pid())
        self.exited.set()
        asyncio.get_running_loop().call_later(_DRAIN_SECONDS, self.done.set)

    def connection_lost(self, exc: Exception | None) -> None:
        self.done.set()

    def judge(self) -> Outcome:
        if any(len(text) > _MAX_OUTPUT for text in self._texts.values()):
            return Outcome(failure=f"it printed more than {_MAX_OUTPUT // 1024} KiB")
        if self._status != 0:
            complaint = first_line(self._texts[2].decode(errors="replace"))
            killed = self._status in (None, -signal.SIGKILL)  # as the system does out of memory
            return Outcome(failure=complaint or _describe_status(self._status), passing=killed)
        version = _VERSION.search(self._texts[1].decode(errors="replace"))
        return Outcome(version=version[0] if version else None)


def _kill_group(leader: int) -> None:
    """Kill what is left of the process group that the leader began."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


async def _run(
    command: tuple[str, ...], environment: dict[str, str], home: Path, limit: float
) -> _Output:
    transport, output = await asyncio.get_running_loop().subprocess_exec(
        _Output,
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        env=environment,
        cwd=home,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limit):
            await output.done.wait()
    finally:
        if not output.exited.is_set():
            _kill_group(transport.get_pid())
            await _wait_for_end(output)
        transport.close()
    return output


async def _wait_for_end(output: _Output) -> None:
    """Give the killed process its moment, so that it cannot write into the home being removed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            await output.exited.wait()


@asynccontextmanager
async def _scratch_home(scratch_dir: Path) -> AsyncIterator[Path]:
    home = await asyncio.to_thread(_make_home, scratch_dir)
    try:
        yield home
    finally:
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _make_home(scratch_dir: Path) -> Path:
    ensure_private_dir(scratch_dir)
    home = Path(tempfile.mkdtemp(prefix="probe-", dir=scratch_dir))
    (home / "tmp").mkdir(mode=0o700)
    return home


def _environment(home: Path, search_path: str) -> dict[str, str]:
    return {
        "PATH": search_path,
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
    }


def _describe_status(status: int | None) -> str:
    if status is None:
        return "it was stopped"
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"
