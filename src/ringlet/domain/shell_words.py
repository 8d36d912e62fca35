"""Words for a shell to read as they are: sh, bash, zsh and their kin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

# What no shell takes for anything else, wherever it stands. zsh replaces a word that begins
# with `=` by the path of a program, which is why `shlex.quote` will not do.
_PLAIN: Final = re.compile("[A-Za-z0-9_./:,+@%-][A-Za-z0-9_./:,+@%=-]*")


def quote(word: str) -> str:
    """One word, in quotes unless it is plain."""
    if _PLAIN.fullmatch(word):
        return word
    escaped = word.replace("'", "'\\''")
    return f"'{escaped}'"


def join(words: Iterable[str]) -> str:
    """A command line of these words."""
    return " ".join(map(quote, words))
