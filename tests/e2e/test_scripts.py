"""`ringlet scripts`: looking at scripts, trying them, making them one's own."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.components import need
from tests.e2e.test_keys import ask
from tests.e2e.test_real_agents import need_agent
from tests.e2e.world import RINGLET, World

_TRAPS = """let name = profile.alias.trim();
if prefs.hooks.auto_fromat != () { print("never"); }
print("working");
#{ files: #{ "a.json": json::encode(#{ model: provider.model }) }, env: #{ K: provider.api_key } }
"""
_BROKEN = "fn helper(x) {\n    nope(x)\n}\nhelper(1)\n"


def in_terminal(world: World, *arguments: str, editor: Path) -> tuple[int, str]:
    """Exit code and output of `ringlet` with a terminal and that editor."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [RINGLET, *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=world.project,
        env={**world.environ, "EDITOR": str(editor)},
    )
    os.close(terminal)
    output = b""
    while chunk := _read(controller):
        output += chunk
    os.close(controller)
    return process.wait(30), output.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""


def editor_that_writes(world: World, text: str) -> Path:
    path = world.root / "editor"
    path.write_text(f"#!/bin/sh\ncat >\"$1\" <<'END'\n{text}\nEND\n")
    path.chmod(0o755)
    return path


def test_scripts_are_listed_with_where_they_come_from(world: World) -> None:
    for folder, name in (("registry/current/scripts", "grok"), ("scripts", "codex")):
        (world.config / folder).mkdir(parents=True)
        (world.config / folder / f"{name}.rhai").write_text("#{}")
    origins = {entry["name"]: entry["origin"] for entry in world.json("scripts", "list")}
    assert origins["claude.rhai"] == "built-in"
    assert origins["grok.rhai"] == "registry"
    assert origins["codex.rhai"] == "user"
    assert world.run("scripts", "show", "grok.rhai").stdout == "#{}\n"
    agent = world.json("agents", "inspect", "grok")
    assert agent["script_source"] == str(world.config / "registry/current/scripts/grok.rhai")


def test_a_built_in_script_is_tried_without_a_trace(world: World) -> None:
    trial = world.json("scripts", "test", "claude.rhai", "--provider", "minimax", "--alias", "test")
    assert trial["env"]["ANTHROPIC_AUTH_TOKEN"] == "${API_KEY}"
    assert trial["env"]["ANTHROPIC_BASE_URL"] == "https://api.minimax.io/anthropic"
    assert json.loads(trial["files"][".claude.json"]) == {"hasCompletedOnboarding": True}
    assert trial["remarks"] == []
    assert {entry.name for entry in world.home.iterdir()} == {".config"}


def test_a_file_is_tried_with_remarks_on_the_usual_traps(world: World) -> None:
    (world.project / "draft.rhai").write_text(_TRAPS)
    arguments = ("scripts", "test", "./draft.rhai", "--agent", "codex", "--provider", "openai")
    trial = world.json(*arguments, "--model", "m-1")
    assert trial["files"] == {"a.json": '{"model":"m-1"}'}
    assert trial["printed"] == ["working"]
    assert [(remark["line"], remark["column"]) for remark in trial["remarks"]] == [(1, 26), (2, 16)]
    text = world.run(*arguments).stdout
    assert "draft.rhai:1:26: trim() changes its object" in text
    assert "K=${API_KEY}" in text


def test_an_error_shows_its_line_and_the_way_to_it(world: World) -> None:
    (world.project / "draft.rhai").write_text(_BROKEN)
    done = world.run("scripts", "test", "./draft.rhai", "--agent", "claude", check=False)
    assert done.returncode == 1
    assert "draft.rhai, line 2, column 5: Function not found: nope (i64)" in done.stderr
    lines = done.stderr.splitlines()
    shown = lines.index("    nope(x)")
    assert lines[shown + 1] == "    ^"
    assert "in call to helper (line 4, column 1)" in lines[shown + 2]


def test_editing_makes_a_copy_that_counts(world: World) -> None:
    need_agent("claude")
    editor = editor_that_writes(world, "#{ env: #{ MINE: provider.model } }")
    code, output = in_terminal(world, "scripts", "edit", "claude.rhai", editor=editor)
    assert code == 0, output
    assert "it makes 0 files, 1 variable, 0 arguments" in output
    world.run("profiles", "create", "claude", "work", "--provider", "demo")
    assert world.json("profiles", "env", "work")["MINE"] == "demo-model"


def test_editing_tells_what_is_wrong_and_keeps_the_file(world: World) -> None:
    editor = editor_that_writes(world, "let x = ;")
    code, output = in_terminal(world, "scripts", "edit", "demo.rhai", editor=editor)
    assert code == 1
    assert "line 1, column 9" in output
    assert (world.config / "scripts" / "demo.rhai").read_text() == "let x = ;\n"


def test_an_editor_needs_a_terminal_and_nothing_is_copied_without_one(world: World) -> None:
    done = world.run("scripts", "edit", "demo.rhai", check=False)
    assert done.returncode == 1
    assert not (world.config / "scripts" / "demo.rhai").exists()


def test_programs_ask_for_the_same_by_requests(world: World) -> None:
    need(shutil.which("nngcat"), "nngcat")
    need_agent("claude")
    world.run("profiles", "list")

    def data(**request: Any) -> Any:
        return json.loads(ask(world, **request))["data"]

    create = {"agent_id": "claude", "alias": "work", "provider_id": "demo", "no_alias": True}
    extras = {"hooks": ["auto_lint"], "mcp_servers": ["filesystem"], "bare": True}
    data(type="profiles_create", **create, **extras)
    profile = data(type="profiles_inspect", alias="work")
    assert (profile["hooks"], profile["mcp_servers"]) == (["auto_lint"], ["filesystem"])
    assert profile["bare"] is True
    settings = world.home / ".claude-profiles" / "work" / ".claude" / "settings.json"
    assert "eslint --fix" in settings.read_text()

    assert "claude.rhai" in {script["name"] for script in data(type="scripts_list")}
    assert "Claude Code" in data(type="scripts_show", name="claude.rhai")["text"]
    trial = data(type="scripts_test", name="x.rhai", text="#{ args: [1] }", agent_id="claude")
    assert trial["code"] == 2001
    trial = data(type="scripts_test", name="x.rhai", text='#{ args: ["a"] }', agent_id="claude")
    assert trial["args"] == ["a"]
    path = data(type="scripts_copy", name="claude.rhai")["path"]
    assert Path(path).read_text() == data(type="scripts_show", name="claude.rhai")["text"]
    assert Path(path).stat().st_mode & 0o777 == 0o600
