"""Whatever names hold, nothing that a terminal would act on arrives there; checked by its bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import click
import pytest
from tests.e2e.conftest import _HOMES
from tests.e2e.terminal import Terminal
from tests.e2e.world import RINGLET, World, wait_for
from tests.unit.usage.world import answer

from ringlet.commands.root import cli

# What we write ourselves: bold heads, and a cleared screen of --watch.
_OWN = re.compile(r"\x1b\[1m(?!EVIL)[^\x1b]*\x1b\[0m|\x1b\[H\x1b\[2J")
EVIL = (
    "\x1b[1mEVIL\x1b[0m\x1b]0;title\x07\x9b31m\u202egpj\u2066\u200b\u2028\u00ad\x7f\x08\rx"
    "\x1b[H\x1b[2J日本e\u0301\nFORGED line"
)
# Commands that go on, start something for good, or ask a registry.
_APART = {"events", "demo", "init", "ui", "daemon", "agents update", "agents install"}


@pytest.fixture(scope="module")
def hostile() -> Iterator[World]:
    """A daemon that has met hostile names wherever names come from outside."""
    world = World(_HOMES / uuid4().hex[:8], "/usr/bin")  # no agents: looking at them takes long
    _write_manifests(world)
    world.run("daemon", "start", "--stay-alive")
    world.run("profiles", "create", "demo", "work")
    world.run("profiles", "create", "demo", "odd", "--provider", "evil", "--model", EVIL)
    world.run("profiles", "set", "work", "env", f"NOTE={EVIL}")
    world.run("budget", "set", "work", "--daily", "1")
    _use(world)
    yield world
    world.run("daemon", "stop")
    shutil.rmtree(world.runtime, ignore_errors=True)
    shutil.rmtree(world.root, ignore_errors=True)


def _write_manifests(world: World) -> None:
    quoted = json.dumps(EVIL)  # TOML spells its texts as JSON does, but for DEL
    quoted = quoted.replace("\x7f", "\\u007f")
    for kind, text in (
        ("providers.d", f'id = "evil"\nname = {quoted}\ntype = "anthropic"\n[endpoints]\n'
         f'default = "http://127.0.0.1:9"\n[auth]\nrequired = false\nprompt = {quoted}\n[models]\n'
         f"available = [{quoted}]\ndefault = {quoted}\n"),
        ("agents.d", f'id = "evil"\nname = {quoted}\n[{quoted}]\nx = {quoted}\n'),
    ):  # fmt: skip
        folder = world.config / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "evil.toml").write_text(text)
        (folder / f"broken {EVIL}.toml").write_text(f"{EVIL} = = \n")
    scripts = world.config / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / f"{EVIL}.rhai".replace("/", "")).write_text(f"// {EVIL}\nlet x = \n")


def _use(world: World) -> None:
    """One answer whose every name is hostile, as another machine may bring it."""
    home = world.home / ".claude" / "projects" / "p"
    home.mkdir(parents=True)
    (home / "s.jsonl").write_bytes(answer(1))
    world.run("usage", "import")
    record = json.loads(world.run("usage", "export", "--format", "ndjson").stdout.splitlines()[0])
    names = ("source", "agent", "model", "session", "project", "branch", "provider", "run", "tier")
    record |= dict.fromkeys(names, EVIL)
    record |= {"key": f"{7:016x}", "machine": f"m{EVIL}", "profile": EVIL, "account": EVIL}
    path = world.project / f"{EVIL}.ndjson"
    path.write_text(json.dumps(record) + "\n")
    world.run("usage", "merge", str(path))


def on_terminal(world: World, *arguments: str, **environ: str) -> str:
    """What arrives on a terminal, where nobody can answer."""
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [RINGLET, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        cwd=world.project,
        env={**world.environ, **environ},
    ) as process:
        os.close(theirs)
        data = b""
        try:
            while more := os.read(ours, 65536):
                data += more
        except OSError:  # the command has ended
            pass
        process.wait()
    os.close(ours)
    return data.decode()


def harmful(text: str, *, exact: bool = False) -> set[str]:
    """What acts on a terminal, hides, or (unless `exact`) begins a line; not what we write."""
    lines = _OWN.sub("", text.replace("\r\n", "\n")).split("\n")
    if not exact and any(line.lstrip().startswith("FORGED") for line in lines):
        return {"\n"}
    rest = "".join(lines)
    return {c for c in rest if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def _is_exact(line: list[str]) -> bool:
    """Whether programs read the output, for which a line end in a value is one."""
    return line[:2] == ["profiles", "env"] or "csv" in line


def _leaves(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if " ".join(path) in _APART:
        return
    if isinstance(command, click.Group):
        context = click.Context(command)
        if command.invoke_without_command:
            yield path, command
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from _leaves(child, *path, name)
    else:
        yield path, command


def _lines() -> Iterator[list[str]]:
    """Each command as it is, with hostile arguments, and with each option set to such."""
    for path, command in _leaves(cli):
        parameters = command.params
        words = [EVIL for each in parameters if isinstance(each, click.Argument)]
        yield [*path]
        if words:
            yield [*path, *words]
        for each in parameters:
            if isinstance(each, click.Option) and not each.is_flag:
                yield [*path, f"{each.opts[0]}={EVIL}", *words]


_NOUNS = sorted({line[0] for line in _lines() if line})


@pytest.mark.parametrize("noun", _NOUNS)
def test_no_command_and_no_error_acts_on_the_terminal(hostile: World, noun: str) -> None:
    for line in _lines():
        if line[:1] == [noun]:
            text = on_terminal(hostile, *line)
            assert not harmful(text, exact=_is_exact(line)), (line, text)


@pytest.mark.parametrize(
    "line",
    [
        *(["usage", "--period", "all", "--by", by] for by in (
            "model", "session", "project", "branch", "agent,provider", "profile,account")),
        ["usage", "--period", "all"],
        ["usage", "unpriced"],
        ["usage", "export", "--format", "csv"],
        ["usage", "export", "--format", "ndjson"],
        ["usage", "statusline", "--profile", "work"],
        ["profiles", "inspect", "odd"],
        ["profiles", "plan", "work"],
        ["profiles", "env", "work"],
        ["profiles", "run", "missing"],
        ["providers", "inspect", "evil"],
        ["providers", "list", "--json"],
        ["agents", "list"],
        ["doctor"],
        ["daemon", "status"],
        ["profiles", "list", "--log-level", "debug"],
        ["__complete", "zsh", "providers", "inspect", ""],
        ["__complete", "zsh", "profiles", "create", "demo", "x", "--model", ""],
        ["daemon", "start", "--socket", f"tcp://{EVIL}"],
        ["daemon", "--foreground", "--socket", f"/{EVIL}/x"],
    ],
    ids=lambda line: " ".join(line[:5]).partition("\x1b")[0],
)  # fmt: skip
def test_names_from_outside_are_shown_without_their_controls(
    hostile: World, line: list[str]
) -> None:
    text = on_terminal(hostile, *line)
    assert text
    assert not harmful(text, exact=_is_exact(line)), text


def test_the_hostile_names_did_get_there(hostile: World) -> None:
    """Or the tests above would show nothing."""
    assert "EVIL" in on_terminal(hostile, "usage", "--period", "all", "--by", "model")
    assert "No price is known for: " in on_terminal(hostile, "usage", "--period", "all")
    assert "EVIL" in on_terminal(hostile, "doctor")
    rows = hostile.json("usage", "--period", "all", "--by", "model")["rows"]
    assert EVIL in [row["group"]["model"] for row in rows]
    exported = hostile.run("usage", "export", "--format", "ndjson").stdout
    assert EVIL in [json.loads(line)["model"] for line in exported.splitlines()]
    values = hostile.run("profiles", "env", "work").stdout
    assert f"NOTE='{EVIL}'".replace("\r", "\n") in values  # as Python reads text


@pytest.mark.parametrize("name", ["RINGLET_CONFIG_DIR", "RINGLET_DAEMON_ENDPOINT", "HOME", "SHELL"])
@pytest.mark.parametrize(
    "value", [EVIL, f"/dev/null/{EVIL}", f"tcp://{EVIL}"], ids=["text", "path", "address"]
)
def test_errors_of_the_client_itself_are_as_harmless(hostile: World, name: str, value: str) -> None:
    for line in (["profiles", "list"], ["daemon", "status"], ["profiles", "env", "work"]):
        text = on_terminal(hostile, *line, **{name: value})
        assert not harmful(text, exact=_is_exact(line)), (line, text)


def test_questions_are_as_harmless(hostile: World) -> None:
    terminal = Terminal(hostile, "profiles", "create", "demo", "third", "--provider", "evil")
    terminal.leave("\x03")
    assert not harmful(terminal.screen.replace("^C", ""))
    asked = Terminal(hostile, "profiles", "edit", "work", EDITOR=f"/{EVIL}")
    asked.leave("\x03")
    assert not harmful(asked.screen.replace("^C", ""))


def test_what_is_followed_is_as_harmless(hostile: World) -> None:
    terminal = Terminal(hostile, "events", "--since", "0")
    wait_for(lambda: "ProfileCreated" in terminal.look(), "an event on the screen")
    terminal.leave("\x03")
    assert not harmful(terminal.screen.replace("^C", ""))


def test_a_project_folder_reaches_no_terminal_by_its_name(hostile: World, tmp_path: Path) -> None:
    folder = tmp_path / EVIL
    folder.mkdir()
    for line in (["profiles", "plan", "work"], ["profiles", "exec", "work", "--", f"./{EVIL}"]):
        ours, theirs = os.openpty()
        subprocess.run(
            [RINGLET, *line],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            cwd=folder,
            env=hostile.environ,
            check=False,
        )
        os.close(theirs)
        text = os.read(ours, 1 << 20).decode()
        os.close(ours)
        assert not harmful(text), text
