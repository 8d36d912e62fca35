"""Profiles after their creation: changed, renamed, cloned, foreseen."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.terminal import Terminal
from tests.e2e.test_keys import files_with
from tests.e2e.test_profiles import ask
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World, wait_for

_KEY = "sk-canary-0123456789abcdefgh"
_OTHER = "sk-canary-other-9876543210zyx"


@pytest.fixture
def small(world: World) -> Iterator[World]:
    """A world with an agent that prints its surroundings, and a profile."""
    add_agent(world, 'echo "key=$FAKE_KEY model=$MODEL flag=$FLAG home=$HOME args=$*"; pwd')
    script = world.config / "scripts" / "fake.rhai"
    script.write_text(
        '#{ files: #{ "settings.json": json::encode(#{ model: profile.model }) },'
        " env: #{ FAKE_KEY: provider.api_key, MODEL: profile.model }, args: [] }"
    )
    world.add_provider("other", "anthropic-compatible", "http://127.0.0.1:8")
    create(world)
    yield world


def refused(world: World, *arguments: str, stdin: str | None = None) -> str:
    done = world.run(*arguments, check=False, stdin=stdin)
    assert done.returncode != 0, done.stdout
    assert "[9999]" not in done.stderr
    return done.stderr


def stored(world: World, alias: str = "work") -> Any:
    return json.loads((world.config / "profiles" / f"{alias}.json").read_text())


@contextmanager
def events(world: World, *topics: str) -> Iterator[Any]:
    """Read the next event of a topic with `next()`."""
    endpoint = world.json("daemon", "status")["events_endpoint"]
    listener = subprocess.Popen(
        [sys.executable, "-c", _LISTEN, endpoint, *topics], stdout=subprocess.PIPE, text=True
    )
    assert listener.stdout is not None
    assert listener.stdout.readline() == "ready\n"
    yield (json.loads(line) for line in listener.stdout)
    listener.kill()
    listener.communicate()


_LISTEN = """
import asyncio, sys
from ringlet.wire.sp import SubClient
async def main():
    client = await SubClient.connect_unix(sys.argv[1])
    for topic in sys.argv[2:]:
        client.subscribe(topic.encode())
    print("ready", flush=True)
    async for message in client:
        print(message.partition(b" ")[2].decode(), flush=True)
