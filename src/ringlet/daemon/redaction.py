"""Keep secrets out of text."""

from __future__ import annotations

import re
from typing import Final

_KEY_SHAPES: Final = re.compile(r"sk-[A-Za-z0-9_-]{16,}|(?i:bearer)\s+[A-Za-z0-9._~+/=-]{8,}")


class Redactor:
    """Replaces secrets in text: those it was told of, and whatever looks like a key."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def learn(self, text: str) -> None:
        """Blot out this value from now on; very short ones would blot out everything."""
        if len(text) >= 6:
            self._known.add(text)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for value in self._known:
            text = text.replace(value, "***")
        return _KEY_SHAPES.sub("***", text)
