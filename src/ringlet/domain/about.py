"""What a setting means, in its type."""

from __future__ import annotations

import msgspec


def about(text: str, *, from_start: bool = False) -> msgspec.Meta:
    """The description of a setting; `from_start`: a change counts from the daemon's next start."""
    return msgspec.Meta(description=text, extra={"from_start": from_start})
