"""The answer before the event loop: given if it can be given at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from ringlet.daemon.app import App
from ringlet.daemon.first import answer_first
from ringlet.daemon.parts.base import Place
from ringlet.daemon.redaction import Redactor
from ringlet.domain.profiles import Profile, ProfileMetadata
from ringlet.domain.settings import Settings
from ringlet.store.paths import Paths
from ringlet.wire.relay import MAGIC
from ringlet.wire.sp.frames import IPC_LEAD, Role, frame, greeting


@pytest.fixture
def paths() -> Paths:
    return Paths.find(os.environ)


def app_with(paths: Paths, count: int) -> App:
    paths.profiles.mkdir(parents=True, mode=0o700)
    metadata = ProfileMetadata(home="/x", created_at=datetime.now(UTC))
    for number in range(count):
        profile = Profile(f"work-{number}", "claude", "minimax", "default", "m", metadata)
        (paths.profiles / f"{profile.alias}.json").write_bytes(msgspec.json.encode(profile))
    return App(paths, Settings(), environ=os.environ, place=Place(), redactor=Redactor())


@contextmanager
def asking(tmp_path: Path) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A listening socket, and a client that has sent its request and does not read."""
    listener, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    with listener, client:
        listener.bind(str(tmp_path / "s"))
        listener.listen()
        client.connect(str(tmp_path / "s"))
        words = [b"", b"/", b"120", b"ttt", b"0", b"profiles", b"list"]
        request = frame(IPC_LEAD, b"\x80\0\0\x01", MAGIC + b"\0".join(words))
        client.sendall(greeting(Role.REQ) + request)
        yield listener, client


def test_a_short_listing_is_answered_at_once(paths: Paths, tmp_path: Path) -> None:
    app = app_with(paths, 3)
    with asking(tmp_path) as (listener, client):
        assert answer_first(listener, app) == []
        assert b"work-2" in client.recv(1 << 16)


def test_a_long_one_waits_for_the_loop_and_its_readers(paths: Paths, tmp_path: Path) -> None:
    app = app_with(paths, 2000)
    with asking(tmp_path) as (listener, _):
        (connection,) = answer_first(listener, app)
        with connection:
            assert connection.recv(1 << 16).endswith(b"list")
