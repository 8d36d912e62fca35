"""Text from files and programs, made safe to show in a terminal."""

from __future__ import annotations

from typing import Final

_LIMIT: Final = 200


def printable(text: str) -> str:
    """The text without control characters, at most 200 characters long."""
    kept = "".join(char for char in text[: _LIMIT * 10] if char.isprintable())
    return kept if len(kept) <= _LIMIT else f"{kept[: _LIMIT - 1]}…"


def first_line(text: str) -> str:
    """The first line that shows anything, made printable; "" if there is none."""
    lines = (printable(line).strip() for line in text.splitlines())
    return next((line for line in lines if line), "")
