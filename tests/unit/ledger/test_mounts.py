"""On a network file system there is no write-ahead log."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.ledger.test_ledger import call, free

from ringlet.store.ledger import mounts, schema
from ringlet.store.ledger.ledger import Ledger


def mountinfo(folder: Path, kind: str, *, device: str | None = None) -> Path:
    """A list of mounts, in which the folder lies on a mount of this kind."""
    number = os.stat(folder).st_dev
    device = device or f"{os.major(number)}:{os.minor(number)}"
    place = str(folder).replace(" ", "\\040")
    lines = [
        "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
        "23 22 0:21 / /proc rw - proc proc rw",
        f"40 22 {device} / {place} rw,relatime shared:7 master:2 - {kind} host:/export rw",
        "41 22 0:99 / /somewhere/else rw - tmpfs tmpfs rw",
    ]
    path = folder / "mountinfo"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"])
def test_network_file_systems_are_known(kind: str, tmp_path: Path) -> None:
    assert mounts.is_shared(tmp_path / "usage.db", mountinfo(tmp_path, kind))


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs", "overlay", "fuseblk"])
def test_others_are_local(kind: str, tmp_path: Path) -> None:
    assert not mounts.is_shared(tmp_path / "usage.db", mountinfo(tmp_path, kind))


def test_a_blank_in_the_path_and_another_device_number_do_not_hide_it(tmp_path: Path) -> None:
    folder = tmp_path / "my share"
    folder.mkdir()
    assert mounts.is_shared(folder / "usage.db", mountinfo(folder, "nfs4", device="0:1234"))


def test_where_nothing_lists_mounts_everything_is_local(tmp_path: Path) -> None:
    assert not mounts.is_shared(tmp_path / "usage.db", tmp_path / "none")


def test_this_machine_s_own_list_is_understood(tmp_path: Path) -> None:
    assert not mounts.is_shared(tmp_path / "usage.db")


def test_a_ledger_there_works_without_a_log_also_one_that_had_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "usage.db"
    with closing(Ledger(path)) as ledger:
        ledger.ingest([call("a")], [], free)
        assert Path(f"{path}-wal").exists()
    listed = mountinfo(tmp_path, "nfs4")
    monkeypatch.setattr(schema, "is_shared", lambda path: mounts.is_shared(path, listed))
    with closing(Ledger(path)) as ledger:
        ledger.ingest([call("b")], [], free)
        with ledger.snapshot():
            assert ledger.bounds() is not None
        assert sum(len(block) for block in ledger.records()) == 2
        assert not Path(f"{path}-wal").exists()
