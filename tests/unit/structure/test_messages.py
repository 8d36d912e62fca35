"""What messages are made of."""

from __future__ import annotations

import re
from pathlib import Path

import ringlet

_SOURCES = sorted(Path(ringlet.__file__).parent.rglob("*.py"))


def test_no_message_tells_none_for_what_an_error_of_the_system_does_not_say() -> None:
    """`filename` is None where a descriptor was used, `strerror` where a library raised it."""
    for path in _SOURCES:
        for line in path.read_text("utf-8").splitlines():
            named = re.search(r"\berror\.filename\b", line)
            assert not named or "if error.filename else" in line, (path, line)
            assert "{error.strerror}" not in line, (path, line)