asyncio.run(main())
"""


def test_set_changes_one_thing_checks_it_and_says_so_to_all(small: World) -> None:
    world = small
    with events(world, "ProfileUpdated") as heard:
        world.run("profiles", "set", "work", "model", "model-b")
        assert next(heard)["data"] == {"alias": "work", "changes": ["model"]}
        world.run("profiles", "set", "work", "env", "FLAG=on", "SPARE=1")
        assert next(heard)["data"]["changes"] == ["env"]
        world.run("profiles", "set", "work", "args", "--", "--loud", "--json")
        assert next(heard)["data"]["changes"] == ["args"]
        (world.project / "sub").mkdir()
        world.run("profiles", "set", "work", "working-dir", "sub")
        assert next(heard)["data"]["changes"] == ["working_dir"]
    shown = world.run("profiles", "run", "work", "x").stdout
    assert "model=model-b flag=on" in shown
    assert "args=--loud --json x" in shown
    assert shown.endswith(f"{world.project}/sub\n")

    world.run("profiles", "set", "work", "bare", "on")
    assert stored(world)["metadata"]["bare"] is True
    world.run("profiles", "set", "work", "bare", "--unset")
    assert "bare" not in stored(world)["metadata"]

    before = stored(world)
    assert "on or off" in refused(world, "profiles", "set", "work", "bare", "maybe")
    assert "--unset" in refused(world, "profiles", "set", "work", "mcp")
    assert "[1102]" in refused(world, "profiles", "set", "work", "model", "model-c")
    assert "[1007]" in refused(world, "profiles", "set", "work", "endpoint", "mars")
    assert "[1002]" in refused(world, "profiles", "set", "work", "provider", "nobody")
    assert "[1006]" in refused(world, "profiles", "set", "work", "provider", "minimax-openai")
    assert "no folder" in refused(world, "profiles", "set", "work", "working-dir", "nowhere")
    assert "not the name" in refused(world, "profiles", "set", "work", "env", "A-B=1")
    assert "set by Ringlet" in refused(world, "profiles", "set", "work", "env", "HOME=/x")
    assert "no variable" in refused(world, "profiles", "set", "work", "env", "NOPE", "--unset")
    assert "needs an API key" in refused(world, "profiles", "set", "work", "env", "LOOP_KEY",
                                         "--unset")  # fmt: skip
    assert stored(world) == before

    world.run("profiles", "set", "work", "model", "model-z", "--force-model")
    world.run("profiles", "set", "work", "env", "SPARE", "--unset")
    world.run("profiles", "set", "work", "args", "--unset")
    world.run("profiles", "set", "work", "working-dir", "--unset")
    after = stored(world)
    assert after["model"] == "model-z"
    assert after["env"] == {"LOOP_KEY": "$KEYCHAIN:loop-work", "FLAG": "on"}
    assert after["args"] == []
    assert after["working_dir"] is None
    assert "Nothing is different" in world.run("profiles", "set", "work", "env", "FLAG=on").stdout


def test_another_provider_brings_its_own_key_and_the_old_one_is_forgotten(small: World) -> None:
    world = small
    assert "no terminal" in refused(world, "profiles", "set", "work", "provider", "other")
    world.run("profiles", "set", "work", "provider", "other", "--api-key-stdin", stdin=_OTHER)
    profile = stored(world)
    assert profile["provider_id"] == "other"
    assert profile["env"] == {"OTHER_KEY": "$KEYCHAIN:other-work"}
    assert f"key={_OTHER}" in world.run("profiles", "run", "work").stdout
    reference = "$KEYCHAIN:loop-work"
    world.run("profiles", "set", "work", "env", f"OLD={reference}")
    assert "not stored" in refused(world, "profiles", "run", "work")


def test_a_key_is_replaced_and_seen_by_nobody(small: World) -> None:
    world = small
    with events(world, "ProfileUpdated") as heard:
        world.run("profiles", "set-key", "work", "--api-key-stdin", stdin=_OTHER)
        assert next(heard)["data"] == {"alias": "work", "changes": ["api_key"]}
    assert f"key={_OTHER}" in world.run("profiles", "run", "work").stdout
    assert files_with(_OTHER, world.root) == []
    terminal = Terminal(world, "profiles", "set-key", "work")
    terminal.answer("New key", _KEY)
    assert terminal.end() == 0
    assert _KEY not in terminal.screen
    assert f"key={_KEY}" in world.run("profiles", "run", "work").stdout


def test_what_sounds_like_a_secret_goes_to_the_store_and_leaves_with_its_profile(
    small: World,
) -> None:
    world = small
    environ = {"GITLAB_TOKEN": _OTHER}
    world.run("profiles", "set", "work", "env", "GITLAB_TOKEN", environ=environ)
    assert stored(world)["env"]["GITLAB_TOKEN"] == "$KEYCHAIN:work.GITLAB_TOKEN"
    exposed = refused(world, "profiles", "set", "work", "env", f"MY_TOKEN={_OTHER}")
    assert "every program on this machine" in exposed
    terminal = Terminal(world, "profiles", "set", "work", "env", "MY_TOKEN")
    terminal.answer("MY_TOKEN:", _OTHER)
    assert terminal.end() == 0
    assert _OTHER not in terminal.screen
    shown = world.run("profiles", "exec", "work", "--", "printenv", "GITLAB_TOKEN").stdout
    assert shown == f"{_OTHER}\n"
    assert files_with(_OTHER, world.root) == []
    world.run("profiles", "delete", "work")
    create(world)
    world.run("profiles", "set", "work", "env", "COPY=$KEYCHAIN:work.GITLAB_TOKEN")
    assert "not stored" in refused(world, "profiles", "run", "work")


def test_rename_takes_home_keys_command_and_history_along(small: World) -> None:
    world = small
    world.run("profiles", "run", "work")
    world.run("profiles", "set", "work", "env", "GITLAB_TOKEN", environ={"GITLAB_TOKEN": _OTHER})
    home = world.home / ".fake-profiles"
    (home / "work" / "history").write_text("mine")
    with events(world, "Profile") as heard:
        world.run("profiles", "rename", "work", "job")
        event = next(heard)
    assert event["type"] == "ProfileUpdated"
    assert event["data"]["previous_alias"] == "work"
    assert [p["alias"] for p in world.json("profiles", "list")] == ["job"]
    assert (home / "job" / "history").read_text() == "mine"
    assert not (home / "work").exists()
    assert not (world.home / ".local/bin/work").exists()
    shim = world.home / ".local/bin/job"
    done = subprocess.run([shim], env=world.environ, capture_output=True, text=True, check=True)
    assert f"key={_KEY}" in done.stdout
    assert f"home={home}/job" in done.stdout
    assert stored(world, "job")["env"]["GITLAB_TOKEN"] == "$KEYCHAIN:job.GITLAB_TOKEN"
    assert {run["profile"] for run in world.json("runs", "list")} == {"job"}

    create(world)  # a new one of the old name has a history of its own
    world.run("profiles", "run", "work")
    assert sorted(run["profile"] for run in world.json("runs", "list")) == ["job", "job", "work"]
    numbers = world.json("stats")["by_profile"]
    assert {alias: each["sessions"] for alias, each in numbers.items()} == {"job": 2, "work": 1}
    world.run("profiles", "delete", "work", "--purge", "--yes")
    assert f"key={_KEY}" in world.run("profiles", "run", "job").stdout


def test_a_key_that_an_agent_wants_in_a_file_does_not_outlive_its_profile(small: World) -> None:
    world = small
    manifest = world.config / "agents.d" / "fake.toml"
    text = manifest.read_text().replace('"fake.rhai"\n', '"fake.rhai"\nkey_files = ["auth.json"]\n')
    manifest.write_text(text)
    (world.config / "scripts" / "fake.rhai").write_text(
        '#{ files: #{ "auth.json": json::encode(#{ key: provider.api_key }) }, env: #{}, args: [] }'
    )
    world.run("profiles", "run", "work")
    path = world.home / ".fake-profiles/work/auth.json"
    assert json.loads(path.read_text()) == {"key": _KEY}
    path.write_text(json.dumps({"key": _KEY, "theirs": 1}))
    world.run("profiles", "delete", "work")
    assert json.loads(path.read_text()) == {"theirs": 1}
    assert files_with(_KEY, world.root) == []


@pytest.mark.parametrize("home_moved", [False, True])
def test_a_renaming_that_was_killed_half_way_goes_on(small: World, home_moved: bool) -> None:
    world = small
    profiles, homes = world.config / "profiles", world.home / ".fake-profiles"
    (homes / "work" / "history").write_text("mine")
    world.run("daemon", "stop")
    half = stored(world)
    half["alias"] = "job"
    half["metadata"] |= {"home": str(homes / "job"), "former": {"work": "2099-01-01T00:00:00Z"}}
    (profiles / "job.json").write_text(json.dumps(half))
    if home_moved:
        (homes / "work").rename(homes / "job")
    world.run("profiles", "rename", "work", "job")
    assert [p["alias"] for p in world.json("profiles", "list")] == ["job"]
    assert (homes / "job" / "history").read_text() == "mine"
    assert not (homes / "work").exists()
    assert f"key={_KEY}" in world.run("profiles", "run", "job").stdout


def test_rename_refuses_what_would_harm_and_changes_nothing_then(small: World) -> None:
    world = small
    create(world, "lab")
    before = stored(world)
    assert "[1004]" in refused(world, "profiles", "rename", "work", "lab")
    assert "not a profile alias" in refused(world, "profiles", "rename", "work", "../x")
    assert "[1003]" in refused(world, "profiles", "rename", "nobody", "x")
    (world.home / ".fake-profiles" / "taken").mkdir()
    assert "there already" in refused(world, "profiles", "rename", "work", "taken")
    add_agent(world, "touch started; while [ ! -e finish ]; do sleep 0.05; done")
    client = world.start("profiles", "run", "work")
    wait_for((world.project / "started").exists, "the agent's start")
    assert "is running" in refused(world, "profiles", "rename", "work", "job")
    (world.project / "finish").touch()
    client.communicate(timeout=30)
    now = stored(world)
    assert (now["alias"], now["env"], now["metadata"]["home"]) == (
        before["alias"], before["env"], before["metadata"]["home"]
    )  # fmt: skip


def test_a_clone_has_the_settings_a_key_of_its_own_and_no_history(small: World) -> None:
    world = small
    world.run("profiles", "set", "work", "model", "model-b")
    world.run(
        *("profiles", "set", "work", "env", "FLAG=on", "GITLAB_TOKEN"),
        environ={"GITLAB_TOKEN": _OTHER},
    )
    world.run("profiles", "set", "work", "args", "--", "--loud")
    (world.home / ".fake-profiles" / "work" / "history").write_text("mine")
    assert "no terminal" in refused(world, "profiles", "clone", "work", "lab")
    done = world.run("profiles", "clone", "work", "lab", "--api-key-stdin", stdin=_OTHER)
    assert "not copied: GITLAB_TOKEN" in done.stderr
    assert sorted(p.name for p in (world.home / ".fake-profiles" / "lab").iterdir()) == [
        ".ringlet-home",
        "settings.json",
    ]
    shown = world.run("profiles", "run", "lab").stdout
    assert f"key={_OTHER} model=model-b flag=on" in shown
    assert "args=--loud" in shown

    world.run("profiles", "clone", "work", "twin", "--reuse-key")
    assert stored(world, "twin")["env"] == {
        "FLAG": "on",
        "GITLAB_TOKEN": "$KEYCHAIN:twin.GITLAB_TOKEN",
        "LOOP_KEY": "$KEYCHAIN:loop-twin",
    }
    world.run("profiles", "delete", "work")
    assert f"key={_KEY}" in world.run("profiles", "run", "twin").stdout


def test_a_key_of_another_profile_is_offered_and_taken_by_enter(small: World) -> None:
    world = small
    terminal = Terminal(world, "profiles", "create", "fake", "lab", "--provider", "loop")
    terminal.answer("the key of profile work", "")
    assert terminal.end() == 0
    assert f"key={_KEY}" in world.run("profiles", "run", "lab").stdout
    create_args = ("profiles", "create", "fake", "third", "--provider")
    world.run(*create_args, "loop", "--reuse-key-of", "lab")
    assert f"key={_KEY}" in world.run("profiles", "run", "third").stdout
    assert "has no key of provider other" in refused(
        world, "profiles", "create", "fake", "x", "--provider", "other", "--reuse-key-of", "lab"
    )


def test_nothing_is_written_by_looking_ahead_and_no_secret_is_shown(small: World) -> None:
    world = small
    home = world.home / ".fake-profiles" / "work"
    (home / "settings.json").write_text('{"model": "x", "own": 1, "loginToken": "my-own-login"}')
    before = {p: p.stat().st_mtime_ns for p in home.rglob("*")}
    plan = world.json("profiles", "plan", "work", "--json", "more")
    text = world.run("profiles", "plan", "work", "--", "--deep").stdout
    dry = world.run(
        *"profiles create fake test --provider other --model model-b --dry-run".split()
    ).stdout
    assert {p: p.stat().st_mtime_ns for p in home.rglob("*")} == before

    assert plan["args"] == ["more"]
    assert plan["secret_env"] == ["FAKE_KEY", "LOOP_KEY"]
    assert "--deep" in text
    assert '+  "model": "model-a"' in text or '+{"model": "model-a"' in text.replace("'", '"')
    for shown in (json.dumps(plan), text, dry):
        assert _KEY not in shown
        assert "my-own-login" not in shown
    assert "--- /dev/null" in dry
    assert "model-b" in dry
    assert "OTHER_KEY (secret" in dry
    assert not (world.home / ".fake-profiles" / "test").exists()
    preview = ask(world, type="profiles_preview", agent_id="fake", alias="t", provider_id="loop")
    assert preview["data"]["secret_env"] == ["FAKE_KEY", "LOOP_KEY"]


def test_an_edit_is_checked_told_with_its_line_and_may_go_on(small: World) -> None:
    world = small
    editor = world.root / "bin" / "edit"
    editor.write_text(
        "#!/bin/sh\n"
        'n=$(cat "$0.count" 2>/dev/null || echo 0); n=$((n+1)); echo $n >"$0.count"\n'
        "case $n in\n"
        '1) echo "model = [" >>"$1";;\n'
        '2) printf \'provider = "loop"\\nmodel = "model-q"\\n\' >"$1";;\n'
        '3) printf \'provider = "loop"\\ncolour = 1\\n\' >"$1";;\n'
        '4) printf \'provider="loop"\\nmodel="model-b"\\n[env]\\nLOOP_KEY="$KEYCHAIN:loop-work"\\n'
        'MY_TOKEN="hidden-0123456789"\\n\' >"$1";;\n'
        "esac\n"
    )
    editor.chmod(0o755)
    terminal = Terminal(world, "profiles", "edit", "work", EDITOR=str(editor))
    for said in (".toml:", "work.toml:2: model:", "work.toml:2: colour: this key is not known"):
        terminal.answer(said, "y")
    assert terminal.end() == 0
    assert "changed model, env" in terminal.screen
    profile = stored(world)
    assert profile["model"] == "model-b"
    assert profile["env"]["MY_TOKEN"] == "$KEYCHAIN:work.MY_TOKEN"
    assert list((world.config / "cache" / "edits").iterdir()) == []
    again = Terminal(world, "profiles", "edit", "work", EDITOR=str(editor))
    assert again.end() == 0
    assert "Nothing was changed" in again.screen
    assert "profiles set" in refused(world, "profiles", "edit", "work")


def test_variables_that_the_manifest_wants_are_asked_for(small: World) -> None:
    world = small
    manifest = world.config / "agents.d" / "fake.toml"
    wanted = '[profile]\nrequired_env = ["REGION", "TEAM_TOKEN"]\noptional_env = ["NICK"]\n'
    manifest.write_text(manifest.read_text().replace("[profile]\n", wanted))
    arguments = (
        "profiles",
        "create",
        "fake",
        "lab",
        "--provider",
        "loop",
        "--reuse-key-of",
        "work",
    )
    assert "needs the variable REGION and TEAM_TOKEN" in refused(world, *arguments)
    terminal = Terminal(world, *arguments)
    terminal.answer("REGION for Fake", "north")
    terminal.answer("TEAM_TOKEN for Fake", _OTHER)
    terminal.answer("NICK for Fake (optional)", "")
    assert terminal.end() == 0
    assert stored(world, "lab")["env"] == {
        "REGION": "north",
        "TEAM_TOKEN": "$KEYCHAIN:lab.TEAM_TOKEN",
        "LOOP_KEY": "$KEYCHAIN:loop-lab",
    }
    environ = {"TEAM_TOKEN": _OTHER}
    given = ("--env", "REGION=south", "--env", "TEAM_TOKEN")
    world.run(*"profiles create fake third --provider loop --reuse-key-of lab".split(), *given,
              environ=environ)  # fmt: skip
    assert stored(world, "third")["env"]["REGION"] == "south"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell", "sh", "json"])
def test_variables_are_printed_for_every_shell(small: World, shell: str) -> None:
    shown = small.run("profiles", "env", "work", "--shell", shell).stdout
    if shell == "json":
        assert json.loads(shown)["MODEL"] == "model-a"
    else:
        assert "MODEL" in shown
    assert _KEY not in shown


def test_requests_change_only_what_they_name(small: World) -> None:
    world = small
    reply = ask(world, type="profiles_update", alias="work", env={"FLAG": "on"}, model="model-b")
    assert reply["type"] == "profile_changed"
    assert sorted(reply["data"]["changes"]) == ["env", "model"]
    reply = ask(world, type="profiles_update", alias="work", env={"FLAG": None})
    assert reply["data"]["changes"] == ["env"]
    assert stored(world)["model"] == "model-b"
    assert ask(world, type="profiles_set_key", alias="work", api_key="")["data"]["code"] == 1101
    assert (
        ask(world, type="profiles_rename", alias="work", new_alias="job")["data"]["alias"] == "job"
    )
    reply = ask(world, type="profiles_clone", alias="job", new_alias="twin", reuse_key=True)
    assert reply["type"] == "success"
    assert Path(stored(world, "twin")["metadata"]["home"]).is_dir()
