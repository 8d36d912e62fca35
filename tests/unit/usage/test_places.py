"""Where usage is looked for: in homes, and where the user's environment says."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.usage.world import answer, free

from ringlet.cli import start
from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.engine.usage.ingestion import Ingestion
from ringlet.engine.usage.places import User, home_of, places, readers
from ringlet.store import locations
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.positions import Home


def roots(home: Path, agent: str, **environ: str) -> list[str]:
    """Where usage of an agent is looked for without any profile."""
    found = places([], [], User(home, environ))
    return [
        f"{place.home}/{root}"
        for place in found
        if place.reader.agent == agent
        for root in place.roots
    ]


def below(home: Path, *paths: str) -> list[str]:
    return [str(home / path) for path in paths]


def test_without_any_variable_everything_is_where_agents_have_it(own_home: Path) -> None:
    assert roots(own_home, "claude") == below(
        own_home, ".claude/projects", ".config/claude/projects"
    )
    assert roots(own_home, "codex") == below(
        own_home, ".codex/sessions", ".codex/archived_sessions"
    )
    assert roots(own_home, "opencode") == below(own_home, ".local/share/opencode")


@pytest.mark.parametrize(
    ("agent", "environ", "expected"),
    [
        ("claude", {"CLAUDE_CONFIG_DIR": "/c"}, ["/c/projects"]),
        ("claude", {"CLAUDE_CONFIG_DIR": "/c/1, /c/2/"}, ["/c/1/projects", "/c/2/projects"]),
        ("claude", {"CLAUDE_CONFIG_DIR": "~/c"}, ["{home}/c/projects"]),
        ("claude", {"CLAUDE_CONFIG_DIR": "c"}, ["{home}/.claude/projects",
                                               "{home}/.config/claude/projects"]),
        ("claude", {"XDG_CONFIG_HOME": "/x"}, ["{home}/.claude/projects", "/x/claude/projects"]),
        ("claude", {"XDG_CONFIG_HOME": "/x", "CLAUDE_CONFIG_DIR": "/c"}, ["/c/projects"]),
        ("codex", {"CODEX_HOME": "/a,/b"}, ["/a/sessions", "/a/archived_sessions",
                                           "/b/sessions", "/b/archived_sessions"]),
        ("opencode", {"XDG_DATA_HOME": "/x"}, ["/x/opencode"]),
        ("opencode", {"XDG_DATA_HOME": "/x", "OPENCODE_DATA_DIR": "/o"}, ["/o"]),
        ("droid", {"FACTORY_HOME_OVERRIDE": "/f"}, ["/f/.factory/sessions"]),
        ("gemini", {"GEMINI_CLI_HOME": "/g"}, ["/g/.gemini/tmp"]),
        ("qwen", {"QWEN_HOME": "/q"}, ["/q/projects"]),
        ("codex", {"CLAUDE_CONFIG_DIR": "/c"}, ["{home}/.codex/sessions",
                                               "{home}/.codex/archived_sessions"]),
    ],
)  # fmt: skip
def test_variables_move_folders_as_they_do_for_the_agents(
    own_home: Path, agent: str, environ: dict[str, str], expected: list[str]
) -> None:
    found = [root.replace("//", "/") for root in roots(own_home, agent, **environ)]
    assert found == [path.format(home=own_home) for path in expected]


def test_a_folder_with_a_comma_in_its_name_is_one(own_home: Path) -> None:
    odd = own_home / "a,b"
    odd.mkdir()
    assert roots(own_home, "claude", CLAUDE_CONFIG_DIR=str(odd)) == [f"{odd}/projects"]


def test_the_daemon_is_told_all_of_these_variables() -> None:
    asked = {
        variable.partition("/")[0]
        for reader in readers().values()
        for folder in reader.folders
        for variable in folder.variables
    }
    assert asked <= set(locations.FOLDERS)


def test_homes_of_profiles_know_no_variables_and_win(own_home: Path) -> None:
    home = own_home / "profile"
    noted = ProfileMetadata(datetime(2026, 11, 1, tzinfo=UTC), home=str(home))
    profile = Profile("work", "claude", "anthropic", "default", "m", noted)
    user = User(own_home, {"CLAUDE_CONFIG_DIR": f"{home}/.claude", "XDG_CONFIG_HOME": "/x"})
    found = [place for place in places([profile], [], user) if place.reader.agent == "claude"]
    assert [(place.profile, place.provider) for place in found] == [("work", "anthropic")] * 2
    assert [f"{place.home}/{place.folder}" for place in found] == [
        f"{home}/.claude",
        f"{home}/.config/claude",
    ]


def test_a_folder_that_the_environment_names_may_be_a_link(own_home: Path, tmp_path: Path) -> None:
    real, link = own_home / "disk/claude", own_home / "mine"
    (real / "projects").mkdir(parents=True)
    link.symlink_to(real)
    assert roots(own_home, "claude", CLAUDE_CONFIG_DIR=str(link)) == [f"{real}/projects"]
    assert roots(own_home, "codex", CODEX_HOME=str(link / "codex"))[0] == f"{real}/codex/sessions"


def test_naming_the_usual_folder_reads_nothing_again(own_home: Path, tmp_path: Path) -> None:
    path = own_home / ".claude/projects/-work/s1.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(answer(1))
    ledger = Ledger(tmp_path / "usage.db")
    following = Ingestion(ledger=ledger, price=free, runs_at=lambda profile, start, end: ())
    assert following.refresh(places([], [], User(own_home, {}))).files == 1
    named = {"CLAUDE_CONFIG_DIR": str(own_home / ".claude")}
    assert following.refresh(places([], [], User(own_home, named))).files_total == 0
    other = own_home / "other/projects/-work/s2.jsonl"
    other.parent.mkdir(parents=True)
    other.write_bytes(answer(2))
    named["CLAUDE_CONFIG_DIR"] += f",{own_home}/other"
    assert following.refresh(places([], [], User(own_home, named))).calls == 1
    assert [position.path for position in ledger.files()] == [str(path), str(other)]


def test_an_imported_folder_may_have_any_name(own_home: Path) -> None:
    old = home_of(own_home / "claude of 2025", "claude", "")
    assert old == Home(str(own_home), "claude", "", "claude of 2025")
    found = [
        f"{place.home}/{root}"
        for place in places([], [old], User(own_home, {}))
        if place.reader.agent == "claude"
        for root in place.roots
    ]
    assert found == [
        f"{own_home}/claude of 2025/projects",
        *roots(own_home, "claude"),
    ]
    assert home_of(own_home / ".claude", "claude") == Home(str(own_home), "claude", "")


def test_a_home_that_became_a_link_holds_nothing(own_home: Path, tmp_path: Path) -> None:
    real = own_home / "real"
    (real / ".claude/projects/-work").mkdir(parents=True)
    (real / ".claude/projects/-work/s1.jsonl").write_bytes(answer(1))
    os.symlink(real, own_home / "link")
    old = Home(str(own_home / "link"), "claude", "")
    following = Ingestion(
        ledger=Ledger(tmp_path / "usage.db"), price=free, runs_at=lambda profile, start, end: ()
    )
    assert following.refresh(places([], [old], User(own_home, {}))).files_total == 0


def test_a_daemon_that_starts_inside_an_agent_does_not_take_its_folders_for_the_users(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CODEX_HOME", "/profile/.codex")
    assert start._environment()["CODEX_HOME"] == "/profile/.codex"
    monkeypatch.setenv("RINGLET_RUN_ID", "r1")
    assert "CODEX_HOME" not in start._environment()
