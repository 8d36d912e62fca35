"""Keys that agents ask for by a command are in no variable, file or tool call."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.e2e.test_keys import files_with
from tests.e2e.test_real_agents import arguments, need_agent
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import Model, World, wait_for

_KEY = "sk-canary-helper-0123456789abcdefghijklmnopqrstuvwxyz"
_MESSAGES = 'apis = ["messages"]'
_APIS = {
    "claude": ("anthropic-compatible", "", _MESSAGES),
    "claude-anthropic": ("anthropic", "", _MESSAGES),
    "codex": ("openai", "/v1", 'apis = ["responses"]'),
}
_LOOK = "[[bash: env > tool-env.txt; cat /proc/$PPID/environ > parent-env.txt]] [[say: Done.]]"


def set_up(world: World, model: Model, kind: str) -> str:
    """A profile with a key; returns the agent's id."""
    agent = kind.partition("-")[0]
    need_agent(agent)
    provider, suffix, apis = _APIS[kind]
    world.add_provider("loop", provider, model.base_url + suffix, apis)
    world.run(
        *("profiles", "create", agent, "work", "--provider", "loop", "--api-key-stdin"), stdin=_KEY
    )
    return agent


@pytest.mark.parametrize("kind", sorted(_APIS))
def test_with_a_helper_no_command_of_the_model_sees_the_key(
    world: World, model: Model, kind: str
) -> None:
    agent = set_up(world, model, kind)
    world.run("config", "set", "secrets.delivery", "helper")

    done = world.run("profiles", "run", "work", "--", *arguments(agent, _LOOK))

    assert "Done." in done.stdout
    assert model.saw_key(_KEY)
    for name in ("tool-env.txt", "parent-env.txt"):
        text = (world.project / name).read_bytes()
        assert b"RINGLET_PROFILE" in text or (agent, name) == ("codex", "parent-env.txt")
        assert _KEY.encode() not in text
    assert files_with(_KEY, world.root, world.runtime) == []
    assert "LOOP_KEY" not in world.json("profiles", "plan", "work")["secret_env"]

    world.run("config", "unset", "secrets.delivery")
    assert "Done." in world.run("profiles", "run", "work", "--", *arguments(agent, _LOOK)).stdout


def test_codex_keeps_the_variable_from_the_commands_of_the_model(
    world: World, model: Model
) -> None:
    agent = set_up(world, model, "codex")
    done = world.run("profiles", "run", "work", "--", *arguments(agent, _LOOK))
    assert "Done." in done.stdout
    assert model.saw_key(_KEY)
    assert _KEY not in (world.project / "tool-env.txt").read_text()


def test_a_key_is_handed_to_processes_of_the_run_only_and_only_while_it_lasts(
    world: World,
) -> None:
    helper = f"{sys.executable} -I -m ringlet.cli.key"
    add_agent(
        world,
        f"env | grep ^RINGLET_ >told; echo $({helper}) $({helper}); touch ready;"
        f"while [ ! -e finish ]; do sleep 0.1; done; echo $({helper})",
    )
    manifest = world.config / "agents.d" / "fake.toml"
    manifest.write_text("supports_key_helper = true\n" + manifest.read_text())
    script = world.config / "scripts" / "fake.rhai"
    script.write_text(
        "let env = #{}; if provider.key_helper == () { env.FAKE_KEY = provider.api_key; }"
        "#{ env: env }"
    )
    create(world, key=_KEY)
    world.run("config", "set", "secrets.delivery", "helper")
    client = world.start("profiles", "run", "work")
    wait_for((world.project / "ready").exists, "the agent's start")
    told = dict(line.split("=", 1) for line in (world.project / "told").read_text().splitlines())

    def ask() -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], **told}
        return subprocess.run(
            helper.split(), env=environ, capture_output=True, text=True, check=False, timeout=30
        )

    stranger = ask()
    assert (stranger.returncode, stranger.stdout) == (1, "")
    assert "not part of the run" in stranger.stderr
    inside = world.run("profiles", "exec", "work", "--", "sh", "-c", "echo $LOOP_KEY").stdout
    assert inside == f"{_KEY}\n"  # other programs do not know the command
    world.run("daemon", "stop")  # the next one finds the run and its key
    (world.project / "finish").touch()
    output, _ = client.communicate(timeout=30)
    assert output == f"{_KEY} {_KEY}\n{_KEY}\n"
    assert "no key" in ask().stderr
    assert json.loads(world.run("runs", "list", "--json").stdout)[0]["exit_code"] == 0
