"""Where scripts come from, and that nothing else is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting.locating import ScriptFolders, find_script, list_scripts


def only(user: Path) -> ScriptFolders:
    return ScriptFolders(user, Path("/nonexistent"))


def test_the_user_comes_before_the_registry_and_that_before_the_built_in_scripts(
    tmp_path: Path,
) -> None:
    folders = ScriptFolders(tmp_path / "user", tmp_path / "registry")
    assert find_script("claude.rhai", folders).source == "built-in"
    for folder, origin in ((folders.registry, "registry"), (folders.user, "user")):
        folder.mkdir()
        (folder / "claude.rhai").write_text(f"// {origin}")
        script = find_script("claude.rhai", folders)
        assert script.text == f"// {origin}"
        assert script.source == str(folder / "claude.rhai")
        assert folders.origin(script.source) == origin
    assert folders.origin("built-in") == "built-in"


def test_scripts_are_listed_with_the_source_that_counts(tmp_path: Path) -> None:
    folders = ScriptFolders(tmp_path / "user", tmp_path / "registry")
    for folder, names in ((folders.registry, ("b", "c")), (folders.user, ("a", "b"))):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.rhai").write_text("#{}")
    (folders.user / "notes.txt").write_text("")
    found = list_scripts(folders)
    assert list(found) == sorted(found)
    assert found["a.rhai"] == str(folders.user / "a.rhai")
    assert found["b.rhai"] == str(folders.user / "b.rhai")
    assert found["c.rhai"] == str(folders.registry / "c.rhai")
    assert found["claude.rhai"] == "built-in"
    assert "notes.txt" not in found


@pytest.mark.parametrize("name", ["", "../x.rhai", "/etc/passwd", "a/b.rhai", ".hidden", "a\0"])
def test_a_script_is_named_by_a_plain_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RingletError, match="not the file name of a script") as caught:
        find_script(name, only(tmp_path))
    assert caught.value.code is ErrorCode.SCRIPT_ERROR


def test_a_missing_script_is_reported_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(RingletError, match=r"no script nope\.rhai") as caught:
        find_script("nope.rhai", only(tmp_path))
    assert str(tmp_path) in caught.value.hint


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "scripts"
    folder.mkdir()
    (tmp_path / "outside.rhai").write_text("#{}")
    (folder / "out.rhai").symlink_to(tmp_path / "outside.rhai")
    (folder / "real.rhai").write_text("#{}")
    (folder / "in.rhai").symlink_to("real.rhai")
    with pytest.raises(RingletError, match="leads out of its folder"):
        find_script("out.rhai", only(folder))
    assert find_script("in.rhai", only(folder)).text == "#{}"


@pytest.mark.parametrize("content", [b"\xff\xfe", b" " * (1 << 20) + b"1"])
def test_a_script_that_is_no_text_or_too_large_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "claude.rhai").write_bytes(content)
    with pytest.raises(RingletError, match=r"claude\.rhai"):
        find_script("claude.rhai", only(tmp_path))


def test_a_dangling_link_is_an_error_and_not_the_built_in_script(tmp_path: Path) -> None:
    (tmp_path / "claude.rhai").symlink_to("nowhere")
    with pytest.raises(RingletError, match="cannot be read"):
        find_script("claude.rhai", only(tmp_path))
