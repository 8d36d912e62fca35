"""Tasks and hooks of manifests: started as they are, by nobody but the user's own files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.e2e.test_profiles import ask
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for

_KEY = "sk-canary-0123456789abcdefgh"
_COMMANDS = """
[setup_tasks.remap]
description = "Try it"
command = "show '{{ alias }} $HOME' ; {{ model }}"
[setup_tasks.fail]
command = "sh -c 'echo broken; exit 7'"
[hooks]
create = ["note create {{ alias }}"]
delete = ["note delete"]
pre_run = ["note pre_run"]
post_run = ["note post_run"]
"""


@pytest.fixture
def scripted(world: World) -> Iterator[World]:
    """An agent whose manifest has tasks and hooks; each hook notes its environment."""
    add_agent(world, "exit 3")
    programs = {
        "show": 'printf "<%s>" "$@"; echo; echo "key=$FAKE_KEY home=$HOME cwd=$PWD"',
        "note": f'cd /; to="{world.root}/$RINGLET_HOOK"\n'
        '(echo "args=$*"; echo "$OLDPWD"; env) >"$to.new"; mv "$to.new" "$to"; '
        'test ! -e "$HOME/no"',
    }
    for name, text in programs.items():
        program = world.root / "bin" / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    manifest = world.config / "agents.d" / "fake.toml"
    manifest.write_text(manifest.read_text() + _COMMANDS)
    yield world


def noted(world: World, hook: str) -> str:
    path = world.root / hook
    wait_for(path.exists, f"the hook {hook}")
    return str(wait_for(path.read_text, f"what {hook} says"))


def test_a_task_runs_here_with_the_profile_s_environment_and_without_a_shell(
    scripted: World,
) -> None:
    world = scripted
    create(world)
    done = world.run("env", "setup", "work", "remap")
    assert done.stdout.splitlines() == [
        "<work $HOME><;><model-a>",
        f"key={_KEY} home={world.home}/.fake-profiles/work cwd={world.project}",
    ]
    assert world.run("env", "setup", "work", "fail", check=False).returncode == 7
    unknown = world.run("env", "setup", "work", "nothing", check=False)
    assert "Its tasks: fail, remap" in unknown.stderr
    assert [task["name"] for task in world.json("env", "list", "work")] == ["fail", "remap"]


def test_a_task_asked_for_by_request_says_what_it_printed(scripted: World) -> None:
    world = scripted
    create(world)
    reply = ask(world, type="env_setup", alias="work", task="remap")
    assert "<work $HOME><;><model-a>" in reply["data"]["message"]
    reply = ask(world, type="env_setup", alias="work", task="fail")
    assert (reply["data"]["code"], reply["data"]["hint"]) == (2002, "broken")


def test_hooks_hear_of_every_moment_and_see_no_key(scripted: World) -> None:
    world = scripted
    create(world)
    assert "args=create work" in noted(world, "create")
    assert world.run("profiles", "run", "work", check=False).returncode == 3
    before, after = noted(world, "pre_run"), noted(world, "post_run")
    assert "RINGLET_EXIT_CODE=3" in after
    world.run("profiles", "delete", "work")
    for text in (before, after, noted(world, "create"), noted(world, "delete")):
        lines = text.splitlines()
        assert lines[1] == str(world.home)
        assert "RINGLET_PROFILE=work" in lines
        assert "RINGLET_MODEL=model-a" in lines
        assert f"RINGLET_AGENT_PATH={world.root}/bin/fake-agent" in lines
        assert f"HOME={world.home}" in lines
        assert _KEY not in text


def test_a_command_in_the_environment_is_no_run_of_the_agent(scripted: World) -> None:
    world = scripted
    create(world)
    world.run("profiles", "exec", "work", "--", "true")
    assert not (world.root / "pre_run").exists()
    assert world.json("runs", "list")[0]["outcome"] == "exited"
    world.run("daemon", "stop")  # it waits for hooks that are at work
    assert not (world.root / "post_run").exists()


def test_a_hook_that_fails_stops_what_it_stands_before(scripted: World) -> None:
    world = scripted
    (world.home / "no").touch()
    made = world.run(
        *"profiles create fake work --provider loop --api-key-stdin".split(),
        stdin=_KEY,
        check=False,
    )
    assert "The create command of fake, note, ended with 1" in made.stderr
    assert world.json("profiles", "list") == []
    assert not (world.home / ".fake-profiles").exists()
    (world.home / "no").unlink()
    create(world)
    (world.home / "no").touch()
    assert "pre_run command" in world.run("profiles", "run", "work", check=False).stderr
    assert world.json("runs", "list") == []
    done = world.run("profiles", "delete", "work")
    assert "delete command" in done.stderr
    assert world.json("profiles", "list") == []


def test_commands_that_are_no_words_are_told_with_their_line(scripted: World) -> None:
    world = scripted
    manifest = world.config / "agents.d" / "fake.toml"
    world.run("daemon", "start")
    for wrong, said in (("it's", "words"), ("", "no program"), ("x {{ key }}", "{{ key }}")):
        text = manifest.read_text().replace('"note delete"', json.dumps(wrong))
        (world.config / "agents.d" / "wrong.toml").write_text(text.replace('"fake"', '"wrong"'))
        problems = "\n".join(world.json("daemon", "status")["problems"])
        assert "wrong.toml:" in problems
        assert "hooks.delete" in problems
        assert said in problems


def test_a_link_among_the_manifests_to_somebody_else_s_is_not_trusted(scripted: World) -> None:
    world = scripted
    create(world)
    manifest = world.config / "agents.d" / "fake.toml"
    elsewhere = world.root / "foreign.toml"
    manifest.rename(elsewhere)
    manifest.symlink_to(elsewhere)
    done = world.run("env", "setup", "work", "remap", check=False)
    assert "[1107]" in done.stderr
