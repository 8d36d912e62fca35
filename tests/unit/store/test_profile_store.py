"""Profiles on disk and the records that name them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ringlet.domain.attribution import Attribution
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.store.profiles import ProfileStore
from ringlet.store.quarantine import Quarantine

_NOW = datetime(2026, 1, 2, tzinfo=UTC)


def profile(alias: str, created: datetime = _NOW, **former: datetime) -> Profile:
    metadata = ProfileMetadata(home=f"/homes/{alias}", created_at=created, former=former)
    return Profile(alias, "claude", "self", "default", "", metadata)


async def test_a_file_that_cannot_be_removed_keeps_its_profile(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "profiles", Quarantine(tmp_path / "quarantine"))
    store.load()
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
