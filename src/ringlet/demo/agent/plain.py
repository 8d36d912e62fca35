"""Make text from outside safe to print: without what would steer the terminal."""

from __future__ import annotations

import re
from typing import Final

_STRINGS: Final = "PX^_"  # DCS, SOS, PM, APC; OSC is alike but a bell ends it too
_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    rf"|(?:\x1b[{_STRINGS}]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)"
    rf"|\x1b[ -/]*(?![\[\]{_STRINGS}])[0-~]"
)
_OPENER: Final = re.compile("[\x1b\x90\x98\x9b\x9d-\x9f]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONGEST_SEQUENCE: Final = 4096


def plain(text: str) -> str:
    """The text without escape sequences and control characters but newline and tab."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


class PlainStream:
    """The same for a text that comes in pieces, whose sequences may be cut in two."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, piece: str) -> str:
        """What can be printed by now; the beginning of a sequence is held back."""
        text = _SEQUENCE.sub("", self._held + piece)
        opener = _OPENER.search(text)
        cut = opener.start() if opener else len(text)
        if len(text) - cut > _LONGEST_SEQUENCE:  # no sequence is that long: do not wait for more
            cut = len(text)
        self._held = text[cut:]
        return _CONTROL.sub("", text[:cut])

    def finish(self) -> str:
        """What was still held back."""
        held, self._held = self._held, ""
        return plain(held)
