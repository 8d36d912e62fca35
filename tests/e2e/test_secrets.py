"""Secrets by name: stored, referred to, locked and moved; no value ever shows."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.components import need
from tests.e2e.terminal import Terminal
from tests.e2e.test_keys import ask, files_with
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import RINGLET, World

_KEY = "sk-canary-0123456789abcdefgh"
_PASSPHRASE = "correct horse battery"


@pytest.fixture
def small(world: World) -> Iterator[World]:
    """A world with an agent that prints its key, and a profile."""
    add_agent(world, 'echo "key=$FAKE_KEY extra=$EXTRA"')
    create(world, key=_KEY)
    yield world


def stored(world: World) -> dict[str, Any]:
    return {secret["name"]: secret for secret in world.json("secrets", "list")}


def test_secrets_are_stored_listed_and_forgotten_by_name(small: World) -> None:
    world = small
    world.run("secrets", "set", "extra", "--stdin", stdin="from-a-pipe\n")
    terminal = Terminal(world, "secrets", "set", "typed")
    terminal.answer("Value of typed: ", "from-a-terminal")
    assert terminal.end() == 0
    assert "from-a-terminal" not in terminal.screen
    assert sorted(stored(world)) == ["extra", "loop-work", "typed"]
    assert stored(world)["loop-work"]["used_by"] == ["work"]

    world.run("profiles", "set", "work", "env", "EXTRA=$KEYCHAIN:extra")
    assert world.run("profiles", "run", "work").stdout == f"key={_KEY} extra=from-a-pipe\n"
    refused = world.run("secrets", "rm", "extra", check=False)
    assert "is used by work" in refused.stderr
    world.run("secrets", "rm", "extra", "--force")
    missing = world.run("profiles", "run", "work", check=False)
    assert "EXTRA needs $KEYCHAIN:extra" in missing.stderr
    assert "ringlet secrets set extra" in missing.stderr
    assert "There is no secret" in world.run("secrets", "rm", "nothing", check=False).stderr

    told = world.json("secrets", "status")
    assert (told["store"], told["locked"], told["count"]) == ("file", False, 2)
    assert "ringlet secrets passphrase" in told["advice"]
    for request in ("secrets_status", "secrets_list"):
        assert _KEY not in ask(world, type=request)
    assert files_with("from-a-terminal", world.root, world.runtime) == []


def test_a_passphrase_is_asked_for_where_there_is_a_terminal_and_named_elsewhere(
    small: World,
) -> None:
    world = small
    terminal = Terminal(world, "secrets", "passphrase")
    terminal.answer("New passphrase: ", _PASSPHRASE)
    terminal.answer("Once more: ", _PASSPHRASE)
    assert terminal.end() == 0, terminal.screen
    assert "key=" in world.run("profiles", "run", "work").stdout  # still open
    world.run("secrets", "lock")

    refused = world.run("profiles", "run", "work", check=False)
    assert refused.returncode == 1
    assert "[1111]" in refused.stderr
    assert "ringlet secrets unlock" in refused.stderr
    assert world.json("secrets", "status")["locked"]
    assert "loop-work" in stored(world)
    assert "locked" in world.json("profiles", "inspect", "work")["api_key"]

    world.run("daemon", "stop")
    terminal = Terminal(world, "profiles", "run", "work")
    terminal.answer("Passphrase of the secret store: ", "wrong passphrase")
    terminal.answer("does not open", "", enter="")
    terminal.answer("Passphrase of the secret store: ", _PASSPHRASE)
    assert terminal.end() == 0
    assert f"key={_KEY}" in terminal.screen
    assert _KEY in world.run("profiles", "run", "work").stdout

    world.run("daemon", "stop")
    wrong = world.run("secrets", "unlock", "--stdin", stdin="no such thing", check=False)
    assert "the passphrase does not open" in wrong.stderr
    world.run("secrets", "unlock", "--stdin", stdin=_PASSPHRASE)
    world.run("secrets", "passphrase", "--remove")
    world.run("daemon", "stop")
    assert _KEY in world.run("profiles", "run", "work").stdout
    assert files_with(_PASSPHRASE, world.root, world.runtime) == []


def test_every_kind_of_reference_reaches_the_agent_and_only_the_agent(small: World) -> None:
    world = small
    key_file = world.root / "key"
    key_file.write_text("of-the-file\n")
    key_file.chmod(0o600)
    kinds = {
        "$ENV:MINE": "of-the-caller",
        f"$FILE:{key_file}": "of-the-file",
        '$CMD:["printf", "%s", "of-the-command"]': "of-the-command",
        "$$ENV:MINE": "$ENV:MINE",
    }
    for reference, value in kinds.items():
        world.run("profiles", "set", "work", "env", f"EXTRA={reference}")
        done = world.run("profiles", "run", "work", environ={"MINE": "of-the-caller"})
        assert done.stdout == f"key={_KEY} extra={value}\n"
        profile = json.loads((world.config / "profiles" / "work.json").read_text())
        assert profile["env"]["EXTRA"] == reference
        assert world.json("profiles", "inspect", "work")["env"]["EXTRA"] == reference
        if not reference.startswith("$$"):
            plain = world.run("profiles", "env", "work", environ={"MINE": "of-the-caller"})
            assert "EXTRA" not in plain.stdout
            assert f"EXTRA ({reference})" in plain.stderr
            assert value not in (world.config / "logs" / "ringletd.log").read_text()
    world.run("profiles", "set", "work", "env", "EXTRA=$ENV:MINE")
    refused = world.run("profiles", "run", "work", check=False)
    assert refused.returncode == 1
    assert "EXTRA needs $ENV:MINE" in refused.stderr


def test_a_key_of_the_environment_needs_no_store_and_no_prompt(world: World) -> None:
    add_agent(world, 'echo "key=$FAKE_KEY"')
    ci = {"CI_KEY": _KEY}
    create_it = ("profiles", "create", "fake", "work", "--provider", "loop")
    world.run(*create_it, "--env", "LOOP_KEY=$ENV:CI_KEY", environ=ci)
    assert world.run("profiles", "run", "work", environ=ci).stdout == f"key={_KEY}\n"
    assert world.json("profiles", "inspect", "work")["api_key"] == "$ENV:CI_KEY"
    assert not (world.config / "secrets").exists()


def test_moving_between_the_stores_keeps_every_key(small: World) -> None:
    need(shutil.which("dbus-run-session"), "dbus")
    need(shutil.which("gnome-keyring-daemon"), "gnome-keyring")
    world = small
    refused = world.run("secrets", "move", "--to", "keychain", check=False)
    assert "Nothing was moved" in refused.stderr
    world.run("daemon", "stop")
    ringlet = shlex.quote(RINGLET)
    script = f"""
        printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
        {ringlet} secrets move --to keychain
        {ringlet} secrets list
        {ringlet} daemon stop >/dev/null
        {ringlet} profiles run work
        {ringlet} secrets move --to file
        {ringlet} secrets list
        {ringlet} config get secrets.backend
        {ringlet} profiles run work
        {ringlet} daemon stop >/dev/null
    """
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script],
        env=world.environ, cwd=world.project, capture_output=True, text=True, timeout=120,
        check=True,
    )  # fmt: skip
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["loop-work", "keychain", "work"] in lines, done.stdout + done.stderr
    assert ["loop-work", "file", "work"] in lines
    assert ["file"] in lines
    assert done.stdout.count(f"key={_KEY}") == 2
    assert Path(world.config / "secrets" / "store.enc").exists()
