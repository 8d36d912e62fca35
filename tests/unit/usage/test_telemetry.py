"""What agents report while they run: who may, what is taken, and that nothing counts twice."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.usage.world import EVER, Follower, answer, free

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.usage.claude_events import call_of
from ringlet.agents.usage.otlp import events
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.domain.settings import TelemetrySettings
from ringlet.domain.usage import Call, Tokens
from ringlet.engine.usage.telemetry import Telemetry
from ringlet.engine.usage.verification import verify
from ringlet.store.ledger.runs import Run

NOW = time.time_ns()
URL = "http://127.0.0.1:1234"


def attributes(**values: Any) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    return [
        {"key": name.replace("__", "."), "value": {kinds[type(value)]: value}}
        for name, value in values.items()
    ]


def report(name: str = "claude_code.api_request", **changes: Any) -> bytes:
    given: dict[str, Any] = {
        "session__id": "s1",
        "model": "sonnet",
        "request_id": "req_1",
        "input_tokens": "10",
        "output_tokens": 5,
        "cache_read_tokens": "3",
        "cache_creation_tokens": 2,
        "cost_usd": 0.5,
    }
    record = {
        "timeUnixNano": str(NOW),
        "body": {"stringValue": name},
        "attributes": attributes(**{**given, **changes}),
    }
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).encode()


def told(body: bytes) -> list[Call]:
    return [call for event in events(body) for call in call_of(event)]


def test_an_answer_is_read_whether_numbers_are_text_or_not() -> None:
    assert told(report()) == [
        Call(
            source="otlp",
            native_id="claude\0req_1",
            time=NOW // 1_000_000,
            tokens=Tokens(input=10, output=5, cache_read=3, cache_write_5m=2),
            agent="claude",
            model="sonnet",
            session="s1",
        )
    ]


@pytest.mark.parametrize(
    "body",
    [
        report("claude_code.user_prompt"),
        report(request_id=""),  # a transcript may have it, and nobody could tell
        report(request_id=7),
        report(input_tokens="none", output_tokens=0, cache_read_tokens=0, cache_creation_tokens=0),
        b"{}",
    ],
)
def test_what_is_no_answer_is_passed_over(body: bytes) -> None:
    assert told(body) == []


async def test_a_report_counts_for_its_run_and_no_other() -> None:
    kept: list[Call] = []
    telemetry = _telemetry(kept)
    assert await telemetry.take("r1", report()) == 1
    assert [(call.run_id, call.profile, call.provider, call.project) for call in kept] == [
        ("r1", "work", "acme", "/app")
    ]
    with pytest.raises(RingletError) as caught:
        await telemetry.take("long-ago", report())
    assert caught.value.code is ErrorCode.RUN_NOT_FOUND


async def test_the_account_that_a_report_names_counts_unless_the_run_had_a_key() -> None:
    body = report(user__email="me@example.com", user__account_uuid="0f3a")
    for provider, account in (("self", "me@example.com"), ("acme", "")):
        kept: list[Call] = []
        assert await _telemetry(kept, provider=provider).take("r1", body) == 1
        assert [call.account for call in kept] == [account]
    assert told(report(user__account_uuid="0f3a"))[0].account == "0f3a"


async def test_nothing_is_taken_when_it_is_switched_off() -> None:
    kept: list[Call] = []
    assert await _telemetry(kept, enabled=False).take("r1", report()) == 0
    assert kept == []


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b'{"resourceLogs": 1}', b"[" * 100_000])
async def test_a_body_of_another_kind_is_refused(body: bytes) -> None:
    with pytest.raises(RingletError) as caught:
        await _telemetry([]).take("r1", body)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


@given(st.recursive(st.none() | st.integers() | st.text(), lambda c: st.lists(c) | st.dictionaries(
    st.sampled_from(["resourceLogs", "scopeLogs", "logRecords", "attributes", "body", "key",
                     "value", "stringValue", "intValue", "timeUnixNano"]), c)))  # fmt: skip
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        told(msgspec.json.encode(value))
    except msgspec.DecodeError:
        pass


def test_half_a_character_in_one_text_loses_no_event() -> None:
    body = report(error="cut \ud83d", model="so\ud83dnnet", request_id="req_\ud83d")
    (call,) = told(body)
    assert (call.model, call.native_id) == ("so?nnet", "claude\0req_?")


def test_a_number_that_is_none_is_no_count() -> None:
    body = report(input_tokens=float("nan"), output_tokens=-5, cache_read_tokens=1e300)
    (call,) = told(body)
    assert (call.tokens.input, call.tokens.output) == (0, 0)
    assert told(body.replace(b"NaN", b'"NaN"')) == [call]


async def test_a_run_gets_a_token_of_its_own_that_is_a_secret(tmp_path: Path) -> None:
    telemetry = _telemetry([])
    found = await telemetry.variables(
        _claude(), profile="work", run_id="r1", own={}, folders=[tmp_path]
    )
    header = found["OTEL_EXPORTER_OTLP_LOGS_HEADERS"]
    assert isinstance(header, Secret)
    token = header.reveal().removeprefix("x-ringlet-run=")
    assert telemetry.run_of(token) == "r1"
    assert telemetry.run_of(token.replace("r1.", "r2.")) is None
    assert telemetry.run_of(token[:-1]) is telemetry.run_of("") is telemetry.run_of(".") is None
    assert found["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"] == f"{URL}/otlp/v1/logs"
    assert found["OTEL_RESOURCE_ATTRIBUTES"] == "ringlet.profile=work,ringlet.run=r1"


@pytest.mark.parametrize(
    ("settings", "own", "run_id"),
    [
        ({"enabled": False}, {}, "r1"),
        ({"agent_otel": False}, {}, "r1"),
        ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector"}, "r1"),
        ({}, {"CLAUDE_CODE_ENABLE_TELEMETRY": "0"}, "r1"),
        ({}, {}, ""),
    ],
)
async def test_a_run_is_not_asked_to_report(
    settings: dict[str, bool], own: dict[str, str], run_id: str
) -> None:
    telemetry = _telemetry([], settings.get("enabled", True), settings.get("agent_otel", True))
    found = await telemetry.variables(_claude(), profile="work", run_id=run_id, own=own, folders=[])
    assert found == {}


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
@pytest.mark.parametrize(
    ("content", "asked"),
    [
        ('{"env": {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector"}}', False),
        ('{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "0"}}', False),
        ('{"env": {"EDITOR": "vi"}, "model": "opus"}', True),
        ('{"env": 7}', True),
        ("[" * 100_000, True),
        ("", True),
    ],
)
async def test_settings_that_send_telemetry_elsewhere_are_left_alone(
    tmp_path: Path, name: str, content: str, asked: bool
) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / name).write_text(content)
    found = await _telemetry([]).variables(
        _claude(), profile="work", run_id="r1", own={}, folders=[tmp_path / "home", tmp_path]
    )
    assert bool(found) == asked


@pytest.mark.parametrize("order", ["merge", "file"])
def test_a_ledger_taken_in_beside_its_transcripts_doubles_nothing(
    tmp_path: Path, order: str
) -> None:
    transcript = tmp_path / ".claude/projects/-code-app/s1.jsonl"
    transcript.parent.mkdir(parents=True)
    transcript.write_bytes(answer(7))
    first = Follower(tmp_path, tmp_path / "first.db")
    first.ledger.report([_of_run(call) for call in told(report(request_id="req_7"))], free)
    first.refresh()
    rows = [row for block in first.ledger.records() for row in block]

    again = Follower(tmp_path, tmp_path / "again.db")
    if order == "file":
        again.refresh()
    again.ledger.merge(rows, free)
    again.refresh()
    again.ledger.merge(rows, free)
    assert list(again.rows().values()) == list(first.rows().values())
    assert verify(again.ledger, again.places(), tmp_path).agree


@pytest.mark.parametrize("first", ["file", "report"])
def test_what_is_reported_and_noted_down_is_one_answer(tmp_path: Path, first: str) -> None:
    follower = Follower(tmp_path, tmp_path / "usage.db")
    transcript = tmp_path / ".claude/projects/-code-app/s1.jsonl"
    transcript.parent.mkdir(parents=True)
    reported = [_of_run(call) for call in told(report(request_id="req_7", output_tokens=999))]

    def note_down() -> None:
        transcript.write_bytes(answer(7))
        follower.refresh()

    if first == "file":
        note_down()
    follower.ledger.report(reported, free)
    if first == "report":
        note_down()
    follower.ledger.report(reported, free)  # sent again

    assert list(follower.rows().values()) == [Tokens(input=10, output=5)]
    (found,) = follower.ledger.sums(EVER, ("profile", "run"), {})
    assert (found.calls, found.tokens) == (1, Tokens(input=10, output=5))
    found_again = verify(follower.ledger, follower.places(), tmp_path)
    assert (found_again.different, found_again.kept, found_again.sums_agree) == (0, 0, True)
    follower.begin()
    transcript.write_bytes(answer(7) + answer(8))
    follower.refresh()
    assert follower.calls() == 2


def test_an_answer_that_is_in_no_file_counts_as_it_was_reported(tmp_path: Path) -> None:
    follower = Follower(tmp_path, tmp_path / "usage.db")
    reported = [_of_run(call) for call in told(report())]
    assert [taken.call for taken in follower.ledger.report(reported, free)] == reported
    (found,) = follower.ledger.sums(EVER, ("profile", "run"), {})
    assert (found.names, found.calls, found.tokens.total) == (("work", "r1"), 1, 20)


def _telemetry(
    kept: list[Call], enabled: bool = True, agent_otel: bool = True, provider: str = "acme"
) -> Telemetry:
    async def find(run_id: str) -> Run | None:
        started, now = 0, time.time_ns() // 1_000_000
        ended = now if run_id == "r1" else now - 3_600_000
        return Run(run_id, "work", "claude", provider, "sonnet", "/app", started, ended, 1.0)

    async def keep(calls: list[Call]) -> None:
        kept.extend(calls)

    return Telemetry(
        settings=lambda: TelemetrySettings(enabled, agent_otel),
        reserve=lambda: URL,
        sign=lambda text: f"{hash(text):x}",
        find=find,
        keep=keep,
    )


def _claude() -> Agent:
    nowhere = Path("/nonexistent")
    return Catalogs(nowhere, nowhere).agents.get("claude")


def _of_run(call: Call) -> Call:
    return msgspec.structs.replace(call, profile="work", run_id="r1")
