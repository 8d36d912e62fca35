from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringlet.agents.catalog import load_agents, load_providers
from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError

AGENT = """\
id = "{id}"
name = "{name}"
binary = "x"
[profile]
source_home = "~/.x/{{alias}}"
script = "x.rhai"
"""


def write(folder: Path, file: str, *, id: str = "mine", name: str = "Mine") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / file
    path.write_text(AGENT.format(id=id, name=name))
    return path


def test_a_folder_that_does_not_exist_is_no_problem(tmp_path: Path) -> None:
    catalog = load_agents(tmp_path / "agents.d")
    assert "claude" in catalog
    assert catalog.problems == ()


def test_agents_of_the_user_join_the_built_in_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "mine.toml")
    (tmp_path / "other.yaml").write_text(
        "{id: other, name: O, binary: o, profile: {source_home: '~/.o/{alias}', script: o.rhai}}"
    )
    catalog = load_agents(tmp_path)
    assert catalog.get("mine").source == str(path)
    assert {"claude", "mine", "other"} <= set(catalog.entries)
    assert len(catalog) == len(load_agents()) + 2


def test_the_same_id_replaces_the_built_in_agent(tmp_path: Path) -> None:
    write(tmp_path, "my-claude.toml", id="claude", name="My Claude")
    catalog = load_agents(tmp_path)
    assert catalog.get("claude").name == "My Claude"
    assert len(catalog) == len(load_agents())


def test_the_later_folder_wins(tmp_path: Path) -> None:
    write(tmp_path / "a", "x.toml", name="First")
    write(tmp_path / "b", "x.toml", name="Second")
    assert load_agents(tmp_path / "a", tmp_path / "b").get("mine").name == "Second"


def test_two_files_with_one_id_in_one_folder_are_reported(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", name="First")
    second = write(tmp_path, "b.toml", name="Second")
    catalog = load_agents(tmp_path)
    assert catalog.get("mine").name == "First"
    assert [str(problem) for problem in catalog.problems] == [
        f"{second}:1: id: 'mine' is already the id of a.toml"
    ]


def test_broken_files_are_reported_by_name_and_line_and_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "half.toml").write_text('id = "half"\nname = ')
    (tmp_path / "tab.yaml").write_text("id: tab\nprofile:\n\tscript: x\n")
    write(tmp_path, "good.toml")
    catalog = load_agents(tmp_path)
    assert "mine" in catalog
    assert "claude" in catalog
    assert [(Path(problem.path).name, problem.line) for problem in catalog.problems] == [
        ("half.toml", 2),
        ("tab.yaml", 3),
    ]


def test_a_change_beside_a_link_that_leads_nowhere_counts_at_once(tmp_path: Path) -> None:
    (tmp_path / "nowhere.toml").symlink_to(tmp_path / "gone")
    catalogs = Catalogs(tmp_path, tmp_path / "providers.d")
    assert "mine" not in catalogs.agents
    write(tmp_path, "mine.toml")
    assert "mine" in catalogs.agents
    assert [Path(problem.path).name for problem in catalogs.problems] == ["nowhere.toml"]


def test_what_is_not_a_readable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "nowhere.toml").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * (256 * 1024 + 1))
    messages = {Path(item.path).name: item.message for item in load_agents(tmp_path).problems}
    assert messages == {
        "folder.toml": "it is not a regular file",
        "nowhere.toml": "it is not a regular file",
        "pipe.toml": "it is not a regular file",
        "huge.toml": "it is larger than 256 KiB",
    }


def test_a_file_in_place_of_the_folder_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "agents.d"
    path.write_text("")
    assert [problem.path for problem in load_agents(path).problems] == [str(path)]


def test_hidden_files_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.toml", "mine.toml.bak", "README.md", "mine.json"):
        (tmp_path / name).write_text("not a manifest")
    assert load_agents(tmp_path).problems == ()


def test_an_unknown_agent_hints_at_ids_like_it() -> None:
    with pytest.raises(RingletError) as caught:
        load_agents().get("claud")
    assert caught.value.code is ErrorCode.AGENT_NOT_FOUND
    assert caught.value.hint == "Did you mean claude?"


def test_an_unknown_provider_far_from_all_ids_lists_them() -> None:
    with pytest.raises(RingletError) as caught:
        load_providers().get("xyzzy")
    assert caught.value.code is ErrorCode.PROVIDER_NOT_FOUND
    assert "anthropic, demo, gemini" in caught.value.hint


def test_a_catalog_cannot_be_changed() -> None:
    catalog = load_agents()
    with pytest.raises(TypeError):
        catalog.entries["x"] = catalog.get("claude")  # type: ignore[index]  # that is the test
    with pytest.raises(AttributeError):
        catalog.problems = ()  # type: ignore[misc]  # that is the test
