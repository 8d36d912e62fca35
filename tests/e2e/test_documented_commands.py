"""Every documented form about agents, providers, profiles, their commands, and tasks."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from tests.e2e.world import World

_KEY = "sk-canary-0123456789abcdefgh"
_AGENTS = {"claude": "", "codex": "", "grok": "", "droid": "", "opencode": "", "my-agent": ""}
_PROGRAM = """\
#!/bin/sh
if [ "$1" = --version ]; then echo 1.2.3; exit 0; fi
printf '<%s>' "$@"; echo; pwd; env
exit 5
"""
_TASK = '\n[setup_tasks.cli-remap]\ncommand = "printenv RINGLET_PROFILE"\n'
_MY_AGENT = """\
id = "my-agent"
name = "My agent"
binary = "my-agent"
[detect]
commands = ["my-agent --version"]
[profile]
strategy = "home-wrapper"
source_home = "~/.my-agent-profiles/{alias}"
script = "my-agent.rhai"
[models]
default = "model-a"
"""
_MY_GATEWAY = """\
id = "my-gateway"
name = "My gateway"
type = "anthropic-compatible"
[endpoints]
production = "https://gateway.example.org/anthropic"
staging = "https://staging.example.org/anthropic"
default = "production"
[auth]
env_key = "MY_GATEWAY_KEY"
prompt = "Key"
required = true
[models]
available = ["model-a"]
default = "model-a"
"""

# A form that creates a profile, and what must be so of it afterwards.
_CREATED: dict[str, dict[str, Any]] = {
    "claude acme-minimax-dev --provider minimax": {"provider_id": "minimax"},
    "claude china-minimax --provider minimax --endpoint china": {"endpoint_id": "china"},
    "claude china-project --provider minimax --endpoint china": {"endpoint_id": "china"},
    "claude china-work --provider minimax --endpoint china --model MiniMax-M2.1": {
        "endpoint_id": "china",
        "model": "MiniMax-M2.1",
    },
    "claude custom --provider minimax": {"endpoint_id": "international"},
    "claude dev --provider anthropic --hooks auto_format --mcp filesystem,github": {
        "hooks": ["auto_format"],
        "mcp_servers": ["filesystem", "github"],
    },
    "claude dev --provider anthropic --mcp filesystem,github": {
        "mcp_servers": ["filesystem", "github"]
    },
    "claude dev-claude --provider anthropic --hooks auto_format --mcp filesystem,github": {
        "hooks": ["auto_format"]
    },
    "claude direct-api --provider self": {"provider_id": "self", "api_key": "none"},
    "claude home-minimax --provider minimax": {"model": "MiniMax-M2.1"},
    "claude home-minimax --provider minimax --model MiniMax-M2.1": {"model": "MiniMax-M2.1"},
    "claude internal --provider my-gateway": {"endpoint_id": "production", "model": "model-a"},
    "claude intl-project --provider minimax": {"endpoint_id": "international"},
    "claude minimal --provider anthropic --bare": {"bare": True},
    "claude my-claude --provider anthropic": {"provider_id": "anthropic"},
    "claude my-minimax --provider minimax": {"provider_id": "minimax"},
    "claude my-profile --provider anthropic": {"agent_id": "claude"},
    "claude my-project --provider anthropic": {"api_key": "****efgh"},
    "claude personal --provider anthropic": {"provider_id": "anthropic"},
    "claude production --provider anthropic": {"provider_id": "anthropic"},
    "claude project-a --provider anthropic": {"provider_id": "anthropic"},
    "claude project-a --provider minimax": {"provider_id": "minimax"},
    "claude project-b --provider anthropic": {"provider_id": "anthropic"},
    "claude project-b --provider minimax": {"provider_id": "minimax"},
    "claude work --provider minimax": {"provider_id": "minimax"},
    "claude work --provider minimax --hooks auto_format,auto_lint": {
        "hooks": ["auto_format", "auto_lint"]
    },
    "claude work --provider minimax --mcp filesystem,github": {
        "mcp_servers": ["filesystem", "github"]
    },
    "claude work-anthropic --provider anthropic": {"provider_id": "anthropic"},
    "claude work-internal --provider my-gateway": {"provider_id": "my-gateway"},
    "claude work-minimax --provider minimax": {"provider_id": "minimax"},
    "claude work-minimax --provider minimax --model MiniMax-M2.1": {"model": "MiniMax-M2.1"},
    "codex my-codex --provider openai": {"provider_id": "openai"},
    "droid my-droid --provider anthropic": {"provider_id": "anthropic"},
    "droid work --provider minimax": {"provider_id": "minimax"},
    "grok my-grok --provider openrouter": {"provider_id": "openrouter"},
    "my-agent test --provider anthropic": {"agent_id": "my-agent", "alias_path": None},
    "opencode my-opencode --provider anthropic": {"provider_id": "anthropic"},
}
_RAN: set[tuple[str, str]] = set()  # one run for each pairing is enough
# A form that is refused by a rule of ours, the code, and what the hint offers instead.
_REFUSED = {
    "claude experiment --provider openrouter": (1006, "anthropic"),
    "claude work --provider minimax --model claude-opus-4": (1102, "--force-model"),
    "codex codex-minimax --provider minimax": (1006, "openai"),
    "codex my-codex --provider openrouter": (1006, "openai"),
    "codex my-router --provider openrouter": (1006, "openai"),
    "codex work --provider minimax": (1006, "openai"),
    "grok grok-minimax --provider minimax": (1006, "minimax-openai"),
    "grok work --provider minimax": (1006, "minimax-openai"),
}


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One account for all forms: five agents that print what they get, and own manifests."""
    world = World(tmp_path_factory.mktemp("world"), "")
    programs = world.root / "bin"
    programs.mkdir()
    for name in _AGENTS:
        (programs / name).write_text(_PROGRAM)
        (programs / name).chmod(0o755)
    world.environ["PATH"] = f"{world.home}/.local/bin:{programs}:{world.environ['PATH']}"
    for folder in ("agents.d", "providers.d", "scripts"):
        (world.config / folder).mkdir(parents=True)
    claude = (resources.files("ringlet.data") / "agents" / "claude.toml").read_text("utf-8")
    (world.config / "agents.d" / "claude.toml").write_text(claude + _TASK)
    (world.config / "agents.d" / "my-agent.toml").write_text(_MY_AGENT)
    (world.config / "providers.d" / "my-gateway.toml").write_text(_MY_GATEWAY)
    (world.config / "scripts" / "my-agent.rhai").write_text("#{ files: #{}, env: #{} }")
    yield world
    world.run("daemon", "stop")


