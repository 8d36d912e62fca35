"""List profiles."""

from __future__ import annotations

from typing import Any

from ringlet.domain.profiles import Profile
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.profiles import ProfileInfo


class Profiles:
    """The profiles that are there."""

    def __init__(self, *, store: ProfileStore) -> None:
        self._store = store

    def all(self, agent_id: str | None = None) -> list[ProfileInfo]:
        """All profiles by alias, or those of one agent."""
        chosen = (p for p in self._store.all() if agent_id in (None, p.agent_id))
        return [ProfileInfo(**summary(profile)) for profile in chosen]


def summary(profile: Profile) -> dict[str, Any]:
    """What a list shows of a profile."""
    return {
        "alias": profile.alias,
        "agent_id": profile.agent_id,
        "provider_id": profile.provider_id,
        "endpoint_id": profile.endpoint_id,
        "model": profile.model,
        "last_used": profile.metadata.last_used,
        "total_runs": profile.metadata.total_runs,
    }
