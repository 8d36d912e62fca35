"""Who may use the daemon where the system cannot tell who asks: HTTP, and endpoints on TCP.

One bearer token, in a file that only its owner can read, kept over restarts. A browser, which can
read no file, is let in by a code that works once and soon expires.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.files import read_bounded, write_atomic

CODE_SECONDS: Final = 60.0
_MOST_CODES: Final = 16
_TOKEN_BYTES: Final = 32
_LARGEST_FILE: Final = 4096
_TOKEN: Final = re.compile(rb"[!-~]{32,512}")


class Access:
    """The token, the codes for browsers, and where HTTP answers.

    `path` is the token's file; `learn` hears each token, to keep it out of logs. Until `prepare`
    was called nobody is admitted.
    """

    def __init__(self, path: Path, *, learn: Callable[[str], None]) -> None:
        self._path = path
        self._learn = learn
        self._token = b""
        self._codes: dict[str, float] = {}
        self._on_rotation: list[Callable[[], None]] = []
        self._opened = asyncio.Event()
        self._hurry: Callable[[], None] | None = None
        self._url: str | None = None

    def prepare(self) -> None:
        """Read the token, or make it; raises STORAGE_ERROR if its file cannot be used."""
        self._take(stored_token(self._path) or make_token(self._path))

    def admits(self, candidate: bytes) -> bool:
        """Whether this is the token, in a time that does not depend on how much of it is right."""
        from hmac import compare_digest  # loads OpenSSL

        return bool(candidate) and compare_digest(candidate, self._token)

    def rotate(self) -> None:
        """Replace the token and the codes; whoever came in by the old ones has to go."""
        self._take(make_token(self._path))
        self._codes.clear()
        for notify in self._on_rotation:
            notify()

    def on_rotation(self, notify: Callable[[], None]) -> None:
        """Call `notify` when the token is replaced."""
        self._on_rotation.append(notify)

    def issue_code(self) -> str:
        """A code that buys the token once, within a minute."""
        code = os.urandom(16).hex()
        while len(self._codes) >= _MOST_CODES:
            del self._codes[next(iter(self._codes))]
        self._codes[code] = time.monotonic() + CODE_SECONDS
        return code

    def redeem(self, code: str) -> str:
        """The token for a code; raises FORBIDDEN for one that is used, old or made up."""
        expires = self._codes.pop(code, 0.0)
        if time.monotonic() > expires:
            raise RingletError(
                ErrorCode.FORBIDDEN,
                "This code was used before, has expired, or never was one",
                hint="Get a new one with: ringlet ui",
            )
        return self._token.decode()

    def when_awaited(self, hurry: Callable[[], None]) -> None:
        """Call `hurry` when somebody waits for HTTP to come up."""
        self._hurry = hurry

    def _take(self, token: bytes) -> None:
        self._learn(token.decode(errors="replace"))
        self._token = token

    def open(self, url: str | None) -> None:
        """HTTP answers at `url` now, or, if that is None, never will."""
        self._url = url
        self._opened.set()

    async def url(self) -> str:
        """Where HTTP answers, which may take a moment; raises UNSUPPORTED where it does not."""
        if self._hurry is not None:
            self._hurry()
        await self._opened.wait()
        if self._url is None:
            raise RingletError(
                ErrorCode.UNSUPPORTED,
                "This daemon does not serve HTTP",
                hint="Set daemon.http = true in config.toml, and: ringlet daemon restart",
            )
        return self._url


def stored_token(path: Path) -> bytes:
    """The token in the file; empty if there is none, or one that others could guess or read."""
    token = (read_bounded(path, _LARGEST_FILE) or b"").strip()
    if not _TOKEN.fullmatch(token) or path.stat().st_mode & 0o077:
        return b""
    return token


def make_token(path: Path) -> bytes:
    """Write a new token, private from its first byte."""
    token = os.urandom(_TOKEN_BYTES).hex().encode()
    write_atomic(path, token)
    return token
