"""Idle clock, log and options of the daemon."""

from __future__ import annotations

import asyncio
import json
import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringlet.daemon.idle import IdleClock
from ringlet.daemon.logs import JsonLog
from ringlet.daemon.options import Options, parse_options
from ringlet.daemon.redaction import Redactor
from ringlet.engine.events import EventStream
from ringlet.store.quarantine import Quarantine
from ringlet.wire.events import Event, encode


async def test_the_idle_clock_waits_for_quiet_and_for_work_to_end() -> None:
    working = True
    expired = asyncio.Event()
    clock = IdleClock(0.05, busy=lambda: working, expired=expired.set)
    clock.touch()
    await asyncio.sleep(0.2)
    assert not expired.is_set()
    working = False
    await asyncio.wait_for(expired.wait(), 5)


async def test_without_a_timeout_the_idle_clock_arms_nothing() -> None:
    clock = IdleClock(0, busy=lambda: False, expired=lambda: pytest.fail("expired"))
    clock.touch()
    clock.stop()
    await asyncio.sleep(0.05)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    redactor = Redactor()
    redactor.learn("hunter2-secret")
    handler = JsonLog(tmp_path / "x.log", redactor, Quarantine(tmp_path / "quarantine"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    yield logger


def test_the_log_blots_out_known_secrets_and_what_looks_like_one(
    log: logging.Logger, tmp_path: Path
) -> None:
    try:
        raise ValueError("with hunter2-secret inside")
    except ValueError:
        log.exception("key hunter2-secret, sk-abcdefghijklmnop1234, Bearer abcdefgh12345")
    line = json.loads((tmp_path / "x.log").read_text())
    assert "hunter2" not in json.dumps(line)
    assert line["message"] == "key ***, ***, ***"
    assert "ValueError" in line["trace"]
    assert stat.S_IMODE((tmp_path / "x.log").stat().st_mode) == 0o600


def test_the_log_rotates_and_keeps_three_older_parts(
    log: logging.Logger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringlet.daemon.logs._ROTATE_BYTES", 200)
    for number in range(20):
        log.warning("message %d", number)
    names = sorted(path.name for path in tmp_path.glob("x.log*"))
    assert names == ["x.log", "x.log.1", "x.log.2", "x.log.3"]
    assert "message 19" in (tmp_path / "x.log").read_text()


def test_options_of_the_process() -> None:
    assert parse_options(["--inherited", "--idle-timeout=5", "--log-level=debug"]) == Options(
        inherited=True, idle_timeout=5.0, log_level="debug"
    )
    with pytest.raises(ValueError, match="unknown"):
        parse_options(["--nope"])


def test_events_are_numbered_and_begin_with_their_type() -> None:
    seen: list[Event] = []
    stream = EventStream()
    stream.subscribe(seen.append)
    stream.publish("ProfileDeleted", {"alias": "x"})
    stream.publish("ProfileDeleted", {"alias": "y"})
    assert seen[1].seq == seen[0].seq + 1 == stream.last
    topic, _, text = encode(seen[0]).partition(b" ")
    assert topic == b"ProfileDeleted"
    assert json.loads(text)["data"] == {"alias": "x"}
    assert set(json.loads(text)) == {"type", "timestamp", "data", "seq"}
