"""Events: `{"type", "timestamp", "data", "seq"}`, published when something has changed.

On the pub socket the message is the type, a space and the JSON text, so that a subscriber can
filter by the beginning of the message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ringlet.wire.encoding import encode as encode_json


class Event(msgspec.Struct, frozen=True):
    """`seq` counts up by one within the life of a daemon and is higher in the next one.

    `timestamp` is UTC; what is in `data` stands in `ringlet.wire.event_types`.
    """

    type: str
    timestamp: datetime
    data: dict[str, Any]
    seq: int


def encode(event: Event) -> bytes:
    """The message of an event on the pub socket."""
    return event.type.encode() + b" " + encode_json(event)
