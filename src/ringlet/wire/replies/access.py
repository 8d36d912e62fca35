"""What is said of access to the HTTP interface."""

from __future__ import annotations

import msgspec


class BrowserCode(msgspec.Struct, frozen=True):
    """Where a browser should go to be let in; `url` holds the code in its fragment."""

    url: str
    expires_in_secs: float

    def __repr__(self) -> str:
        return f"BrowserCode(expires_in_secs={self.expires_in_secs})"


class Token(msgspec.Struct, frozen=True):
    token: str

    def __repr__(self) -> str:
        return "Token()"