@pytest.fixture
def two(documented: World) -> Iterator[World]:
    """With the two profiles that the forms name most."""
    for alias, provider in (("my-project", "anthropic"), ("work-minimax", "minimax")):
        make(documented, f"claude {alias} --provider {provider}")
    yield documented
    for alias in ("my-project", "work-minimax"):
        documented.run("profiles", "delete", alias, check=False)


def make(world: World, form: str) -> subprocess.CompletedProcess[str]:
    """Create a profile; where the documents show a prompt for the key, it comes from a pipe."""
    piped = [] if "--provider self" in form else ["--api-key-stdin"]
    words = [*shlex.split(form), *piped]
    return world.run("profiles", "create", *words, stdin=_KEY, check=False)


@pytest.mark.parametrize("form", _CREATED)
def test_a_profile_is_created_as_the_form_says(documented: World, form: str) -> None:
    world, alias = documented, form.split()[1]
    done = make(world, form)
    assert done.returncode == 0, done.stderr
    profile = world.json("profiles", "inspect", alias)
    assert {name: profile[name] for name in _CREATED[form]} == _CREATED[form]
    pairing = (profile["agent_id"], profile["provider_id"])
    if pairing not in _RAN:
        _RAN.add(pairing)
        ran = world.run("profiles", "run", alias, "--", "x", check=False)
        assert ran.returncode == 5, ran.stderr
        assert f"HOME={profile['home']}" in ran.stdout
        assert (_KEY in ran.stdout) == (profile["provider_id"] != "self")
    world.run("profiles", "delete", alias, "--purge", "--yes")


@pytest.mark.parametrize("form", _REFUSED)
def test_a_pairing_that_cannot_work_is_refused_with_one_that_can(
    documented: World, form: str
) -> None:
    code, instead = _REFUSED[form]
    done = make(documented, form)
    assert done.returncode == 1
    assert f"[{code}]" in done.stderr
    assert instead in done.stderr


