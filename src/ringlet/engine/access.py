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
from ringlet.store.files import write_atomic
from ringlet.store.quarantine import Quarantine

CODE_SECONDS: Final = 60.0
_MOST_CODES: Final = 16
_TOKEN_BYTES: Final = 32
_LARGEST_FILE: Final = 4096
_TOKEN: Final = re.compile(rb"[!-~]{32,512}")


class Access:
    """The token, the codes for browsers, and where HTTP answers.

    `path` is the token's file; `learn` hears each token, to keep it out of logs. A file that
    holds no good token goes to the `quarantine`. Until `prepare` was called nobody is admitted.
    """

    def __init__(self, path: Path, *, learn: Callable[[str], None], quarantine: Quarantine) -> None:
        self._path = path
        self._learn = learn
        self._quarantine = quarantine
        self._token = b""
        self._codes: dict[str, float] = {}
        self._on_rotation: list[Callable[[], None]] = []
        self._opened = asyncio.Event()
        self._hurry: Callable[[], None] | None = None
        self._reserve: Callable[[], str | None] | None = None
        self._url: str | None = None

    def prepare(self) -> None:
        """Read the token, or make it; raises STORAGE_ERROR if no file can be written.

        For an endpoint on TCP that was done long before HTTP comes up: that token stays.
        """
        if self._token:
            return
        found = self._quarantine.load(self._path, self._parse, limit=_LARGEST_FILE)
        self._take(found or make_token(self._path))

    def examine(self) -> None:
        """Look at the file, if there is one, so that damage is told. Blocks."""
        self._quarantine.peek(self._path, self._parse, limit=_LARGEST_FILE)

    def admits(self, candidate: bytes) -> bool:
        """Whether this is the token, in a time that does not depend on how much of it is right."""
        from hmac import compare_digest  # loads OpenSSL

        return bool(candidate) and compare_digest(candidate, self._token)

    def sign(self, text: str) -> str:
        """A text that only this daemon can make of another one, until the token is replaced."""
        from hashlib import blake2b

        return blake2b(text.encode(), key=self._token[:64], digest_size=32).hexdigest()

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

    def _parse(self, data: bytes) -> bytes:
        """The token; raises ValueError for one that others could guess or read."""
        token = data.strip()
        if not _TOKEN.fullmatch(token):
            raise ValueError("holds no token that is safe, so that there is a new one")
        if self._path.stat().st_mode & 0o077:
            raise ValueError("could be read by others, so that there is a new token")
        return token

    def _take(self, token: bytes) -> None:
        self._learn(token.decode(errors="replace"))
        self._token = token

    def reserving(self, reserve: Callable[[], str | None]) -> None:
        """Call `reserve` to learn where HTTP will answer before it does."""
        self._reserve = reserve

    def reserve(self) -> str | None:
        """Where HTTP answers, or soon will; None where it does not. May raise OSError."""
        return self._reserve() if self._reserve is not None else self._url

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


def make_token(path: Path) -> bytes:
    """Write a new token, private from its first byte."""
    token = os.urandom(_TOKEN_BYTES).hex().encode()
    write_atomic(path, token)
    return token
