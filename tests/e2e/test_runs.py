"""Runs as their user sees them: by hand or by Ringlet, it is the same."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import textwrap
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.e2e.world import RINGLET, World, wait_for

_AGENT = """\
#!/bin/sh
if [ "$1" = --version ]; then echo 1.2.3; exit 0; fi
"""
_SCRIPT = """\
#{ files: #{ "settings.json": json::encode(#{ model: profile.model }) },
   env: #{ FAKE_KEY: provider.api_key }, args: [] }
"""


def add_agent(world: World, body: str) -> None:
    """An agent of our own: a manifest, a script and a program."""
    binary = Path(world.root / "bin" / "fake-agent")
    binary.parent.mkdir(exist_ok=True)
    binary.write_text(_AGENT + textwrap.dedent(body))
    binary.chmod(0o755)
    world.environ["PATH"] = f"{binary.parent}:{world.environ['PATH']}"
    for folder in ("agents.d", "scripts"):
        (world.config / folder).mkdir(parents=True, exist_ok=True)
    (world.config / "agents.d" / "fake.toml").write_text(
        'id = "fake"\nname = "Fake"\nbinary = "fake-agent"\napis = ["messages"]\n'
        '[detect]\n[profile]\nstrategy = "home-wrapper"\n'
        'source_home = "~/.fake-profiles/{alias}"\nscript = "fake.rhai"\n[models]\n'
    )
    (world.config / "scripts" / "fake.rhai").write_text(_SCRIPT)
    world.add_provider("loop", "anthropic-compatible", "http://127.0.0.1:9")


def create(world: World, alias: str = "work", key: str = "sk-canary-0123456789abcdefgh") -> None:
    world.run(
        *("profiles", "create", "fake", alias, "--provider", "loop", "--api-key-stdin"), stdin=key
    )


def wait_for_end_of(pid: int) -> None:
    """Until the process has ended, whether or not its parent has collected it."""

    def ended() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    wait_for(ended, f"the end of process {pid}", 15)


def last_run(world: World) -> dict[str, Any]:
    """The newest ended run."""
    runs = wait_for(
        lambda: [r for r in world.json("runs", "list") if r["outcome"] != "running"], "a record"
    )
    return dict(runs[0])


def test_arguments_folder_input_and_exit_status_pass_through(world: World) -> None:
    add_agent(world, 'pwd; printf "<%s>" "$@"; cat; exit 37')
    create(world)
    done = world.run(
        *("profiles", "run", "work", "--", "a b", "--json", "", "$HOME", "ü"),
        stdin="from stdin",
        check=False,
    )
    assert done.returncode == 37
    assert done.stdout == f"{world.project}\n<a b><--json><><$HOME><ü>from stdin"
    assert last_run(world)["exit_code"] == 37


def test_the_environment_is_the_profile_s_and_nothing_else(world: World) -> None:
    add_agent(world, "env")
    create(world)
    foreign = {"OPENAI_API_KEY": "foreign", "LD_PRELOAD": "", "XDG_DATA_HOME": "/foreign"}
    lines = world.run("profiles", "run", "work", environ=foreign).stdout.splitlines()
    env = dict(line.partition("=")[::2] for line in lines)
    home = world.home / ".fake-profiles" / "work"
    assert env["HOME"] == str(home)
    assert env["XDG_DATA_HOME"].startswith(str(home))
    assert env["FAKE_KEY"] == env["LOOP_KEY"] == "sk-canary-0123456789abcdefgh"
    assert env["RINGLET_PROFILE"] == "work"
    assert "foreign" not in "".join(lines)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert json.loads((home / "settings.json").read_text()) == {"model": "model-a"}


def test_ringlet_inside_an_agent_reaches_the_same_daemon(world: World) -> None:
    add_agent(world, f"{RINGLET} daemon status --json; {RINGLET} profiles list --json")
    create(world)
    pid = world.daemon_pid()
    output = world.run("profiles", "run", "work").stdout
    status, end = json.JSONDecoder().raw_decode(output)
    assert status["pid"] == pid
    assert json.loads(output[end:])[0]["alias"] == "work"


def test_a_daemon_started_from_inside_an_agent_is_the_user_s_and_outlives_the_run(
    world: World,
) -> None:
    add_agent(world, f"{RINGLET} daemon restart >/dev/null; {RINGLET} daemon status --json")
    create(world)
    status = json.loads(world.run("profiles", "run", "work").stdout)
    assert status["config_dir"] == str(world.config)
    assert world.daemon_pid() == status["pid"]
    assert last_run(world)["outcome"] == "exited"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_client_reaches_the_agent(world: World, number: signal.Signals) -> None:
    add_agent(
        world, "trap 'echo trapped; exit 3' TERM HUP; echo ready; while :; do sleep 0.1; done"
    )
    create(world)
    with world.start("profiles", "run", "work") as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "ready\n"
        client.send_signal(number)
        output, _ = client.communicate(timeout=30)
    assert output == "trapped\n"
    assert client.returncode == 3


def test_an_agent_that_dies_of_a_signal_ends_the_client_the_same_way(world: World) -> None:
    add_agent(world, "kill -TERM $$")
    create(world)
    done = world.run("profiles", "run", "work", check=False)
    assert done.returncode == -signal.SIGTERM
    run = last_run(world)
    assert (run["outcome"], run["exit_code"]) == ("signalled", -signal.SIGTERM)


def test_processes_in_other_groups_and_sessions_end_with_the_run(world: World) -> None:
    add_agent(
        world,
        "setsid sleep 300 & echo $! > pids\n"
        "sh -c 'setsid sh -c \"sleep 300 & echo \\$!\" >> pids &'; sleep 0.5; exit 0",
    )
    create(world)
    world.run("profiles", "run", "work")
    pids = [int(line) for line in (world.project / "pids").read_text().split()]
    assert len(pids) == 2
    for pid in pids:
        wait_for_end_of(pid)


def test_when_the_client_is_killed_the_agent_ends_and_the_run_is_recorded(world: World) -> None:
    add_agent(world, "setsid sleep 300 & echo $$ $! > pids; wait")
    create(world)
    client = world.start("profiles", "run", "work")
    pids = wait_for(lambda: _numbers(world.project / "pids", 2), "the agent's start")
    wait_for(lambda: world.json("runs", "list")[0]["pid"], "the report of the start")
    client.kill()
    client.communicate()
    for pid in pids:
        wait_for_end_of(pid)
    run = last_run(world)
    assert run["outcome"] == "lost"
    assert run["duration_secs"] >= 0
    assert run["peak_memory_bytes"] > 0


def test_a_run_outlives_the_daemon_and_is_recorded_by_the_next(world: World) -> None:
    add_agent(world, "echo started > started; while [ ! -e finish ]; do sleep 0.1; done; exit 5")
    create(world)
    client = world.start("profiles", "run", "work")
    wait_for((world.project / "started").exists, "the agent's start")
    wait_for(lambda: world.json("runs", "list")[0]["pid"], "the report of the start")
    os.kill(world.daemon_pid(), signal.SIGKILL)
    assert world.json("runs", "list")[0]["outcome"] == "running"
    (world.project / "finish").touch()
    client.communicate(timeout=30)
    assert client.returncode == 5
    run = last_run(world)
    assert (run["outcome"], run["exit_code"]) == ("exited", 5)
    assert len(world.json("runs", "list")) == 1


def test_when_daemon_and_client_are_both_killed_the_next_daemon_clears_up(world: World) -> None:
    add_agent(world, "echo $$ > pids; sleep 300")
    create(world)
    client = world.start("profiles", "run", "work")
    [pid] = wait_for(lambda: _numbers(world.project / "pids", 1), "the agent's start")
    wait_for(lambda: world.json("runs", "list")[0]["pid"], "the report of the start")
    os.kill(world.daemon_pid(), signal.SIGKILL)
    client.kill()
    client.wait()  # its pipes stay open: the agent has them
    assert psutil.pid_exists(pid)
    world.run("profiles", "list")
    wait_for_end_of(pid)
    client.communicate()
    assert last_run(world)["outcome"] == "lost"


def test_stopping_a_run_ends_a_stubborn_tree(world: World) -> None:
    add_agent(world, "trap '' TERM; echo $$ > pids; while :; do sleep 1; done")
    create(world)
    client = world.start("profiles", "run", "work")
    [pid] = wait_for(lambda: _numbers(world.project / "pids", 1), "the agent's start")
    wait_for(lambda: world.json("runs", "list")[0]["pid"], "the report of the start")
    began = time.monotonic()
    world.run("runs", "stop", "work")
    client.communicate(timeout=30)
    assert time.monotonic() - began < 20
    assert not psutil.pid_exists(pid)
    assert last_run(world)["outcome"] == "stopped"


def test_profiles_exec_runs_any_command_in_the_profile_s_environment(world: World) -> None:
    add_agent(world, "exit 1")
    create(world)
    done = world.run("profiles", "exec", "work", "--", "sh", "-c", 'echo "$HOME $FAKE_KEY"; exit 9',
                     check=False)  # fmt: skip
    home = world.home / ".fake-profiles" / "work"
    assert done.stdout == f"{home} sk-canary-0123456789abcdefgh\n"
    assert done.returncode == 9
    missing = world.run("profiles", "exec", "work", "--", "no-such-program", check=False)
    assert missing.returncode == 127
    assert "no-such-program" in missing.stderr
    assert world.json("runs", "list")[0]["exit_code"] == 9


def test_another_program_is_recorded_but_counts_as_no_run_of_the_agent(world: World) -> None:
    add_agent(world, "exit 0")
    create(world)
    world.run("profiles", "exec", "work", "--", "true")
    profile = world.json("profiles", "inspect", "work")
    assert profile["total_runs"] == 0
    assert profile["last_used"] is not None
    assert world.json("stats")["total_sessions"] == 0
    world.run("profiles", "run", "work")
    assert world.json("profiles", "inspect", "work")["total_runs"] == 1
    assert world.json("stats")["by_agent"]["fake"]["sessions"] == 1
    assert len(world.json("runs", "list")) == 2


def test_ctrl_c_and_ctrl_z_act_on_the_agent_as_in_any_shell(world: World) -> None:
    add_agent(world, "trap 'echo got-int; exit 4' INT; while :; do echo tick; sleep 0.1; done")
    create(world)
    shell, terminal = pty.fork()
    if shell == 0:
        os.chdir(world.project)
        os.execve("/bin/bash", ["bash", "--norc", "-i"], world.environ | {"PS1": "$ "})
    screen = _Screen(terminal)
    try:
        screen.type(f"{RINGLET} profiles run work\n")
        screen.expect("tick")
        screen.type("\x1a")
        screen.expect("Stopped")
        screen.expect("profiles run work")
        screen.type("fg\n")
        screen.expect("tick")
        screen.type("\x03")
        screen.expect("got-int")
        screen.type("echo status=$?\n")
        screen.expect("status=4")
    finally:
        os.kill(shell, signal.SIGKILL)
        os.waitpid(shell, 0)
        os.close(terminal)


class _Screen:
    """A terminal that a person would look at."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._text = ""

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def expect(self, text: str) -> None:
        """Read on until the text has come; later calls look only behind it."""
        os.set_blocking(self._fd, False)

        def come() -> bool:
            try:
                self._text += os.read(self._fd, 65536).decode(errors="replace")
            except BlockingIOError:
                pass
            return text in self._text

        wait_for(come, f"{text!r} on the screen")
        self._text = self._text.partition(text)[2]