def test_forms_that_look(two: World) -> None:
    world = two
    assert "claude" in world.run("agents", "list").stdout
    assert "Claude Code" in world.run("agents", "inspect", "claude").stdout
    assert "minimax" in world.run("providers", "list").stdout
    assert "china" in world.run("providers", "inspect", "minimax").stdout
    assert "my-project" in world.run("profiles", "list").stdout
    assert "my-project" in world.run("profiles", "list", "--agent", "claude").stdout
    assert "my-project" not in world.run("profiles", "list", "--agent", "codex").stdout
    assert "my-project" in [row["alias"] for row in world.json("profiles", "list")]
    for alias in ("my-project", "work-minimax"):
        shown = world.run("profiles", "inspect", alias).stdout
        assert "****efgh" in shown
        assert "Profile Home" in shown
    plan = "profiles create claude test --provider minimax --dry-run".split()
    assert "MiniMax-M2.1" in world.run(*plan).stdout
    assert "test" not in [row["alias"] for row in world.json("profiles", "list")]
    assert world.run("--version").stdout.startswith("ringlet ")
    for command in ((), ("profiles",), ("profiles", "create"), ("env", "setup")):
        assert "Usage:" in world.run(*command, "--help").stdout
    assert world.run("profiles", "create", check=False).returncode == 2


def test_forms_that_run(two: World) -> None:
    world = two
    words = ("--", "/path/to/code", "--verbose")
    ran = world.run("profiles", "run", "my-project", *words, check=False)
    assert ran.returncode == 5
    assert ran.stdout.splitlines()[:2] == ["</path/to/code><--verbose>", str(world.project)]
    shown = world.run("--log-level", "debug", "profiles", "run", "my-project", check=False)
    assert shown.returncode == 5
    assert "run " in shown.stderr
    assert world.run("env", "setup", "work-minimax", "cli-remap").stdout == "work-minimax\n"
    script = 'eval "$(ringlet profiles env my-project)"; echo "$HOME"; echo "$ANTHROPIC_MODEL"'
    shell = subprocess.run(
        ["bash", "-c", script], env=world.environ, capture_output=True, text=True, check=True
    )
    assert shell.stdout.startswith(f"{world.home}/.claude-profiles/my-project\nclaude-")
    assert _KEY not in json.dumps(shell.stdout)


def test_forms_about_commands_of_their_own_name(two: World) -> None:
    world = two
    world.run("aliases", "install", "my-project")
    assert "my-project" in world.run("aliases", "list").stdout
    ran = subprocess.run(
        ["my-project", "hello"], env=world.environ, cwd=world.project, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (5, "<hello>")
    world.run("aliases", "uninstall", "my-project")
    assert not (world.home / ".local/bin/my-project").exists()


def test_a_deleted_profile_takes_its_key_along(documented: World) -> None:
    make(documented, "claude gone --provider anthropic")
    documented.run("profiles", "delete", "gone")
    assert documented.run("profiles", "inspect", "gone", check=False).returncode == 1
    kept = documented.run(
        *"profiles create claude gone --provider anthropic --env".split(),
        "ANTHROPIC_API_KEY=$KEYCHAIN:anthropic-gone",
        check=False,
    )
    assert "not stored" in kept.stderr


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ("registry sync --force", "registry"),
        ("hooks list alpha", "hooks"),
        ("proxy route list alpha", "proxy"),
        ("terminal attach 1", "terminal"),
        ("export", "export"),
        ("import backup.json", "import"),
        ("profiles create claude work --template minimax", "--template"),
        ("profiles create claude work --proxy -p anthropic", "--proxy"),
        ("profiles run alpha --remote --cols 120", "--remote"),
        ("profiles run alpha --no-sandbox", "--no-sandbox"),
        ('profiles run alpha --bwrap-flags="--unshare-net"', "--bwrap-flags"),
    ],
)
def test_a_form_of_a_later_version_says_so(documented: World, form: str, named: str) -> None:
    done = documented.run(*shlex.split(form), "--json", check=False)
    if "profiles run" in form:  # what comes after the alias is the agent's, --json too
        done = documented.run("--json", *shlex.split(form), check=False)
    assert done.returncode == 2
    assert json.loads(done.stderr or done.stdout)["error"] == (
        f"{named} is not part of this version yet."
    )
    assert documented.run("help").stdout.count(f"  {named} ") == 0
