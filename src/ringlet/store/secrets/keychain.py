"""Secrets in the keychain of the operating system, reached through a helper process."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.references import check_name
from ringlet.domain.secret import Secret
from ringlet.store.locations import home_dir
from ringlet.store.secrets.contract import check_secret
from ringlet.store.secrets.keychain_process import Answer, Request
from ringlet.store.secrets.name_index import NameIndex

HELPER: Final = (sys.executable, "-I", "-m", "ringlet.store.secrets.keychain_process")
_PASSED_ON: Final = (
    "LANG",
    "LC_ALL",
    "PATH",
    "USER",
    "LOGNAME",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_RUNTIME_DIR",
    "XDG_CURRENT_DESKTOP",
    "XDG_SESSION_TYPE",
    "KDE_FULL_SESSION",
    "KDE_SESSION_VERSION",
    "DESKTOP_SESSION",
    "PYTHON_KEYRING_BACKEND",
)


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether the keychain works; `detail` is its back end, or one line that says why not."""

    usable: bool
    detail: str


class Keychain:
    """A secret store in the keychain, under one service name; an entry's account is its name.

    Values stay in memory once read. `folder` gets the index of names, since keychains cannot be
    listed. `time_limit` is in seconds, for each operation; then the helper is killed.
    """

    kind: Final[Literal["keychain"]] = "keychain"

    def __init__(
        self,
        folder: Path,
        *,
        environ: Mapping[str, str],
        service: str = "ringlet",
        time_limit: float = 10.0,
        helper: Sequence[str] = HELPER,
    ) -> None:
        self._index = NameIndex(folder)
        self._environ = {name: environ[name] for name in _PASSED_ON if name in environ}
        self._environ["HOME"] = home_dir(environ)
        self._service = service
        self._time_limit = time_limit
        self._helper = tuple(helper)
        self._known: dict[str, Secret] = {}
        self._turn = asyncio.Lock()

    async def get(self, name: str) -> Secret | None:
        """The secret, from memory if it was read before."""
        check_name(name)
        async with self._turn:
            if name not in self._known:
                answer = await self._ask(Request("get", self._service, name))
                if answer.value is None:
                    return None
                self._known[name] = Secret(answer.value)
            return self._known[name]

    async def put(self, name: str, secret: Secret) -> None:
        """Keep a secret; its name is noted first, so that no entry is ever forgotten."""
        value = check_secret(check_name(name), secret)
        async with self._turn:
            self._known.pop(name, None)
            is_new = await asyncio.to_thread(self._index.add, name)
            try:
                await self._ask(Request("put", self._service, name, value))
            except RingletError:
                if is_new:
                    await asyncio.to_thread(self._index.discard, name)
                raise
            self._known[name] = secret

    async def delete(self, name: str) -> bool:
        """Forget a secret; its name is the last to go."""
        check_name(name)
        async with self._turn:
            self._known.pop(name, None)
            answer = await self._ask(Request("delete", self._service, name))
            await asyncio.to_thread(self._index.discard, name)
            return answer.found

    async def names(self) -> list[str]:
        """What was put by this store, from the index."""
        return await asyncio.to_thread(self._index.names)

    async def forget(self) -> None:
        """Forget what was read: the next `get` asks the keychain again."""
        async with self._turn:
            self._known.clear()

    async def probe(self) -> Probe:
        """Write, read back and delete a random entry; never raises."""
        async with self._turn:
            try:
                answer = await self._ask(Request("probe", self._service))
            except RingletError as error:
                return Probe(usable=False, detail=error.message)
        return Probe(usable=True, detail=answer.backend)

    async def _ask(self, request: Request) -> Answer:
        """One operation in a process of its own, within the time limit."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._helper, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=self._environ
            )
        except OSError as error:
            raise _unavailable(f"its helper does not start: {error.strerror or error}") from error
        try:
            async with asyncio.timeout(self._time_limit):
                output, _ = await process.communicate(msgspec.json.encode(request))
        except TimeoutError:
            raise _unavailable(
                f"it did not answer within {self._time_limit:g} s (is it waiting for a password?)"
            ) from None
        finally:
            await _end(process)
        return _parse(output, process.returncode)


async def _end(process: Process) -> None:
    """Leave no helper behind, also after a time limit or a cancellation."""
    if process.returncode is None:
        process.kill()
        await process.wait()


def _parse(output: bytes, code: int | None) -> Answer:
    try:
        answer = msgspec.json.decode(output, type=Answer)
    except msgspec.DecodeError:
        raise _unavailable(f"its helper ended with code {code} and no answer") from None
    if answer.problem:
        raise _unavailable(answer.problem)
    return answer


def _unavailable(reason: str) -> RingletError:
    return RingletError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"The keychain cannot be used: {reason}",
        hint='Unlock it, or set secrets.backend = "file" to use the encrypted file.',
    )
