"""The user's folders as they are shown, and what agents may leave in them as traps."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.components import needs

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.workspace import Workspace

_GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "PATH": os.environ["PATH"],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "projects"
    for name in ("app/src", "apple", ".hidden", "state"):
        (folder / name).mkdir(parents=True)
    (folder / "notes.txt").touch()
    return folder


@pytest.fixture
def workspace(root: Path, tmp_path: Path) -> Workspace:
    return Workspace(roots=lambda: [root], home=tmp_path, secret=[root / "state"])


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=_GIT, check=True, capture_output=True)


def refused(workspace: Workspace, path: str | Path) -> ErrorCode:
    with pytest.raises(RingletError) as error:
        workspace.folder(str(path))
    return error.value.code


def test_folders_come_first_and_hidden_ones_not_at_all(workspace: Workspace, root: Path) -> None:
    found = workspace.folder(None)
    assert (found.path, found.parent) == (str(root), None)
    assert [(entry.name, entry.is_dir) for entry in found.entries] == [
        ("app", True),
        ("apple", True),
        ("notes.txt", False),
    ]
    below = workspace.folder(str(root / "app"))
    assert below.parent == str(root)
    assert below.entries[0].path == str(root / "app" / "src")


def test_the_home_can_be_written_as_a_tilde(workspace: Workspace, root: Path) -> None:
    assert workspace.folder("~/projects/app").path == str(root / "app")


def test_completion_goes_by_the_beginning_of_the_last_name(
    workspace: Workspace, root: Path
) -> None:
    assert [e.name for e in workspace.complete(f"{root}/app")] == ["app", "apple"]
    assert [e.name for e in workspace.complete(f"{root}/app/")] == ["src"]
    assert [e.path for e in workspace.complete(str(root.parent / "pro"))] == [str(root)]
    assert workspace.complete("/etc/pas") == []


@pytest.mark.parametrize(
    "path", ["/", "/etc", "{root}/..", "{root}/../x", "{root}/.hidden", "{root}/state",
             "{root}/state/x", "{root}/app/../../..", "{root}x"],
)  # fmt: skip
def test_what_is_outside_or_hidden_is_forbidden(
    workspace: Workspace, root: Path, path: str
) -> None:
    assert refused(workspace, path.format(root=root)) == ErrorCode.FORBIDDEN


@pytest.mark.parametrize("path", ["", "relative", "~other", "a\0b", "/\ud800"])
def test_what_is_no_path_is_invalid(workspace: Workspace, path: str) -> None:
    assert refused(workspace, path) == ErrorCode.INVALID_REQUEST


def test_what_is_not_there_is_not_found(workspace: Workspace, root: Path) -> None:
    assert refused(workspace, root / "nothing") == ErrorCode.FOLDER_NOT_FOUND


def test_roots_can_change_while_it_runs(root: Path, tmp_path: Path) -> None:
    allowed = [root / "app"]
    workspace = Workspace(roots=lambda: allowed, home=tmp_path, secret=[])
    assert refused(workspace, root / "apple") == ErrorCode.FORBIDDEN
    allowed.append(root)
    assert workspace.folder(str(root / "apple")).parent == str(root)


def test_links_and_special_files_are_neither_shown_nor_followed(
    workspace: Workspace, root: Path
) -> None:
    (root / "out").symlink_to("/etc")
    (root / "app" / "up").symlink_to(root)
    os.mkfifo(root / "pipe")
    assert {entry.name for entry in workspace.folder(None).entries} == {"app", "apple", "notes.txt"}
    for path in ("out", "out/ssl", "app/up", "app/up/app", "pipe", "notes.txt"):
        assert refused(workspace, root / path) == ErrorCode.FORBIDDEN


@needs("git")
def test_a_repository_tells_branch_remote_and_last_commits(
    workspace: Workspace, root: Path
) -> None:
    app = root / "app"
    git(app, "init", "-b", "feature/one")
    git(app, "remote", "add", "origin", "https://ada:secret@example.org/app.git")
    for message in ("first", "second: with a colon"):
        git(app, "commit", "--allow-empty", "-m", message)
    found = workspace.repository(str(app / "src"))
    assert (found.is_repo, found.root, found.branch) == (True, str(app), "feature/one")
    assert found.remote_url == "https://example.org/app.git"
    assert [commit.message for commit in found.commits] == ["second: with a colon", "first"]
    assert found.commits[0].author == "Ada"
    assert found.dirty is None
    git(app, "checkout", "--detach")
    assert workspace.repository(str(app)).branch is None


@needs("git")
def test_a_second_working_copy_is_known_but_not_followed(workspace: Workspace, root: Path) -> None:
    app = root / "app"
    git(app, "init")
    git(app, "commit", "--allow-empty", "-m", "one")
    git(app, "worktree", "add", str(root / "copy"))
    found = workspace.repository(str(root / "copy"))
    assert (found.is_repo, found.root, found.branch) == (True, str(root / "copy"), None)


def test_a_folder_without_a_repository_says_so(workspace: Workspace, root: Path) -> None:
    assert not workspace.repository(str(root / "app")).is_repo


@needs("git")
def test_nothing_that_a_repository_names_is_run(workspace: Workspace, root: Path) -> None:
    app = root / "app"
    git(app, "init")
    trap = app / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {root}/trapped\n")
    trap.chmod(0o755)
    git(app, "config", "core.fsmonitor", str(trap))
    git(app, "config", "filter.x.clean", str(trap))
    assert workspace.repository(str(app)).is_repo
    assert not (root / "trapped").exists()


@pytest.mark.parametrize("name", ["HEAD", "config", "logs/HEAD"])
@pytest.mark.parametrize("kind", ["link", "fifo", "folder", "huge", "binary"])
def test_traps_among_the_files_of_a_repository_are_passed_over(
    workspace: Workspace, root: Path, name: str, kind: str
) -> None:
    place = root / "app" / ".git"
    (place / "logs").mkdir(parents=True)
    (place / "HEAD").write_text("ref: refs/heads/main\n")
    trap = place / name
    trap.unlink(missing_ok=True)
    if kind == "link":
        trap.symlink_to("/etc/passwd")
    elif kind == "fifo":
        os.mkfifo(trap)
    elif kind == "folder":
        trap.mkdir()
    else:
        trap.write_bytes(b"\xff\x00" * (3 << 20 if kind == "huge" else 10))
    found = workspace.repository(str(root / "app"))
    assert "root:" not in repr(found)
    assert not found.commits
