"""Folders are removed with what is in them, and nothing else goes with them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.components import need, needs

from ringlet.store.removal import remove_folder


def test_links_are_removed_and_what_they_lead_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    (kept / "inside").mkdir(parents=True)
    (kept / "inside" / "file").write_text("x")
    home = tmp_path / "home"
    (home / "sub").mkdir(parents=True)
    (home / "link").symlink_to(kept)
    (home / "sub" / "link").symlink_to(kept / "inside")
    (home / "dangling").symlink_to("nowhere")
    os.mkfifo(home / "pipe")
    assert remove_folder(str(home)) == []
    assert not home.exists()
    assert (kept / "inside" / "file").read_text() == "x"


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert remove_folder(str(tmp_path / "link")) != []
    assert (tmp_path / "real").is_dir()


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert remove_folder(str(tmp_path / "gone")) == []


def test_depth_and_odd_names_do_not_matter(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / os.fsdecode(b"no \xff text\n")).touch()
    here = os.open(home, os.O_RDONLY)
    for _ in range(3000):  # deeper than a path can be named, or Python calls itself
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    assert remove_folder(str(home)) == []
    assert not home.exists()


def test_folders_that_cannot_be_read_or_written_go_too(tmp_path: Path) -> None:
    """As somebody who is not root, whom no mode stops."""
    home = tmp_path / "home"
    (home / "module" / "cache").mkdir(parents=True)
    (home / "module" / "cache" / "file").touch()
    (home / "shut").mkdir()
    (home / "module" / "cache").chmod(0o500)
    (home / "module").chmod(0o500)
    (home / "shut").chmod(0)
    if os.geteuid() != 0:
        assert remove_folder(str(home)) == []
        return
    for path in (tmp_path, home, *home.rglob("*")):
        os.chown(path, 65534, 65534)
    for above in list(tmp_path.parents)[:-2]:
        above.chmod(0o755)
    os.seteuid(65534)
    try:
        assert remove_folder(str(home)) == []
    finally:
        os.seteuid(0)
    assert not home.exists()


def test_what_others_remove_or_write_meanwhile_is_no_fault(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for number in range(200):
        (home / f"d{number}").mkdir(parents=True)
        (home / f"d{number}" / "file").touch()
    told: list[list[str]] = []
    both = [
        threading.Thread(target=lambda: told.append(remove_folder(str(home)))) for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert told == [[], []]
    assert not home.exists()


def test_a_removal_that_was_cut_short_leaves_the_mark_and_goes_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "a").mkdir(parents=True)
    (home / "mark").touch()
    told = remove_folder(str(home), last="mark", mounts=[str(home / "a")])
    assert [line for line in told if str(home / "a") in line] == told != []
    assert sorted(os.listdir(home)) == ["a", "mark"]
    assert remove_folder(str(home), last="mark") == []
    assert not home.exists()


@needs("unshare")
def test_another_file_system_is_not_entered(tmp_path: Path) -> None:
    """In a name space of its own, where a bind mount and a tmpfs can be made."""
    for folder in ("home/bind", "home/tmp", "kept"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "kept" / "file").touch()
    code = (
        "from ringlet.store.removal import remove_folder; from ringlet.runtime import mounts\n"
        "told = remove_folder('home', mounts=mounts.points())\n"
        "print(len(told))"
    )
    script = (
        "mount --bind kept home/bind && mount -t tmpfs none home/tmp && touch home/tmp/file "
        '|| exit 77; "$0" -c "$1"; ls kept home/tmp'
    )
    done = subprocess.run(
        ["unshare", "-mr", "sh", "-c", script, sys.executable, code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if (done.returncode in (1, 77) and "mount" in done.stderr) or "unshare" in done.stderr:
        need(False, "a name space for mounts")
    assert done.stdout.split() == ["2", "home/tmp:", "file", "kept:", "file"], done.stderr
