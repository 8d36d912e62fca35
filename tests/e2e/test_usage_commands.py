"""Usage by the commands that people and programs use, without any agent installed."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path

import httpx
import pytest
from tests.e2e.event_clients import dial, hear
from tests.e2e.site import Site
from tests.e2e.world import World
from tests.unit.usage.world import answer, transcript


@pytest.fixture
def used(world: World) -> World:
    """An account with two answers of a profile and one that is nobody's."""
    world.run("profiles", "create", "demo", "work")
    world.run("profiles", "run", "work", "--", "--version")
    transcript(world.home / ".ringlet-demo-profiles/work").write_bytes(
        answer(1) + answer(2, hour=23)
    )
    transcript(world.home, "s2").write_bytes(answer(3, session="s2"))
    return world


def test_reports_for_programs(used: World) -> None:
    daily = used.json("usage", "daily", "--period", "all", "--tz", "UTC")
    assert [(row["group"]["day"], row["calls"]) for row in daily["rows"]] == [("2026-11-20", 3)]
    tokyo = used.json("usage", "daily", "--period", "all", "--tz", "Asia/Tokyo")
    assert [row["calls"] for row in tokyo["rows"]] == [2, 1]
    stats = used.json("usage", "--period", "all", "--profile", "work")
    assert stats["total_tokens"]["input_tokens"] == 20
    assert stats["total_cost"] is None
    assert stats["unpriced_models"] == ["sonnet"]
    assert used.json("usage", "--period", "yesterday")["total_tokens"]["input_tokens"] == 0


def test_reports_for_people(used: World) -> None:
    text = used.run("usage", "--by", "profile,model", "--period", "all").stdout
    assert "unattributed" in text
    assert "No price is known for: sonnet." in text
    summary = used.run("usage", "--period", "all").stdout
    assert "Cache creation" in summary
    assert "work" in summary
    status = used.run("usage", "statusline", "--period", "all", "--profile", "work").stdout
    assert status == "work · all 30 tokens\n"


def test_a_status_line_tells_of_the_conversation_that_the_agent_names(used: World) -> None:
    (session,) = used.json("usage", "sessions", "--period", "all", "--profile", "work")["rows"]
    told = {"session_id": session["group"]["session"], "model": {"display_name": "Sonnet\x1b[2J"}}
    asked = ("usage", "statusline", "--profile", "work")
    line = used.run(*asked, stdin=json.dumps(told)).stdout
    assert line == "work · Sonnet\\x1b[2J · session 30 tokens · today $0.00, 0 tokens\n"
    assert used.json(*asked)["session"] is None
    for nonsense in ("", "[", '{"session_id": 1}'):
        assert used.run(*asked, stdin=nonsense).stdout == "work · today $0.00, 0 tokens\n"
    assert used.run(*asked, "--since", "never", stdin="").stdout.startswith("ringlet: ")


def test_rows_as_csv(used: World) -> None:
    text = used.run("usage", "export", "--format", "csv", "--tz", "UTC").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {(row["day"], row["profile"], row["total_tokens"]) for row in rows} == {
        ("2026-11-20", "work", "30"),
        ("2026-11-20", "unattributed", "15"),
    }


def test_a_ledger_goes_to_another_machine_and_is_counted_there_once(
    used: World, tmp_path: Path
) -> None:
    exported = used.run("usage", "export", "--format", "ndjson").stdout
    assert len(exported.splitlines()) == 3
    changed = [json.loads(line) | {"machine": "other"} for line in exported.splitlines()]
    for number, record in enumerate(changed):
        record |= {"key": f"{number:016x}", "seq": number + 1}
    file = tmp_path / "other.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in changed))
    assert used.json("usage", "merge", str(file)) == {"records": 3, "new": 3}
    assert used.json("usage", "merge", str(file)) == {"records": 3, "new": 0}
    assert used.json("usage", "models", "--period", "all")["total"]["calls"] == 6
    file.write_text('{"key": 7}\n')
    failed = used.run("usage", "merge", str(file), check=False)
    assert failed.returncode == 1
    assert "other.ndjson, line 1" in failed.stderr


