"""Profiles on disk and the records that name them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from ringlet.domain.attribution import Attribution
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine

_NOW = datetime(2026, 1, 2, tzinfo=UTC)


def profile(alias: str, created: datetime = _NOW, **former: datetime) -> Profile:
    metadata = ProfileMetadata(home=f"/homes/{alias}", created_at=created, former=former)
    return Profile(alias, "claude", "self", "default", "", metadata)


def store_in(folder: Path) -> ProfileStore:
    def home_of(agent: str, alias: str) -> Path:
        if agent != "claude":
            raise RingletError(ErrorCode.AGENT_NOT_FOUND, f"There is no agent {agent!r}")
        return Path("/homes", alias)

    store = ProfileStore(folder / "profiles", Quarantine(folder / "quarantine"), home_of=home_of)
    store.load()
    return store


async def test_a_file_without_a_home_has_the_usual_one_of_its_agent(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    for alias, agent in (("work", "claude"), ("other", "gone")):
        (tmp_path / "profiles" / f"{alias}.json").write_text(
            f"""{{"alias": "{alias}", "agent_id": "{agent}", "provider_id": "minimax",
            "endpoint_id": "international", "model": "MiniMax-M2.1",
            "env": {{"ANTHROPIC_AUTH_TOKEN": "$KEYCHAIN:minimax-{alias}"}},
            "args": ["--settings", "./strict.json"], "working_dir": "/projects",
            "metadata": {{"created_at": "2026-01-08T10:00:00Z"}}}}"""
        )
    store = store_in(tmp_path)
    assert [each.alias for each in store.all()] == ["work"]
    assert store.get("work").metadata.home == "/homes/work"
    await store.update("work", lambda before: structs.replace(before, model="other"))
    assert '"home": "/homes/work"' in (tmp_path / "profiles" / "work.json").read_text()


async def test_a_file_that_cannot_be_removed_keeps_its_profile(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    await store.add(profile("work"))
    path = tmp_path / "profiles" / "work.json"
    path.unlink()
    path.mkdir()
    with pytest.raises(RingletError) as caught:
        await store.remove("work")
    assert caught.value.code is ErrorCode.STORAGE_ERROR
    assert store.find("work") is not None


def test_a_record_belongs_to_whoever_had_the_alias_at_its_time() -> None:
    day = timedelta(days=1)
    renamed = profile("job", _NOW, work=_NOW + day, lab=_NOW + 2 * day)
    newcomer = profile("work", _NOW + 3 * day)
    attribution = Attribution([renamed, newcomer])
    assert attribution.present("work", _NOW + day / 2) == "job"
    assert attribution.present("lab", _NOW + day * 1.5) == "job"
    assert attribution.present("work", _NOW + 4 * day) == "work"
    assert attribution.present("work", _NOW - day) == "work"
    assert attribution.present("job", _NOW + 9 * day) == "job"
