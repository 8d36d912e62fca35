"""Replies of the public protocol: `{"type": …, "data": …}`."""

from __future__ import annotations

from typing import Any

import msgspec


class Message(msgspec.Struct, frozen=True):
    """The data of a `success` reply."""

    message: str


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes over the wire; `id` echoes that of the request."""

    type: str
    data: Any = None
    id: str | int | None = None


class Failure(msgspec.Struct, frozen=True):
    """The data of an `error` reply."""

    code: int
    message: str
    hint: str = ""
