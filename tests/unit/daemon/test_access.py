"""The token of HTTP, and the codes that let browsers in."""

from __future__ import annotations

import asyncio
import stat
import time
from pathlib import Path

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.access import CODE_SECONDS, Access
from ringlet.store.quarantine import Quarantine


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "http_token"


def opened(path: Path, learned: list[str] | None = None) -> Access:
    access = Access(
        path,
        learn=(learned if learned is not None else []).append,
        quarantine=Quarantine(path.parent / "quarantine"),
    )
    access.prepare()
    return access


def test_nobody_is_admitted_before_there_is_a_token(path: Path) -> None:
    access = Access(path, learn=print, quarantine=Quarantine(path.parent / "quarantine"))
    assert not access.admits(b"")
    assert not path.exists()


def test_the_token_is_made_once_and_private(path: Path) -> None:
    access = opened(path)
    token = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert access.admits(token)
    assert not access.admits(token[:-1])
    assert opened(path).admits(token)


def test_the_token_stays_when_a_second_way_in_is_opened(path: Path) -> None:
    access = opened(path)
    token = path.read_bytes()
    path.rename(path.with_name("elsewhere"))
    access.prepare()
    assert access.admits(token)
    assert not path.exists()


@pytest.mark.parametrize("text", ["", "short", "x" * 600, "two words " * 5, "\xe9" * 40])
def test_a_token_that_is_none_is_replaced(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    assert opened(path).admits(path.read_bytes())
    assert len(path.read_bytes()) == 64


def test_a_token_that_others_could_read_is_replaced(path: Path) -> None:
    path.write_text("x" * 64)
    path.chmod(0o644)
    assert not opened(path).admits(b"x" * 64)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_token_is_kept_out_of_logs(path: Path) -> None:
    learned: list[str] = []
    access = opened(path, learned)
    first = path.read_text()
    access.rotate()
    assert learned == [first, path.read_text()]


def test_a_code_works_once_and_not_after_its_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = opened(path)
    code = access.issue_code()
    assert access.redeem(code) == path.read_text()
    late = access.issue_code()
    later = time.monotonic() + CODE_SECONDS + 1
    monkeypatch.setattr("time.monotonic", lambda: later)
    for worthless in (code, late, "", "0" * 32):
        with pytest.raises(RingletError) as refused:
            access.redeem(worthless)
        assert refused.value.code == ErrorCode.FORBIDDEN


def test_a_rotation_is_told_and_ends_all_codes(path: Path) -> None:
    access = opened(path)
    told: list[bytes] = []
    access.on_rotation(lambda: told.append(path.read_bytes()))
    code = access.issue_code()
    access.rotate()
    assert told == [path.read_bytes()]
    with pytest.raises(RingletError):
        access.redeem(code)


async def test_whoever_asks_for_the_address_waits_and_hurries_it(path: Path) -> None:
    access = opened(path)
    hurried = asyncio.Event()
    access.when_awaited(hurried.set)
    asking = asyncio.create_task(access.url())
    await asyncio.wait_for(hurried.wait(), 5)
    assert not asking.done()
    access.open("http://127.0.0.1:1")
    assert await asking == "http://127.0.0.1:1"


async def test_without_http_there_is_no_address(path: Path) -> None:
    access = opened(path)
    access.open(None)
    with pytest.raises(RingletError, match="does not serve HTTP"):
        await access.url()