def _numbers(path: Path, count: int) -> list[int] | None:
    try:
        found = [int(word) for word in path.read_text().split()]
    except (FileNotFoundError, ValueError):
        return None
    return found if len(found) == count else None


def test_two_terminals_can_ask_for_the_same_thing_at_once(world: World) -> None:
    add_agent(world, "exit 0")
    create(world)
    clients = [world.start("profiles", "run", "work") for _ in range(8)]
    for client in clients:
        client.communicate(timeout=60)
    assert [client.returncode for client in clients] == [0] * 8
    assert world.json("profiles", "list")[0]["total_runs"] == 8


def test_the_prompt_for_a_key_is_hidden(world: World) -> None:
    add_agent(world, "env")
    world.run("profiles", "list")
    shell, terminal = pty.fork()
    if shell == 0:
        os.chdir(world.project)
        arguments = [RINGLET, "profiles", "create", "fake", "work", "--provider", "loop"]
        os.execve(RINGLET, arguments, world.environ)
    screen = _Screen(terminal)
    screen.expect("Key: ")
    screen.type("sk-typed-0123456789abcdef\n")
    screen.expect("created")
    os.waitpid(shell, 0)
    os.close(terminal)
    assert "FAKE_KEY=sk-typed-0123456789abcdef" in world.run("profiles", "run", "work").stdout


