"""Folders and links that are exchanged under the daemon count at once, and are told."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e.event_clients import dial, hear_all
from tests.e2e.site import Site
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for


@pytest.fixture
def made(world: World) -> World:
    """A world with one profile, whose daemon watches its folders."""
    add_agent(world, "true")
    create(world)
    world.run("ui")
    return world


def aliases(world: World) -> list[str]:
    return [each["alias"] for each in world.json("profiles", "list")]


def args(world: World) -> list[str]:
    return list(world.json("profiles", "inspect", "work")["args"])


def another(world: World, folder: Path, alias: str) -> None:
    """A folder of profiles as somebody else's backup has it, with one profile."""
    folder.mkdir(parents=True)
    text = next((world.config / "profiles").glob("*.json")).read_text()
    text = text.replace('"restored"', '"work"')
    (folder / f"{alias}.json").write_text(text.replace('"work"', f'"{alias}"'))


def by_renaming(profiles: Path, other: Path) -> None:
    profiles.rename(profiles.with_name("profiles.old"))
    other.rename(profiles)


def by_a_link(profiles: Path, other: Path) -> None:
    shutil.rmtree(profiles)
    profiles.symlink_to(other)


def by_a_copy(profiles: Path, other: Path) -> None:
    shutil.rmtree(profiles)
    shutil.copytree(other, profiles)


@pytest.mark.parametrize("exchange", [by_renaming, by_a_link, by_a_copy])
def test_another_folder_of_profiles_counts_and_is_told(
    made: World, exchange: Callable[[Path, Path], None]
) -> None:
    profiles = made.config / "profiles"
    other = made.home / "backup"
    another(made, other, "restored")
    with dial(Site(made), "?events=ProfileCreated,ProfileDeleted") as follower:
        exchange(profiles, other)
        assert hear_all(follower, "ProfileCreated", 1)[0]["data"]["alias"] == "restored"
        assert aliases(made) == ["restored"]
        another(made, made.home / "more", "later")  # and what comes into it from now on
        shutil.copy(made.home / "more" / "later.json", profiles / "later.json")
        assert hear_all(follower, "ProfileCreated", 1)[0]["data"]["alias"] == "later"
    made.run("profiles", "delete", "later", "--yes")
    assert not (profiles / "later.json").exists()


def test_a_link_on_the_way_that_is_turned_counts_at_the_next_question(made: World) -> None:
    profiles = made.config / "profiles"
    dotfiles = made.home / "dotfiles"
    another(made, dotfiles / "a" / "profiles", "first")
    another(made, dotfiles / "b" / "profiles", "second")
    (dotfiles / "now").symlink_to("a")
    shutil.rmtree(profiles)
    profiles.symlink_to(dotfiles / "now" / "profiles")
    assert aliases(made) == ["first"]
    (dotfiles / "next").symlink_to("b")
    (dotfiles / "next").replace(dotfiles / "now")  # nothing happens in any folder that is watched
    assert aliases(made) == ["second"]


def test_a_linked_file_that_is_checked_out_anew_counts_at_the_next_question(made: World) -> None:
    repository = made.home / "dotfiles"
    repository.mkdir()
    profile = made.config / "profiles" / "work.json"
    linked = repository / "work.json"
    git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    profile.rename(linked)
    profile.symlink_to(linked)
    wait_for(lambda: aliases(made) == ["work"], "the linked profile")
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "one"], check=True)
    content = json.loads(linked.read_text())
    linked.write_text(json.dumps(content | {"args": ["--other"]}))
    wait_for(lambda: args(made) == ["--other"], "the linked content")
    subprocess.run([*git, "checkout", "-q", "--", "."], check=True)
    assert args(made) == content.get("args", [])


def test_a_folder_that_is_away_for_a_moment_comes_back(made: World) -> None:
    profiles = made.config / "profiles"
    away = made.config / "away"
    profiles.rename(away)
    assert aliases(made) == []
    assert not profiles.exists()  # else what is moved back would land inside it
    away.rename(profiles)
    assert aliases(made) == ["work"]
    shutil.rmtree(profiles)
    create(made, "anew")
    assert aliases(made) == ["anew"]


@pytest.mark.parametrize("folder", ["agents.d", "scripts", "providers.d"])
def test_other_folders_that_are_replaced_count(made: World, folder: str) -> None:
    kept = made.home / folder
    (made.config / folder).rename(kept)
    (made.config / folder).mkdir()
    made.json("agents", "list")
    shutil.rmtree(made.config / folder)
    kept.rename(made.config / folder)
    assert made.run("profiles", "run", "work").returncode == 0
    broken = made.config / folder / ("x.rhai" if folder == "scripts" else "x.toml")
    broken.write_text("{{{{")
    log = made.config / "logs" / "ringletd.log"
    wait_for(lambda: str(broken) in log.read_text(), "a word about the file")


def test_another_configuration_folder_is_told(made: World) -> None:
    moved = made.config.with_name("moved")
    shutil.copytree(made.config, moved)
    pid = made.daemon_pid()
    made.config.rename(made.config.with_name("old"))
    moved.rename(made.config)
    assert aliases(made) == ["work"]
    problems = made.json("daemon", "status")["problems"]
    assert any("ringlet daemon restart" in problem for problem in problems)
    made.run("daemon", "restart")
    assert made.daemon_pid() != pid
    assert not any("replaced" in each for each in made.json("daemon", "status")["problems"])
