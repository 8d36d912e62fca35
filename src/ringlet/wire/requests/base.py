"""What all requests have in common: JSON objects whose `type` names the request."""

from __future__ import annotations

import msgspec

from ringlet.wire.protocol import DEFAULT_DEADLINE


class Envelope(msgspec.Struct, frozen=True):
    """What any request may carry: `id` is echoed, `protocol` checked, `token` needed over TCP.

    Null is as good as nothing.
    """

    type: str
    id: str | int | None = None
    protocol: int | None = None
    deadline_secs: float | None = None
    token: str | None = None

    @property
    def seconds(self) -> float:
        """How long the answer may take."""
        return DEFAULT_DEADLINE if self.deadline_secs is None else self.deadline_secs


class Request(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Base of all requests; the tag of each is the wire name of the original protocol."""