def test_a_model_is_asked_for_where_no_manifest_names_one(world: World) -> None:
    add_agent(world, "true")
    manifest = world.config / "providers.d" / "loop.toml"
    manifest.write_text(manifest.read_text().replace('default = "model-a"', ""))
    create = ("profiles", "create", "fake", "work", "--provider", "loop")
    assert "model-a, model-b" in world.run(*create, check=False).stderr
    shell, terminal = pty.fork()
    if shell == 0:
        os.chdir(world.project)
        os.execve(RINGLET, [RINGLET, *create], world.environ)
    screen = _Screen(terminal)
    screen.expect("Number or name [model-a]: ")
    screen.type("2\n")
    screen.expect("Key: ")
    screen.type("sk-typed-0123456789abcdef\n")
    screen.expect("created")
    os.waitpid(shell, 0)
    os.close(terminal)
    assert world.json("profiles", "inspect", "work")["model"] == "model-b"


def test_a_key_as_an_argument_is_refused(world: World) -> None:
    add_agent(world, "exit 0")
    done = world.run(
        *"profiles create fake work --provider loop --api-key sk-visible-0123456789".split(),
        check=False,
    )
    assert done.returncode == 2
    assert "--api-key-stdin" in done.stderr
    assert "sk-visible" not in done.stderr


