"""Text for a terminal: how wide it is, our own styles, and times for people."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias

from ringlet.domain.legible import legible

# What commands say: one line, or several. A line end in data makes no line: it is shown as \\n.
Text: TypeAlias = str | Sequence[str]

# Our styles travel as marks that nobody outside this process can know, and become what a
# terminal understands after all else was cleaned: no data can pass for one of them.
_SEAL: Final = os.urandom(12).hex()
_STYLES: Final = {f"\x1b{_SEAL}+": "\x1b[1m", f"\x1b{_SEAL}-": "\x1b[0m"}
_JAMO: Final = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
_MARK: Final = re.compile(f"(\x1b{_SEAL}[+-])")


def bold(text: str) -> str:
    """The text in bold, once it is shown."""
    begin, end = _STYLES
    return f"{begin}{text}{end}"


def shown(text: Text) -> str:
    """The lines as they are written to a terminal: legible, in our own styles and no others."""
    return "".join(f"{_shown(line)}\n" for line in ([text] if isinstance(text, str) else text))


def _shown(line: str) -> str:
    if _SEAL not in line:
        return legible(line)
    return "".join(_STYLES.get(part) or legible(part) for part in _MARK.split(line))


def width(text: str) -> int:
    """Terminal columns that the (cleaned) text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, columns: int) -> str:
    """The text if it fits into so many columns, else its beginning and an ellipsis."""
    used = 0
    for at, character in enumerate(text):
        used += _columns(character)
        if used > columns - 1:
            return text if width(text) <= columns else f"{text[:at]}…"
    return text


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    # Hangul vowels and finals are drawn into the consonant before them.
    if unicodedata.category(character) in ("Mn", "Me") or _JAMO.match(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


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
