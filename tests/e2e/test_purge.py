"""Only a home that Ringlet made, or whose path was confirmed, goes with its profile."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.e2e.site import Site
from tests.e2e.terminal import Terminal
from tests.e2e.world import World

_PURGE = ("profiles", "delete", "work", "--purge")


@pytest.fixture
def small(world: World) -> World:
    world.run("profiles", "create", "demo", "work")
    return world


def home_of(world: World, alias: str = "work") -> Path:
    return Path(world.json("profiles", "inspect", alias)["home"])


def rehome(world: World, home: str | Path, **metadata: Any) -> None:
    """As somebody may edit the file of a profile by hand."""
    path = world.config / "profiles" / "work.json"
    profile = json.loads(path.read_text())
    profile["metadata"] |= {"home": str(home), **metadata}
    world.run("daemon", "stop")
    path.write_text(json.dumps(profile))


def refuse(world: World, *words: str) -> str:
    """What is said when nothing is deleted."""
    done = world.run(*_PURGE, *words, check=False)
    assert done.returncode == 1
    assert "[1107]" in done.stderr, done.stderr
    assert world.json("profiles", "inspect", "work")["alias"] == "work"
    return done.stderr


def test_a_home_that_ringlet_made_is_marked_and_goes(small: World) -> None:
    home = home_of(small)
    mark = home / ".ringlet-home"
    assert stat.S_IMODE(mark.stat().st_mode) == 0o600
    assert json.loads(mark.read_text())["alias"] == "work"
    small.run(*_PURGE, "--yes")
    assert not home.exists()


def test_a_folder_of_somebody_else_goes_only_if_its_path_is_confirmed(small: World) -> None:
    thesis = small.home / "Documents"
    thesis.mkdir()
    (thesis / "thesis.txt").touch()
    rehome(small, thesis)
    told = refuse(small, "--yes")
    assert f"--confirm-home {thesis}" in told
    refuse(small, "--yes", "--confirm-home", str(small.home))
    refuse(small, "--yes", "--confirm-home", f"{thesis}/..")
    assert (thesis / "thesis.txt").exists()
    small.run(*_PURGE, "--confirm-home", "~/Documents")
    assert not thesis.exists()


def test_on_a_terminal_the_path_is_typed(small: World) -> None:
    thesis = small.home / "Documents"
    thesis.mkdir()
    rehome(small, thesis)
    terminal = Terminal(small, *_PURGE, "--yes")
    terminal.answer("Type its path", "y")
    assert terminal.end() == 1
    assert thesis.exists()
    terminal = Terminal(small, *_PURGE)
    terminal.answer("Type its path", str(thesis))
    assert terminal.end() == 0
    assert not thesis.exists()


@pytest.mark.parametrize("home", ["/", "{home}", "{root}", "{home}/.config", "{other}", "{above}"])
def test_some_folders_never_go_whatever_is_confirmed(small: World, home: str) -> None:
    small.run("profiles", "create", "demo", "other")
    other = home_of(small, "other")
    place = home.format(home=small.home, root=small.root, other=other, above=other.parent)
    rehome(small, place)
    refuse(small, "--yes", "--confirm-home", place)
    assert other.exists()


def test_the_repository_that_one_is_in_never_goes(small: World) -> None:
    (small.project / ".git").mkdir()
    inside = small.project / "src"
    inside.mkdir()
    rehome(small, small.project)
    small.root.joinpath("elsewhere").mkdir()
    told = refuse(small, "--yes", "--confirm-home", str(small.project))
    assert "that you are in" in told
    assert inside.exists()


def test_a_mark_of_another_profile_makes_no_home_ours(small: World) -> None:
    """As a copied folder, or a copied mark, would bring it."""
    small.run("profiles", "create", "demo", "other")
    copied = small.home / "copied"
    copied.mkdir()
    (copied / ".ringlet-home").write_bytes((home_of(small, "other") / ".ringlet-home").read_bytes())
    rehome(small, copied)
    refuse(small, "--yes")


def test_a_mark_that_is_a_link_or_nonsense_makes_no_home_ours(small: World) -> None:
    real = (home_of(small) / ".ringlet-home").read_bytes()
    place = small.home / "place"
    place.mkdir()
    (small.home / "mark").write_bytes(real)
    (place / ".ringlet-home").symlink_to(small.home / "mark")
    rehome(small, place)
    refuse(small, "--yes")
    (place / ".ringlet-home").unlink()
    (place / ".ringlet-home").write_text("{")
    refuse(small, "--yes")


def test_homes_from_before_there_were_marks_go_where_they_usually_are(small: World) -> None:
    home = home_of(small)
    (home / ".ringlet-home").unlink()
    rehome(small, home)
    small.run(*_PURGE, "--yes")
    assert not home.exists()


def test_a_home_without_a_mark_behind_a_link_is_not_taken_for_ours(small: World) -> None:
    home = home_of(small)
    (home / ".ringlet-home").unlink()
    home.parent.rename(small.root / "elsewhere")
    home.parent.symlink_to(small.root / "elsewhere")
    refuse(small, "--yes")
    assert (small.root / "elsewhere" / "work").exists()


def test_a_renamed_profile_and_one_that_was_made_anew_keep_their_home_ours(small: World) -> None:
    small.run("profiles", "rename", "work", "play")
    small.run("profiles", "rename", "play", "work")
    home = home_of(small)
    small.run("profiles", "delete", "work")
    small.run("profiles", "create", "demo", "work")
    assert home_of(small) == home
    small.run("profiles", "clone", "work", "twin")
    twin = home_of(small, "twin")
    small.run(*_PURGE, "--yes")
    small.run("profiles", "delete", "twin", "--purge", "--yes")
    assert not home.exists()
    assert not twin.exists()


def test_http_has_the_same_rule(site: Site) -> None:
    world = site.world
    world.run("profiles", "create", "demo", "work")
    home = home_of(world)
    (home / ".ringlet-home").write_text("{}")
    address = "/api/profiles/work"
    refused: httpx.Response = site.ask("DELETE", address, params={"purge": "true"})
    assert refused.status_code == 403
    assert home.exists()
    wrong = {"purge": "true", "confirm_home": "/"}
    assert site.ask("DELETE", address, params=wrong).status_code == 403
    site.data("DELETE", address, params={"purge": "true", "confirm_home": str(home)})
    assert not home.exists()
