"""However a run ends, nothing of it stays behind, and nothing else is touched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections import deque
from pathlib import Path

import psutil
import pytest
from tests.components import needs
from tests.e2e.terminal import Terminal
from tests.e2e.test_runs import add_agent, create, last_run, wait_for_end_of
from tests.e2e.world import RINGLET, Model, World, wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux")

# Starts a process that nothing ties to the run but who has adopted it.
_ESCAPES = "(env -i setsid sleep 300 >/dev/null 2>&1 & echo $! > orphan)"

# A client that starts the planned program, and has not yet said so when it is killed.
_SILENT = """
    import json, os, sys
    from ringlet.cli.link import connect
    link = connect(sys.argv[1])
    request = {"type": "profiles_prepare", "alias": "work", "args": [], "cwd": os.getcwd(),
               "environ": {"PATH": os.environ["PATH"]}}
    plan = json.loads(link.call(json.dumps(request).encode()))["data"]
    program = [plan["binary"], *plan["args"]]
    if sys.argv[2] == "start":
        os.posix_spawn(plan["binary"], program, plan["env"])
    print(plan["run_id"], flush=True)
    sys.stdin.read()
"""


def _silent_client(world: World, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_SILENT), world.endpoint(), what],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=world.project, env=world.environ,
    )  # fmt: skip


def _text(path: Path) -> str:
    return str(wait_for(lambda: path.exists() and path.read_text().strip(), f"{path.name}"))


def _number(path: Path) -> int:
    def read() -> int:
        return int(path.read_text() or 0) if path.exists() else 0

    return int(wait_for(read, f"a number in {path.name}"))


def test_an_orphan_that_cleared_its_environment_ends_with_the_agent(world: World) -> None:
    add_agent(world, f"{_ESCAPES}; exit 6")
    create(world)
    assert world.run("profiles", "run", "work", check=False).returncode == 6
    assert not psutil.pid_exists(_number(world.project / "orphan"))


def test_an_orphan_that_cleared_its_environment_ends_with_a_stop(world: World) -> None:
    add_agent(world, f"{_ESCAPES}; touch ready; sleep 300")
    create(world)
    with world.start("profiles", "run", "work") as client:
        wait_for((world.project / "ready").exists, "the agent's start")
        # Without its own sweep, the client cannot be the one that ends the orphan.
        os.kill(client.pid, signal.SIGSTOP)
        world.run("runs", "stop", "work")
        wait_for_end_of(_number(world.project / "orphan"))
        os.kill(client.pid, signal.SIGCONT)
        client.communicate(timeout=30)
    assert last_run(world)["outcome"] == "stopped"


def test_what_ran_before_the_client_in_its_process_stays(world: World) -> None:
    add_agent(world, "exit 0")
    create(world)
    script = f"sleep 300 & echo $! > earlier; exec {RINGLET} profiles run work"
    subprocess.run(["sh", "-c", script], cwd=world.project, env=world.environ, check=True)
    earlier = psutil.Process(_number(world.project / "earlier"))
    assert earlier.status() != psutil.STATUS_ZOMBIE
    earlier.kill()


def test_ended_orphans_do_not_pile_up_while_the_agent_runs(world: World) -> None:
    add_agent(world, "for i in 1 2 3 4 5; do (true & echo $! >> orphans); done; sleep 300")
    create(world)
    with world.start("profiles", "run", "work") as client:
        wait_for((world.project / "orphans").exists, "the orphans")
        wait_for(
            lambda: (
                len((world.project / "orphans").read_text().split()) == 5
                and not any(map(psutil.pid_exists, _orphans(world)))
            ),
            "their collection",
        )
        world.run("runs", "stop", "work")
        client.communicate(timeout=30)


def _orphans(world: World) -> list[int]:
    return [int(line) for line in (world.project / "orphans").read_text().split()]


def test_a_daemon_that_an_agent_started_first_outlives_the_run(world: World) -> None:
    add_agent(
        world,
        f"{RINGLET} daemon stop >/dev/null; {RINGLET} profiles list --json >/dev/null;"
        f"{RINGLET} daemon status --json > status",
    )
    create(world)
    world.run("profiles", "run", "work")
    status = json.loads((world.project / "status").read_text())
    assert world.daemon_pid() == status["pid"]
    assert last_run(world)["outcome"] == "exited"


def test_a_client_killed_before_it_could_tell_leaves_no_agent_and_a_record(world: World) -> None:
    add_agent(world, "echo $$ > agent; sleep 300")
    create(world)
    with _silent_client(world, "start") as client:
        assert client.stdout is not None
        client.stdout.readline()
        agent = _number(world.project / "agent")
        client.kill()
    wait_for_end_of(agent)
    assert last_run(world)["outcome"] == "lost"


def test_a_client_killed_before_it_started_anything_leaves_no_record(world: World) -> None:
    add_agent(world, "exit 0")
    create(world)
    with _silent_client(world, "nothing") as client:
        assert client.stdout is not None
        client.stdout.readline()
        assert len(world.json("runs", "list")) == 1
        client.kill()
    wait_for(lambda: world.json("runs", "list") == [], "the end of the run")


def test_a_stop_before_the_client_could_tell_ends_the_agent(world: World) -> None:
    add_agent(world, "echo $$ > agent; sleep 300")
    create(world)
    with _silent_client(world, "start") as client:
        agent = _number(world.project / "agent")
        world.run("runs", "stop", "work")
        wait_for_end_of(agent)
        client.kill()
    wait_for(lambda: world.json("runs", "list")[0]["outcome"] != "running", "the record")


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("no-such-program", 127),
        ("./nothing-here", 127),
        ("./plain.txt", 126),
        ("./", 126),
        ("plain-on-path", 126),
        ("./interpreter-is-gone", 127),
        ("./no-program-at-all", 126),
    ],
)
def test_what_cannot_be_executed_ends_as_in_a_shell(
    world: World, command: str, status: int
) -> None:
    add_agent(world, "exit 0")
    create(world)
    for name, text, mode in (
        ("plain.txt", "text", 0o600),
        ("plain-on-path", "text", 0o600),
        ("interpreter-is-gone", "#!/no/such/interpreter\n", 0o700),
        ("no-program-at-all", "\x7fELF", 0o700),
    ):
        (world.project / name).write_text(text)
        (world.project / name).chmod(mode)
    environ = {"PATH": f"{world.project}:{world.environ['PATH']}"}
    done = world.run("profiles", "exec", "work", "--", command, check=False, environ=environ)
    assert done.returncode == status, done.stderr
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


@needs("nohup")
def test_what_the_caller_ignores_the_agent_ignores(world: World) -> None:
    add_agent(world, "grep SigIgn /proc/self/status")
    create(world)
    command = [RINGLET, "profiles", "run", "work"]

    def ignored(*prefix: str) -> int:
        done = subprocess.run(
            [*prefix, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            cwd=world.project, env=world.environ, check=True,
        )  # fmt: skip
        return int(done.stdout.split()[-1], 16) & 0x7FFFFFFF  # two above are the C library's

    assert ignored() == 0
    assert ignored("sh", "-c", 'trap "" INT; exec "$@"', "sh") == 1 << (signal.SIGINT - 1)
    assert ignored("nohup") == 1 << (signal.SIGHUP - 1)


def test_an_agent_that_does_not_heed_its_terminals_end_ends_all_the_same(world: World) -> None:
    add_agent(world, "trap : HUP; echo $$ > agent; while true; do sleep 1; done")
    create(world)
    terminal = Terminal(world, "profiles", "run", "work")
    agent = _number(world.project / "agent")
    terminal.hang_up()
    wait_for_end_of(agent)
    assert last_run(world)["outcome"] in ("exited", "signalled")


def test_a_program_that_only_hears_a_hangup_goes_on(world: World) -> None:
    add_agent(world, "trap 'touch heard' HUP; echo $$ > agent; until [ -e go ]; do sleep 0.1; done")
    create(world)
    with world.start("profiles", "run", "work") as client:  # it had no terminal to lose
        _number(world.project / "agent")
        client.send_signal(signal.SIGHUP)
        wait_for((world.project / "heard").exists, "the signal")
        (world.project / "go").touch()
        client.communicate(timeout=30)
    assert client.returncode == 0


def test_each_run_has_a_temporary_folder_of_its_own_that_goes_with_it(world: World) -> None:
    add_agent(
        world,
        """
        mkdir -p $TMPDIR/a/closed; touch $TMPDIR/a/closed/file; chmod 0 $TMPDIR/a/closed
        stat -c %a $TMPDIR > mode; echo $TMPDIR >> folders; [ -z "$1" ] || sleep 300
        """,
    )
    create(world)
    world.environ["TMPDIR"] = str(world.root / "tmp")
    (world.root / "tmp").mkdir()
    world.run("profiles", "run", "work")
    world.run("profiles", "run", "work")
    with world.start("profiles", "run", "work", "--", "stay") as client:
        wait_for(lambda: len(_text(world.project / "folders").split()) == 3, "the third run")
        client.kill()
    wait_for(lambda: len(world.json("runs", "list")) == 3, "the records")
    wait_for(lambda: world.json("runs", "list")[0]["outcome"] == "lost", "the end of the third")

    folders = [Path(line) for line in _text(world.project / "folders").split()]
    assert len(set(folders)) == 3
    assert {folder.parent for folder in folders} == {world.root / "tmp"}
    assert _text(world.project / "mode") == "700"
    assert list((world.root / "tmp").iterdir()) == []


def test_a_profiles_own_temporary_folder_and_that_of_another_program_stay(world: World) -> None:
    add_agent(world, "echo $TMPDIR > folder; touch $TMPDIR/kept")
    create(world)
    own = world.root / "own"
    own.mkdir()
    environ = {"TMPDIR": str(own)}
    world.run(
        "profiles", "exec", "work", "--", "sh", "-c", "echo $TMPDIR > folder", environ=environ
    )
    assert _text(world.project / "folder") == str(own)
    world.run("profiles", "set", "work", "env", f"TMPDIR={own}")
    world.run("profiles", "run", "work")
    assert _text(world.project / "folder") == str(own)
    assert (own / "kept").exists()


def test_a_run_that_cannot_be_noted_leaves_no_temporary_folder(world: World) -> None:
    add_agent(world, "echo $TMPDIR > where")
    create(world)
    temporary = world.root / "tmp"
    temporary.mkdir()
    runs = world.config / "runs"
    runs.rename(world.config / "runs.away")
    runs.write_text("")  # no record can be made in it
    refused = world.run("profiles", "run", "work", check=False, environ={"TMPDIR": str(temporary)})
    assert refused.returncode != 0
    assert "runs" in refused.stderr
    assert list(temporary.iterdir()) == []
    runs.unlink()
    (world.config / "runs.away").rename(runs)
    world.run("profiles", "run", "work", environ={"TMPDIR": str(temporary)})
    assert Path(_text(world.project / "where")).parent == temporary
    assert list(temporary.iterdir()) == []


def _is_held(tracer: subprocess.Popen[str], seen: deque[str]) -> bool:
    """Whether the program below the tracer was stopped each time that we looked of late."""
    seen.extend(child.status() for child in psutil.Process(tracer.pid).children())
    return len(seen) == seen.maxlen and set(seen) == {psutil.STATUS_TRACING_STOP}


@needs("strace")
def test_a_daemon_that_goes_before_it_has_handed_over_the_keys_costs_nothing(
    world: World, model: Model
) -> None:
    world.add_provider("loop", "anthropic-compatible", model.base_url)
    creation = ("profiles", "create", "demo", "work", "--provider", "loop", "--api-key-stdin")
    world.run(*creation, stdin="sk-canary-of-the-next-daemon")
    daemon = world.daemon_pid()
    # What the client sends first is the command, then comes the request for the keys.
    delay = "inject=sendto:delay_enter=4000000:when=2"
    slowly = ("strace", "-qq", "-o", "/dev/null", "-e", "trace=sendto", "-e", delay)
    run = subprocess.Popen(
        [*slowly, RINGLET, "profiles", "run", "work", "--", "-p", "hello"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=world.project,
        env=world.environ,
    )
    # The tracer stops its client for a moment at each call, and at that one for good.
    seen: deque[str] = deque(maxlen=10)
    wait_for(lambda: _is_held(run, seen), "the request for the keys")
    os.kill(daemon, signal.SIGKILL)
    out, err = run.communicate(timeout=100)
    assert (run.returncode, err) == (0, "")
    assert out
    assert model.saw_key("sk-canary-of-the-next-daemon")
    assert [each["outcome"] for each in world.json("runs", "list")] == ["exited"]
