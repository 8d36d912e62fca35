"""What a profile used before it was renamed is its own.

The ledger is brought in line with the profiles at each reading, not at the renaming: so it does not
matter whether the two happen in one process, or whether one of them was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from ringlet.domain.profiles import Profile
from ringlet.store.ledger.ledger import Ledger


class Renames:
    """Knows which renamings one ledger has been told of. Blocks."""

    def __init__(self, ledger: Ledger, profiles: Callable[[], Iterable[Profile]]) -> None:
        self._ledger = ledger
        self._profiles = profiles
        self._told: set[tuple[str, str, datetime]] = set()

    def settle(self) -> None:
        """Tell the ledger of those that it has not heard of."""
        profiles = list(self._profiles())
        aliases = {profile.alias for profile in profiles}
        for profile in profiles:
            for former, until in profile.metadata.former.items():
                renaming = (former, profile.alias, until)
                if renaming in self._told:
                    continue
                span = (_milliseconds(profile.metadata.created_at), _milliseconds(until))
                self._ledger.rename_profile((former, profile.alias), span)
                if former not in aliases:  # else homes that were imported for it are its own
                    self._ledger.rename_homes(former, profile.alias)
                self._told.add(renaming)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
