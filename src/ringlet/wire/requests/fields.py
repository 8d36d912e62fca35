"""The names of what a request holds: nothing that was sent is passed over in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire import planned

_LONGEST_NAME: Final = 60  # of a field that is none, in a message


def known_fields(
    tag: str, given: Mapping[str, Any], known: Collection[str], *, what: str = "fields"
) -> dict[str, Any]:
    """`given` without what asks for nothing.

    Raises UNSUPPORTED for a field of a later part, and INVALID_REQUEST for one that there is not.
    """
    later = planned.FIELDS.get(tag, {})
    kept = {name: value for name, value in given.items() if name in known}
    strange = {name: value for name, value in given.items() if name not in known}
    wanted = [n for n, value in strange.items() if n in later and value not in (None, later[n])]
    unknown = strange.keys() - later.keys()
    if unknown:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{tag}: unknown {what}: {_names(unknown)}",
            hint=_hint(unknown, known),
        )
    if wanted:
        raise RingletError(
            ErrorCode.UNSUPPORTED,
            f"{tag}: not part of this version: {_names(wanted)}",
            hint="Leave that out.",
        )
    return kept


def _names(names: Iterable[str]) -> str:
    return ", ".join(repr(name[:_LONGEST_NAME]) for name in sorted(names)[:10])


def _hint(unknown: Iterable[str], known: Collection[str]) -> str:
    if not known:
        return "None can be given here."
    from difflib import get_close_matches  # only for mistakes

    folded = {name.casefold(): name for name in known}
    guesses = [
        folded[close]
        for name in sorted(unknown)[:10]
        for close in get_close_matches(name[:_LONGEST_NAME].casefold(), folded, n=1, cutoff=0.8)
    ]
    meant = f"Did you mean {' and '.join(dict.fromkeys(guesses))}? " if guesses else ""
    return f"{meant}There are: {', '.join(known)}"