def test_a_merged_ledger_is_told_by_an_event_up_to_where_it_is_readable(
    used: World, tmp_path: Path
) -> None:
    exported = used.run("usage", "export", "--format", "ndjson").stdout.splitlines()
    record = json.loads(exported[0]) | {"machine": "other", "key": "1" * 16}
    file = tmp_path / "other.ndjson"
    file.write_text("\n".join([*exported, json.dumps(record)]) + "\n")
    broken = tmp_path / "broken.ndjson"
    many = [json.dumps(record | {"key": f"{number:016x}"}) for number in range(1000)]
    broken.write_text("\n".join([*many, "{", ""]))
    used.run("ui")
    with dial(Site(used), "?events=UsageImported") as follower:
        used.run("usage", "merge", str(file))
        whole = hear(follower)["data"]
        assert used.run("usage", "merge", str(broken), check=False).returncode == 1
        part = hear(follower)["data"]
    assert whole == {
        "source": "merge",
        "records_imported": 1,
        "home": str(file),
        "agents": ["claude"],
        "files": 1,
        "calls": 1,
    }
    assert part == whole | {"home": str(broken), "records_imported": 1000, "calls": 1000}


def test_another_home_is_taken_in_for_good(used: World) -> None:
    old = used.root / "old"
    transcript(old).write_bytes(answer(8))
    result = used.json("usage", "import", "--home", str(old), "--profile", "work")
    assert (result["calls"], result["files"]) == (1, 1)
    again = used.json("usage", "import-claude", "--claude-dir", str(old / ".claude"))
    assert again["calls"] == 0
    with transcript(old).open("ab") as file:
        file.write(answer(9))
    report = used.json("usage", "profiles")
    assert {row["group"]["profile"]: row["calls"] for row in report["rows"]} == {
        "work": 4,
        "unattributed": 1,
    }


def test_usage_by_the_accounts_that_were_signed_in(world: World) -> None:
    claims = base64.urlsafe_b64encode(b'{"email": "me@work.example"}').decode().rstrip("=")
    tokens = {"id_token": f"x.{claims}.x", "access_token": "hidden-1", "refresh_token": "hidden-2"}
    (world.home / ".codex").mkdir()
    (world.home / ".codex/auth.json").write_text(json.dumps({"tokens": tokens}))
    signed_in = {"oauthAccount": {"emailAddress": "me@home.example"}, "primaryApiKey": "hidden-3"}
    (world.home / ".claude.json").write_text(json.dumps(signed_in))
    transcript(world.home).write_bytes(answer(1) + answer(2))
    world.run("profiles", "create", "demo", "work")
    world.run("profiles", "run", "work", "--", "--version")
    home = world.home / ".ringlet-demo-profiles/work"
    (home / ".claude.json").write_text(json.dumps(signed_in))
    transcript(home).write_bytes(answer(3))
    rollout = world.home / ".codex/sessions/2026/11/20/rollout-t1.jsonl"
    rollout.parent.mkdir(parents=True)
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    meta = {"id": "t1", "cwd": "/code", "model_provider": "openai"}
    record = {"thread_id": "t1", "response_id": "resp_1", "usage": usage}
    with rollout.open("w") as file:
        for kind, payload in (("session_meta", meta), ("token_usage_record", record)):
            line = {"timestamp": "2026-11-20T09:33:47.972Z", "type": kind, "payload": payload}
            file.write(json.dumps(line) + "\n")
    asked = ("--period", "all")
    rows = world.json("usage", "--by", "account,agent", *asked)["rows"]
    assert {(*row["group"].values(), row["calls"]) for row in rows} == {
        ("me@home.example", "claude", 2),
        ("me@work.example", "codex", 1),
        ("unattributed", "claude", 1),
    }
    only = world.json("usage", "models", *asked, "--account", "me@home.example")
    assert only["total"]["calls"] == 2
    table = world.run("usage", "export", "--format", "csv", "--by", "account").stdout
    assert {row["account"] for row in csv.DictReader(io.StringIO(table))} == {
        "me@home.example",
        "me@work.example",
        "unattributed",
    }
    lines = world.run("usage", "export", "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line)["account"] for line in lines].count("me@home.example") == 2
    world.run("ui")
    site = Site(world)
    where = {"period": "all", "account": "me@work.example"}
    told = [
        httpx.get(f"{site.url}/api/{path}", params=where, headers=site.bearer).json()["data"]
        for path in ("usage", "usage/report")
    ]
    assert told[0]["total_tokens"]["input_tokens"] == 10
    assert told[1]["total"]["total_tokens"] == 15
    for file_of_ours in world.config.rglob("*"):
        if file_of_ours.is_file():
            assert b"hidden-" not in file_of_ours.read_bytes()


def test_a_folder_of_transcripts_is_taken_in_whatever_its_name(used: World) -> None:
    old = used.root / "claude of 2025"
    taking_in = ("usage", "import-claude", "--claude-dir")
    old.mkdir()
    refused = used.run(*taking_in, str(old), check=False)
    assert refused.returncode == 1
    assert "holds no folder named projects" in refused.stderr
    file = old / "projects/-code-app/s8.jsonl"
    file.parent.mkdir(parents=True)
    file.write_bytes(answer(8))
    assert used.json(*taking_in, str(old))["calls"] == 1
    with file.open("ab") as more:
        more.write(answer(9))
    assert used.json("usage", "models", "--period", "all")["total"]["calls"] == 5
    (used.root / "link").symlink_to(old)
    refused = used.run(*taking_in, str(used.root / "link"), check=False)
    assert refused.returncode == 1
    assert f"Give the folder that it leads to: {old}" in refused.stderr


def test_usage_is_found_where_the_environment_of_the_user_puts_it(world: World) -> None:
    for name, number in (("one", 1), ("two", 2)):
        file = world.root / name / "projects/-code-app/s.jsonl"
        file.parent.mkdir(parents=True)
        file.write_bytes(answer(number))
    world.environ["CLAUDE_CONFIG_DIR"] = f"{world.root}/one,{world.root}/two"
    transcript(world.home).write_bytes(answer(3))
    assert world.json("usage", "models", "--period", "all")["total"]["calls"] == 2
    world.run("profiles", "create", "demo", "work")
    shown = world.run("profiles", "exec", "work", "--", "env").stdout
    assert "CLAUDE_CONFIG_DIR" not in shown
    del world.environ["CLAUDE_CONFIG_DIR"]
    world.run("daemon", "restart")
    assert world.json("usage", "models", "--period", "all")["total"]["calls"] == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ("usage", "--period", "fortnight"),
        ("usage", "--by", "colour"),
        ("usage", "daily", "--since", "soon"),
        ("usage", "daily", "--tz", "Mars/Olympus"),
        ("usage", "import", "--home", "/nowhere"),
        ("usage", "import", "--profile", "nobody"),
        ("usage", "merge", "nowhere.ndjson"),
    ],
)
def test_what_cannot_be_is_refused_with_the_next_step(
    world: World, arguments: tuple[str, ...]
) -> None:
    failed = world.run(*arguments, check=False)
    assert failed.returncode in (1, 2)
    assert failed.stderr.startswith("Error: ")
    assert "mistake" not in failed.stderr


