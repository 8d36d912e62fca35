"""What all requests have in common: JSON objects whose `type` names the request."""

from __future__ import annotations

import msgspec

from ringlet.wire.protocol import DEFAULT_DEADLINE


class Envelope(msgspec.Struct, frozen=True):
    """What any request may carry: `id` is echoed, `protocol` checked, `token` needed over TCP."""

    type: str
    id: str | int | None = None
    protocol: int | None = None
    deadline_secs: float = DEFAULT_DEADLINE
    token: str = ""


class Request(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all requests; the tag of each is the wire name of the original protocol."""