def test_a_paused_run_stands_still_with_all_it_started_and_goes_on_after_a_restart(
    world: World,
) -> None:
    add_agent(
        world,
        """
        setsid sh -c 'echo $$ > tool.pid; while :; do sleep 0.05; done' &
        echo $$ > agent.pid
        until [ -e go ]; do sleep 0.05; done
        exit 9
        """,
    )
    create(world)
    client = world.start("profiles", "run", "work")
    files = [world.project / "agent.pid", world.project / "tool.pid"]
    wait_for(lambda: all(path.exists() and path.read_text() for path in files), "the start")
    pids = [int(path.read_text()) for path in files]

    world.run("runs", "pause", "work")
    # A signal takes a moment on a busy machine.
    wait_for(
        lambda: {psutil.Process(pid).status() for pid in pids} == {psutil.STATUS_STOPPED},
        "the stop of all processes",
    )
    world.run("daemon", "restart")
    assert [run["outcome"] for run in world.json("runs", "list")] == ["paused"]
    (world.project / "go").touch()
    world.run("runs", "resume", "work")

    client.communicate(timeout=30)
    assert client.returncode == 9
    assert last_run(world)["outcome"] == "exited"


def test_an_empty_word_ends_no_run(world: World) -> None:
    """As a script passes it whose variable is not set."""
    add_agent(world, "sleep 60")
    create(world)
    client = world.start("profiles", "run", "work")
    wait_for(lambda: any(run["pid"] for run in world.json("runs", "list")), "the run")
    done = world.run("runs", "stop", "", check=False)
    assert done.returncode == 1
    assert [run["outcome"] for run in world.json("runs", "list")] == ["running"]
    world.run("runs", "stop", "work")
    client.communicate(timeout=60)
