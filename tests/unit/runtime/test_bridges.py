from __future__ import annotations

from pathlib import Path

import pytest

from ringlet.domain.errors import RingletError
from ringlet.domain.names import is_env_name
from ringlet.runtime.bridges import BRIDGES, DEFAULT, NAMES, find_bridges


def _touch(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def test_an_empty_home_needs_no_bridge(tmp_path: Path) -> None:
    assert find_bridges(tmp_path, {}, NAMES) == {}


def test_a_bridge_leads_to_what_exists(tmp_path: Path) -> None:
    config = _touch(tmp_path / ".gitconfig")
    (tmp_path / ".cargo").mkdir()

    assert find_bridges(tmp_path, {}) == {
        "GIT_CONFIG_GLOBAL": config,
        "CARGO_HOME": str(tmp_path / ".cargo"),
    }


def test_the_first_place_that_exists_is_taken(tmp_path: Path) -> None:
    second = _touch(tmp_path / ".config/git/config")
    assert find_bridges(tmp_path, {})["GIT_CONFIG_GLOBAL"] == second

    first = _touch(tmp_path / ".gitconfig")
    assert find_bridges(tmp_path, {})["GIT_CONFIG_GLOBAL"] == first


def test_the_callers_own_choice_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()

    assert find_bridges(tmp_path, {"CARGO_HOME": "/opt/cargo"}) == {"CARGO_HOME": "/opt/cargo"}


def test_the_callers_xdg_folders_are_honoured(tmp_path: Path) -> None:
    (tmp_path / "settings/gh").mkdir(parents=True)
    caller = {"XDG_CONFIG_HOME": str(tmp_path / "settings")}

    assert find_bridges(tmp_path, caller) == {"GH_CONFIG_DIR": str(tmp_path / "settings/gh")}


def test_the_xdg_folders_of_an_outer_run_are_not_the_users(tmp_path: Path) -> None:
    (tmp_path / ".config/gh").mkdir(parents=True)
    (tmp_path / "profile/gh").mkdir(parents=True)
    caller = {"XDG_CONFIG_HOME": str(tmp_path / "profile"), "RINGLET_RUN_ID": "outer"}

    assert find_bridges(tmp_path, caller) == {"GH_CONFIG_DIR": str(tmp_path / ".config/gh")}


def test_a_relative_xdg_folder_is_ignored(tmp_path: Path) -> None:
    (tmp_path / ".config/gh").mkdir(parents=True)

    found = find_bridges(tmp_path, {"XDG_CONFIG_HOME": "settings"})
    assert found == {"GH_CONFIG_DIR": str(tmp_path / ".config/gh")}


def test_the_ssh_agent_passes(tmp_path: Path) -> None:
    assert find_bridges(tmp_path, {"SSH_AUTH_SOCK": "/run/agent"}) == {
        "SSH_AUTH_SOCK": "/run/agent"
    }


def test_each_bridge_can_be_switched_off(tmp_path: Path) -> None:
    _touch(tmp_path / ".gitconfig")
    caller = {"SSH_AUTH_SOCK": "/run/agent"}

    assert find_bridges(tmp_path, caller, DEFAULT - {"git", "ssh"}) == {}


def test_clouds_and_clusters_are_only_bridged_on_request(tmp_path: Path) -> None:
    _touch(tmp_path / ".aws/credentials")
    _touch(tmp_path / ".kube/config")

    assert find_bridges(tmp_path, {"AWS_PROFILE": "prod"}) == {}
    assert set(find_bridges(tmp_path, {}, {"aws", "kube"})) == {
        "AWS_SHARED_CREDENTIALS_FILE",
        "KUBECONFIG",
    }


def test_an_unknown_bridge_is_named(tmp_path: Path) -> None:
    with pytest.raises(RingletError, match="'telnet' is not a bridge") as caught:
        find_bridges(tmp_path, {}, {"git", "telnet"})
    assert "git" in caught.value.hint


def test_the_table_is_sound() -> None:
    variables = [name for bridge in BRIDGES for name in (*bridge.places, *bridge.passed)]

    assert len(NAMES) == len(BRIDGES)
    assert len(set(variables)) == len(variables)
    assert all(map(is_env_name, variables))
    for bridge in BRIDGES:
        for place in (place for places in bridge.places.values() for place in places):
            assert place.startswith(("{home}/", "{config}/", "{cache}/", "{data}/"))
