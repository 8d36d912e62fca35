"""Runs of one profile share nothing but its home, and nothing of a run stays behind it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.e2e.terminal import Terminal
from tests.e2e.test_real_agents import arguments, need_agent
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import Model, World, wait_for

_OLD, _NEW = "sk-canary-old-0123456789abcdef", "sk-canary-new-0123456789abcdef"
_PATIENCE = 90.0
# Says who runs it; a run whose name begins with `b` then waits for a word.
_PROBE = """\
#!/bin/sh
env > $1.tmp; mv $1.tmp $1.env
case $1 in b*) until [ -e go ]; do sleep 0.1; done ;; esac
"""
_MESSAGES = ("anthropic-compatible", "", 'apis = ["messages"]')
_CHAT = ("openai-compatible", "/v1", 'apis = ["chat"]')


@dataclass(frozen=True)
class Row:
    """An agent on a terminal: its provider, and the words before a first prompt.

    `tool` is not set where the agent asks before each tool on a terminal. What the agent starts
    in the background by itself is started by two terminals: there `again` is set, with the words
    by which a user could ask for it.
    """

    agent: str
    provider: tuple[str, str, str]
    words: tuple[str, ...]
    tool: bool = True
    again: tuple[str, ...] | None = None


_TABLE = [
    Row("claude", _MESSAGES, ("--permission-mode", "default", "--allowedTools", "Bash", "--")),
    Row(
        "codex",
        ("openai", "/v1", 'apis = ["responses"]'),
        ("-s", "workspace-write", "-a", "never"),
        again=("--enable", "daemon_auto_start", "-c", "features.daemon_auto_start=true"),
    ),
    Row("opencode", _CHAT, ("--prompt",)),
    Row("grok", _CHAT, (), tool=False),  # on a terminal it asks before each tool
    Row("droid", _MESSAGES, ("--auto", "medium")),
    Row("gemini", ("google", "", ""), ("--approval-mode", "yolo", "-i")),
    Row("qwen", _CHAT, ("--approval-mode", "yolo", "-i")),
]


class _Family:
    """The processes of a run, as they come and go."""

    def __init__(self, client: int) -> None:
        self._client = psutil.Process(client)
        self.seen: set[psutil.Process] = {self._client}

    def look(self) -> set[int]:
        """Look again; the ids of all that were ever seen."""
        with_children = [self._client] if self._client.is_running() else []
        for process in with_children:
            self.seen |= set(process.children(recursive=True))
        return {process.pid for process in self.seen}

    def left(self) -> list[psutil.Process]:
        return [one for one in self.seen if one.is_running() and one.status() != "zombie"]


def _listeners(world: World) -> list[str]:
    """Sockets in the profiles' homes or a temp folder on which somebody listens."""
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    accepting = [row[7] for row in rows if len(row) > 7 and int(row[3], 16) & 0x10000]
    return [path for path in accepting if path.startswith(str(world.root))]


