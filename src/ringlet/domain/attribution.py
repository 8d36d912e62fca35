"""Whose a record is: profiles get other names, records keep the one of their time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from ringlet.domain.profiles import Profile


class Attribution:
    """What the profile is called now that had an alias at some time."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._former: defaultdict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
        for profile in profiles:
            for alias, until in profile.metadata.former.items():
                span = (profile.metadata.created_at, until, profile.alias)
                self._former[alias].append(span)

    def present(self, alias: str, when: datetime) -> str:
        """The present alias; the same one where no profile that is left had it at that time."""
        spans = self._former.get(alias, ())
        return next((now for since, until, now in spans if since <= when <= until), alias)
