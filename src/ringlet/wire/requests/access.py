"""Requests about who may use the HTTP interface."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class AccessCode(Request, frozen=True, tag="access_code"):
    """A code that lets one browser in, within a minute."""


class AccessRedeem(Request, frozen=True, tag="access_redeem"):
    """Exchange a code for the token; it works once."""

    code: str

    def __repr__(self) -> str:
        return "AccessRedeem()"


class TokenRotate(Request, frozen=True, tag="token_rotate"):
    """Replace the token; whoever is connected by the old one is disconnected."""