def _marked(run_id: str) -> list[int]:
    """Processes that were started with a run's id in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("RINGLET_RUN_ID") == run_id:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def _probed(world: World, name: str) -> dict[str, str]:
    """What the probe of a run found in its environment."""
    path = world.project / f"{name}.env"
    wait_for(path.exists, f"the tool of run {name}", _PATIENCE)
    lines = path.read_text(errors="replace").splitlines()
    return dict(line.partition("=")[::2] for line in lines if "=" in line)


def _prompt(name: str, tokens: int) -> str:
    return f"[[usage: input={tokens}]] [[bash: ./probe {name}]] [[say: {name} is done]]"


def _keys(model: Model, tokens: int) -> list[str]:
    """The keys of the requests of the prompt that has these tokens."""
    return [
        request["key_sha256"]
        for request in model.requests()
        if request["usage"] and request["usage"]["input"] == tokens
    ]


def _prepare(world: World, model: Model, agent: str, provider: tuple[str, str, str]) -> None:
    kind, suffix, apis = provider
    (world.root / "tmp").mkdir()
    world.environ["TMPDIR"] = str(world.root / "tmp")
    (world.project / "probe").write_text(_PROBE)
    (world.project / "probe").chmod(0o755)
    os.system(f"git init -q {world.project}")  # noqa: S605 - agents look for the project's root
    world.add_provider("loop", kind, model.base_url + suffix, apis)
    world.run(
        *("profiles", "create", agent, "work", "--provider", "loop", "--api-key-stdin"), stdin=_OLD
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("row", _TABLE, ids=lambda row: row.agent)
def test_two_runs_share_nothing_and_leave_nothing(world: World, model: Model, row: Row) -> None:
    need_agent(row.agent)
    _prepare(world, model, row.agent, row.provider)
    on_terminal = ("profiles", "run", "--trust", "work", "--", *row.words)
    first = Terminal(world, *on_terminal, _prompt("a", 101))
    first_id = _begin(world, model, first, row)
    families = [_Family(first.pid)]
    families[0].look()

    world.run("profiles", "set-key", "work", "--api-key-stdin", stdin=_NEW)
    if row.again is None:
        second = world.start(
            "profiles", "run", "work", "--", *arguments(row.agent, _prompt("b", 102))
        )
        families.append(_Family(second.pid))
    else:
        other = Terminal(world, *on_terminal, *row.again, _prompt("b", 102))
        families.append(_Family(other.pid))
    found = _probed(world, "b")
    one, two = (family.look() for family in families)

    assert first_id not in ("", found["RINGLET_RUN_ID"])
    assert not one & two
    assert any("./probe b" in " ".join(process.cmdline()) for process in families[1].left())
    assert not set(_marked(first_id)) & two
    assert not set(_marked(found["RINGLET_RUN_ID"])) & one

    first.hang_up()
    wait_for(lambda: not families[0].left(), "the end of the first run", _PATIENCE)
    assert not _marked(first_id)
    (world.project / "go").touch()
    wait_for(lambda: len(_keys(model, 102)) > 1, "an answer after the tool", _PATIENCE)
    if row.again is None:
        assert second.communicate(timeout=_PATIENCE)[0].count("b is done")
        assert second.returncode == 0
    else:
        families[1].look()
        other.hang_up()
    wait_for(lambda: not families[1].left(), "the end of the second run", _PATIENCE)

    assert set(_keys(model, 102)) == {hashlib.sha256(_NEW.encode()).hexdigest()}
    assert {run["outcome"] for run in world.json("runs", "list")} <= {"exited", "signalled"}
    assert _listeners(world) == []
    assert list((world.root / "tmp").iterdir()) == []


def _begin(world: World, model: Model, terminal: Terminal, row: Row) -> str:
    """The id of the run, once the agent has answered its first prompt."""

    def answered() -> bool:
        terminal.look()  # or it would stop where the terminal is full
        return len(_keys(model, 101)) > row.tool

    wait_for(answered, "the first answer", _PATIENCE)
    if row.tool:
        return _probed(world, "a")["RINGLET_RUN_ID"]
    return str(world.json("runs", "list")[0]["run_id"])


_SEPARATION = """\
[separation]
args = ["--alone"]
since = "{since}"
leftovers = [".fake/control"]
"""


def _separate(world: World, since: str) -> None:
    manifest = world.config / "agents.d" / "fake.toml"
    manifest.write_text(manifest.read_text() + _SEPARATION.format(since=since))


def test_what_would_lead_to_an_earlier_runs_server_is_removed_before_a_start(world: World) -> None:
    add_agent(world, "ls -A $HOME/.fake/control > seen; true")
    _separate(world, "1.0")
    create(world)
    control = world.home / ".fake-profiles" / "work" / ".fake" / "control"
    control.mkdir(parents=True)
    elsewhere = world.runtime / "server.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(elsewhere))
        server.listen()
        (control / "link").symlink_to(elsewhere)
        (control / "dangling").symlink_to(world.root / "nowhere")
        with socket.socket(socket.AF_UNIX) as own:
            own.bind(f"/proc/self/fd/{os.open(control, os.O_PATH)}/socket")
        (control / "kept.lock").touch()
        world.run("profiles", "run", "work")
    assert (world.project / "seen").read_text().split() == ["kept.lock"]
    assert elsewhere.is_socket()

    control.rename(control.with_name("moved"))
    control.symlink_to(control.with_name("moved"))
    world.run("profiles", "run", "work")
    assert not control.is_symlink()
    assert (control.with_name("moved") / "kept.lock").exists()


def test_options_against_sharing_stand_first_whatever_starts_the_agent(world: World) -> None:
    add_agent(world, 'printf "%s\\n" "$@" > words')
    _separate(world, "1.2.3")
    create(world)
    for command in (("run", "work", "--"), ("exec", "work", "--", "fake-agent")):
        world.run("profiles", *command, "sub", "--", "x")
        assert (world.project / "words").read_text().split() == ["--alone", "sub", "--", "x"]
    world.run("profiles", "exec", "work", "--", "sh", "-c", "echo $# > words")
    assert (world.project / "words").read_text().split() == ["0"]
    plan = json.loads(world.run("--json", "profiles", "plan", "work", "--", "x").stdout)
    assert plan["args"] == ["--alone", "x"]


def test_claude_code_starts_no_server_for_the_background(world: World, model: Model) -> None:
    need_agent("claude")
    _prepare(world, model, "claude", _MESSAGES)
    (world.project / ".claude").mkdir()
    wish = {"env": {"CLAUDE_CODE_DISABLE_AGENT_VIEW": ""}, "disableAgentView": False}
    (world.project / ".claude" / "settings.json").write_text(json.dumps(wish))
    done = world.run(
        *("profiles", "run", "--trust", "work", "--", "--bg", _prompt("a", 101)), check=False
    )
    assert done.returncode != 0
    assert "disabled" in done.stderr or "turned off" in done.stderr
    assert _keys(model, 101) == []
    assert _listeners(world) == []


def test_a_home_in_a_temporary_folder_is_warned_of(tmp_path: Path) -> None:
    need_agent("codex")
    world = World(tmp_path, os.environ["RINGLET_TEST_AGENTS"])
    try:
        world.run("profiles", "create", "codex", "work", "--provider", "demo")
        home = str(world.home / ".codex-profiles" / "work")
        plan = world.json("profiles", "plan", "work")
        assert [home in warning for warning in plan["warnings"]] == [True]
        assert home in world.run("profiles", "plan", "work").stdout.partition("Warning")[2]
        report = json.loads(world.run("doctor", "--json", check=False).stdout)
        (found,) = [f for f in report["findings"] if f["area"] == "profiles"]
        assert (found["level"], home in found["message"]) == ("warning", True)
    finally:
        world.run("daemon", "stop")
        shutil.rmtree(world.runtime, ignore_errors=True)


def test_a_home_elsewhere_is_not_warned_of(world: World) -> None:
    need_agent("codex")
    world.run("profiles", "create", "codex", "work", "--provider", "demo")
    assert world.json("profiles", "plan", "work")["warnings"] == []
    environ = {"TMPDIR": str(world.root)}
    assert (
        len(
            json.loads(world.run("profiles", "plan", "work", "--json", environ=environ).stdout)[
                "warnings"
            ]
        )
        == 1
    )
