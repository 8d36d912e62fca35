"""Text from elsewhere on its way to a terminal."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

# C0 and C1 controls, and the characters that reorder or hide text.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


def clean(text: str) -> str:
    """The text without anything that a terminal would act on instead of showing it."""
    return _UNSAFE.sub("", text).encode("utf-8", "replace").decode()


def clean_lines(text: str) -> str:
    """Like `clean`, but line ends and tabs stay."""
    lines = text.replace("\t", "    ").split("\n")
    return "\n".join(clean(line) for line in lines)


def width(text: str) -> int:
    """Terminal columns that the (cleaned) text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def moment(time: datetime | None) -> str:
    """A time for people, or "never"."""
    return "never" if time is None else time.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def duration(seconds: float) -> str:
    """A duration for people: 0.8s, 12s, 3m 20s, 1h 5m."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60}s"
    return f"{whole // 3600}h {whole % 3600 // 60}m"
