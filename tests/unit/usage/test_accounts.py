"""Whose account an answer went to, as the ledger keeps it."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.unit.usage.world import answer, free, powerless, transcript

from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.engine.usage.ingestion import Ingestion
from ringlet.engine.usage.places import User, places
from ringlet.store.ledger.ledger import Ledger


class Owner:
    """A user with a home, perhaps with profiles, and what the ledger says of their accounts."""

    def __init__(self, home: Path, path: Path) -> None:
        self.home = home
        self.ledger = Ledger(path)
        self.profiles: list[Profile] = []
        self.environ: dict[str, str] = {}
        self.ingestion = Ingestion(
            ledger=self.ledger, price=free, runs_at=lambda profile, start, end: ()
        )

    def add_profile(self, alias: str, provider: str, **env: str) -> Path:
        home = self.home / f".claude-profiles/{alias}"
        noted = ProfileMetadata(datetime(2026, 11, 1, tzinfo=UTC), home=str(home))
        profile = Profile(alias, "claude", provider, "default", "m", noted, env=env)
        self.profiles.append(profile)
        return home

    def accounts(self) -> Counter[tuple[str, str]]:
        """How many answers each profile and account have."""
        self.ingestion.refresh(places(self.profiles, [], User(self.home, self.environ)))
        rows = (row for block in self.ledger.records() for row in block)
        return Counter((row.profile, row.account) for row in rows)


@pytest.fixture
def owner(own_home: Path, tmp_path: Path) -> Owner:
    return Owner(own_home, tmp_path / "usage.db")


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def sign_in(path: Path, email: str) -> None:
    write(path, {"oauthAccount": {"emailAddress": email}})


def test_whoever_signs_in_later_does_not_get_what_was_used_before(owner: Owner) -> None:
    sign_in(owner.home / ".claude.json", "me@example.com")
    file = transcript(owner.home)
    file.write_bytes(answer(1))
    assert owner.accounts() == {("", "me@example.com"): 1}
    sign_in(owner.home / ".claude.json", "somebody.else@example.com")
    with file.open("ab") as more:
        more.write(answer(2))
    assert owner.accounts() == {("", "me@example.com"): 1, ("", "somebody.else@example.com"): 1}
    (owner.home / ".claude.json").unlink()
    with file.open("ab") as more:
        more.write(answer(3))
    assert owner.accounts()["", ""] == 1


def test_an_answer_of_another_vendor_is_not_of_the_account(owner: Owner) -> None:
    sign_in(owner.home / ".claude.json", "me@example.com")
    other = answer(2).replace(b"msg_0", b"msg_bdrk_0")
    short = answer(3).replace(b"msg_000000000000000000000003", b"chat-3")
    transcript(owner.home).write_bytes(answer(1) + other + short)
    assert owner.accounts() == {("", "me@example.com"): 1, ("", ""): 2}


def test_profiles_with_a_key_have_no_account_and_those_that_sign_in_do(owner: Owner) -> None:
    for number, (alias, provider, env) in enumerate(
        [
            ("mine", "self", {"FOO": "bar"}),
            ("keyed", "anthropic", {"ANTHROPIC_API_KEY": "$KEYCHAIN:anthropic-keyed"}),
            ("odd", "self", {"ANTHROPIC_AUTH_TOKEN": "$KEYCHAIN:odd.ANTHROPIC_AUTH_TOKEN"}),
        ]
    ):
        home = owner.add_profile(alias, provider, **env)
        sign_in(home / ".claude.json", f"{alias}@example.com")
        transcript(home, alias).write_bytes(answer(number))
    sign_in(owner.home / ".claude.json", "me@example.com")
    assert owner.accounts() == {("mine", "mine@example.com"): 1, ("keyed", ""): 1, ("odd", ""): 1}


def test_each_folder_that_the_environment_names_has_an_account_of_its_own(owner: Owner) -> None:
    sign_in(owner.home / ".claude.json", "me@example.com")
    for number, name in enumerate(["one", "two", "none"]):
        file = owner.home / name / "projects/-work/s.jsonl"
        file.parent.mkdir(parents=True)
        file.write_bytes(answer(number))
    sign_in(owner.home / "one/.claude.json", "one@example.com")
    sign_in(owner.home / "two/.claude.json", "two@example.com")
    owner.environ["CLAUDE_CONFIG_DIR"] = "~/one,~/two,~/none"
    assert owner.accounts() == {
        ("", "one@example.com"): 1,
        ("", "two@example.com"): 1,
        ("", ""): 1,
    }


def test_threads_of_codex_are_of_the_account_if_they_were_with_its_provider(owner: Owner) -> None:
    write(owner.home / ".codex/auth.json", {"tokens": {"account_id": "acc-1"}})
    counts = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    for thread, provider in (("t1", "openai"), ("t2", "ringlet"), ("t3", None)):
        meta = {"id": thread, "cwd": "/code"} | ({"model_provider": provider} if provider else {})
        record = {"thread_id": thread, "response_id": f"resp_{thread}", "usage": counts}
        lines = [("session_meta", meta), ("token_usage_record", record)]
        file = owner.home / f".codex/sessions/2026/11/20/rollout-{thread}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        time = "2026-11-20T09:33:47.972Z"
        file.write_text("".join(
            json.dumps({"timestamp": time, "type": kind, "payload": payload}) + "\n"
            for kind, payload in lines
        ))  # fmt: skip
    assert owner.accounts() == {("", "acc-1"): 1, ("", ""): 2}


def test_messages_of_opencode_are_of_the_account_at_their_provider(owner: Owner) -> None:
    folder = owner.home / ".local/share/opencode"
    auth = {"openai": {"type": "oauth", "accountId": "acc-1"}, "zai": {"type": "api", "key": "k"}}
    write(folder / "auth.json", auth)
    database = sqlite3.connect(folder / "opencode.db")
    database.execute("CREATE TABLE session (id TEXT, parent_id TEXT, directory TEXT)")
    database.execute("CREATE TABLE message (id TEXT, session_id TEXT, data TEXT)")
    for number, provider in enumerate(["openai", "zai"]):
        message = {
            "role": "assistant",
            "modelID": "m",
            "providerID": provider,
            "tokens": {"input": 10, "output": number + 1},
            "time": {"created": 1_795_167_227_000, "completed": 1_795_167_228_000},
        }
        row = (str(number), "s", json.dumps(message))
        database.execute("INSERT INTO message VALUES (?, ?, ?)", row)
    database.commit()
    database.close()
    assert owner.accounts() == {("", "acc-1"): 1, ("", ""): 1}


def make_link(path: Path) -> None:
    sign_in(path.with_name("real.json"), "me@example.com")
    path.symlink_to("real.json")


def make_private(path: Path) -> None:
    sign_in(path, "me@example.com")
    path.chmod(0)


ODD: dict[str, Callable[[Path], object]] = {
    "broken": lambda path: path.write_text('{"oauthAccount": '),
    "huge": lambda path: path.write_text(
        json.dumps({"oauthAccount": {"emailAddress": "me@example.com"}, "more": "x" * (9 << 20)})
    ),
    "a link": make_link,
    "a FIFO": os.mkfifo,
    "a folder": os.mkdir,
    "not for us": make_private,
}


@pytest.mark.parametrize("what", ODD)
def test_a_file_that_is_odd_names_nobody_and_hinders_nothing(owner: Owner, what: str) -> None:
    ODD[what](owner.home / ".claude.json")
    transcript(owner.home).write_bytes(answer(1))
    with powerless():
        assert owner.accounts() == {("", ""): 1}