def test_the_ledger_agrees_with_the_files(used: World) -> None:
    found = used.json("usage", "verify")
    assert (found["in_files"], found["in_ledger"], found["different"]) == (3, 3, 0)
    assert found["sums_agree"] is True


def test_history_stays_when_a_profile_is_purged_before_anybody_asked(used: World) -> None:
    used.run("profiles", "delete", "work", "--purge", "--yes")
    assert not (used.home / ".ringlet-demo-profiles/work").exists()
    rows = used.json("usage", "profiles")["rows"]
    assert {row["group"]["profile"]: row["calls"] for row in rows}["work"] == 2


def test_runs_in_numbers(used: World) -> None:
    stats = used.json("stats")
    assert stats["by_profile"]["work"]["sessions"] == stats["total_sessions"] == 1
    assert used.json("stats", "--agent", "codex")["total_sessions"] == 0


def test_prices_change_what_was_used_before_them(used: World) -> None:
    table = used.run("usage", "prices", "claude-opus-4-8").stdout
    assert "fast: 2 times" in table
    assert "No price is known for: sonnet." in used.run("usage", "prices").stdout
    (used.config / "prices.toml").write_text(
        '[[price]]\nmodel = "sonnet"\ninput = 1000.0\noutput = 1000.0\n'
    )
    stats = used.json("usage", "--period", "all", "--profile", "work")
    assert stats["total_cost"]["total_cost"] > 0
    assert stats["unpriced_models"] == []
    (listed,) = used.json("usage", "prices", "--day", "2026-11-20")["prices"]
    assert (listed["model"], listed["source"]) == ("sonnet", "prices.toml")
    (used.config / "prices.toml").write_text('[[price]]\nmodel = "sonnet"\ninput = "dear"\n')
    assert used.json("usage", "--period", "all", "--profile", "work") == stats
    assert "price[0].input" in used.run("daemon", "status").stdout


def test_a_home_whose_folder_is_a_link_is_refused_with_where_it_leads(used: World) -> None:
    elsewhere, home = used.root / "elsewhere", used.root / "linked"
    (elsewhere / "projects").mkdir(parents=True)
    home.mkdir()
    (home / ".claude").symlink_to(elsewhere)
    done = used.run("usage", "import", "--home", str(home), check=False)
    assert done.returncode == 1
    assert "is a link" in done.stderr
    assert str(elsewhere) in done.stderr
