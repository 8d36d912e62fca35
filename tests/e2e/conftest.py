"""Fixtures of the end-to-end tests: a real daemon, real programs, a loopback model."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest
from tests.e2e.site import Site
from tests.e2e.world import Model, World, loopback_model

_CHECKOUT = Path(__file__).resolve().parents[2]
_TEMPORARY = {Path(path).resolve() for path in ("/tmp", tempfile.gettempdir())}
_AGENTS = os.environ.get("RINGLET_TEST_AGENTS", "")


def _homes() -> Path:
    """Where the accounts of the tests lie: in the checkout, but never in a temporary folder.

    Codex lets sandboxed commands write there, or has none of its helpers there: its tools do
    other things than at home.
    """
    if not any(map(_CHECKOUT.is_relative_to, _TEMPORARY)):
        return _CHECKOUT / ".test-homes"
    digest = hashlib.sha256(bytes(_CHECKOUT)).hexdigest()[:8]
    return Path("/var/tmp") / f"ringlet-test-homes-{os.getuid()}-{digest}"


_HOMES = _homes()


@pytest.fixture(scope="session", autouse=True)
def _no_leftovers(_own_repository: None) -> Iterator[None]:
    """What lies outside the checkout is removed by the last process that runs tests."""
    with (_HOMES / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield
        if _HOMES.parent != _CHECKOUT:
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(_HOMES, ignore_errors=True)


@pytest.fixture(scope="session")
def _own_repository() -> None:
    """Agents note things down in the repository around a project: not in this checkout's.

    As there, nothing below counts as its content: OpenCode keeps copies of what tools change, and
    the tests let tools write down a key.
    """
    _HOMES.mkdir(mode=0o700, exist_ok=True)
    assert _HOMES.stat().st_uid == os.getuid(), f"{_HOMES} belongs to someone else"
    with (_HOMES / "lock").open("w") as lock:  # several processes run the tests
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_HOMES / ".git").exists():
            subprocess.run(["git", "init", "-q", str(_HOMES)], check=True)
            (_HOMES / ".git" / "info" / "exclude").write_text("*\n")


@pytest.fixture
def world() -> Iterator[World]:
    """A user account of its own; its daemon is stopped and its folders removed at the end."""
    root = _HOMES / uuid4().hex[:8]
    created = World(root, _AGENTS)
    yield created
    created.run("daemon", "stop")
    shutil.rmtree(created.runtime, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A daemon that answers by HTTP, one for all tests of a module."""
    root = _HOMES / uuid4().hex[:8]
    created = World(root, _AGENTS)
    created.run("daemon", "start", "--stay-alive")
    created.run("ui")  # waits until HTTP is up
    yield Site(created)
    created.run("daemon", "stop")
    shutil.rmtree(created.runtime, ignore_errors=True)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture
def model(world: World) -> Iterator[Model]:
    """A loopback model that logs what it was asked."""
    with loopback_model(world.root / "model.jsonl", world.environ) as running:
        yield running
