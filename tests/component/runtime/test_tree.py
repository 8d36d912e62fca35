from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from ringlet.runtime import process, processtable, tree
from ringlet.runtime.marks import RUN_ID
from ringlet.runtime.process import Process

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of a POSIX system")

Popen = subprocess.Popen[str]
Run = Callable[..., Popen]
ENV = {"PATH": os.environ["PATH"]}


@pytest.fixture
def run_id() -> str:
    return uuid4().hex


@pytest.fixture
def start(run_id: str) -> Iterator[Run]:
    """Starts Python code as the agent of the run, in a session of its own."""
    started: list[Popen] = []

    def start(code: str, *, env: dict[str, str] | None = None, new: bool = True) -> Popen:
        agent = subprocess.Popen(
            [sys.executable, "-S", "-c", textwrap.dedent(code)],
            env=ENV | {"RINGLET_RUN_ID": run_id} if env is None else env,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=new,
        )
        started.append(agent)
        return agent

    yield start
    tree.sweep(tree.Traces(run_id, None, None), 0)
    for agent in started:
        agent.kill()
        agent.wait()
        assert agent.stdout is not None
        agent.stdout.close()


def _pids(agent: Popen, count: int) -> list[int]:
    """The next numbers that the agent prints: of processes that are ready."""
    assert agent.stdout is not None
    return [int(agent.stdout.readline()) for _ in range(count)]


def _identity(pid: int) -> Process:
    start = process.start_time(pid)
    assert start is not None
    return Process(pid, start)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)


async def _end(agent: Process, run_id: str, grace: float = 0.3) -> tree.Ended:
    return await tree.end(tree.Traces(run_id, agent, None), grace)


IGNORES_TERM = """
    import os, signal, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    time.sleep(600)
"""

ESCAPES = """
    import os, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            print(os.getpid(), flush=True)
            time.sleep(600)
        os._exit(0)
    os.wait()
    time.sleep(600)
"""


async def test_a_tree_that_obeys_is_not_killed(start: Run, run_id: str) -> None:
    agent = start("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    _pids(agent, 1)
    identity = _identity(agent.pid)

    assert await _end(identity, run_id, 10) == tree.Ended([identity], [], [])
    assert agent.wait() == -signal.SIGTERM


async def test_a_process_that_ignores_the_request_is_killed(start: Run, run_id: str) -> None:
    agent = start(IGNORES_TERM)
    _pids(agent, 1)
    identity = _identity(agent.pid)

    assert await _end(identity, run_id) == tree.Ended([], [identity], [])
    assert agent.wait() == -signal.SIGKILL


async def test_a_grandchild_in_a_session_of_its_own_is_found(start: Run, run_id: str) -> None:
    agent = start(ESCAPES)
    (escaped,) = map(_identity, _pids(agent, 1))

    ended = await _end(_identity(agent.pid), run_id)

    assert escaped in ended.terminated
    assert not process.is_alive(*escaped)


def test_what_a_dead_agent_left_is_swept(start: Run, run_id: str) -> None:
    agent = start(ESCAPES)
    (escaped,) = map(_identity, _pids(agent, 1))
    agent.kill()
    agent.wait()

    assert tree.sweep(tree.Traces(run_id, None, None), 5) == tree.Ended([escaped], [], [])


async def test_a_child_without_the_mark_is_found(start: Run, run_id: str) -> None:
    agent = start(
        """
        import subprocess, time
        print(subprocess.Popen(["sleep", "600"], env={}).pid, flush=True)
        time.sleep(600)
        """
    )
    (child,) = map(_identity, _pids(agent, 1))

    await _end(_identity(agent.pid), run_id)

    assert not process.is_alive(*child)


async def test_the_session_of_a_dead_agent_is_still_the_runs(start: Run, run_id: str) -> None:
    agent = start(
        """
        import subprocess
        print(subprocess.Popen(["sleep", "600"], env={}).pid, flush=True)
        print(subprocess.Popen(["sleep", "600"]).pid, flush=True)
        """
    )
    identity = _identity(agent.pid)
    children = set(map(_identity, _pids(agent, 2)))
    agent.wait()

    _until(lambda: tree.find(tree.Traces(run_id, identity, None)) == children)
    await _end(identity, run_id)
    assert not any(process.is_alive(*child) for child in children)


async def test_a_stopped_process_hears_the_request(start: Run, run_id: str) -> None:
    agent = start(
        """
        import os, signal, time
        signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
        print(os.getpid(), flush=True)
        time.sleep(600)
        """
    )
    _pids(agent, 1)
    identity = _identity(agent.pid)
    agent.send_signal(signal.SIGSTOP)

    def stopped() -> bool:
        row = processtable.row(agent.pid)
        return row is not None and row.state == "T"

    _until(stopped)

    assert (await _end(identity, run_id, 10)).terminated == [identity]
    assert agent.wait() == 7


async def test_a_fork_storm_is_ended_to_the_last_process(start: Run, run_id: str) -> None:
    # Each of them answers the request to end by leaving another one behind.
    agent = start(
        """
        import os, signal, time
        def again(*_):
            if os.fork():
                os._exit(0)
            os.setsid()
        signal.signal(signal.SIGTERM, again)
        for _ in range(20):
            if os.fork() == 0:
                os.setsid()
                print(os.getpid(), flush=True)
                while True:
                    time.sleep(600)
        while True:
            time.sleep(600)
        """
    )
    _pids(agent, 20)

    ended = await _end(_identity(agent.pid), run_id)

    assert ended.killed
    assert ended.left == []
    marked = [
        r.pid for r in processtable.rows() if processtable.started_with(r.pid, *_mark(run_id))
    ]
    assert [pid for pid in marked if pid != agent.pid] == []


def _mark(run_id: str) -> tuple[str, str]:
    return RUN_ID, run_id


async def test_nothing_else_is_touched(start: Run, run_id: str) -> None:
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    bystanders = [
        start(code, env=ENV, new=False),
        start(code, env=ENV | {"RINGLET_RUN_ID": run_id + "0"}, new=False),
        start(code, env=ENV | {"OTHER": f"RINGLET_RUN_ID={run_id}"}, new=False),
    ]
    agent = start(code, new=False)
    for one in (*bystanders, agent):
        _pids(one, 1)
    identity = _identity(agent.pid)

    assert await _end(identity, run_id) == tree.Ended([identity], [], [])
    assert all(one.poll() is None for one in bystanders)


def test_a_stranger_with_the_agents_number_is_not_taken_for_it(start: Run) -> None:
    stranger = start(ESCAPES)
    _pids(stranger, 1)
    earlier = _identity(stranger.pid).start - 1

    assert tree.find(tree.Traces("another", Process(stranger.pid, earlier), None)) == set()


def test_a_late_signal_does_not_reach_a_stranger(start: Run) -> None:
    stranger = start(ESCAPES)
    _pids(stranger, 1)
    old = Process(stranger.pid, _identity(stranger.pid).start - 1)

    assert not process.send(old, signal.SIGKILL)
    assert process.await_end(old, time.monotonic() + 5)
    assert stranger.poll() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another user's process")
def test_another_users_process_is_never_touched(run_id: str) -> None:
    environ = ENV | {"RINGLET_RUN_ID": run_id}
    with subprocess.Popen(["sleep", "600"], env=environ, user=65534) as other:
        try:
            assert tree.sweep(tree.Traces(run_id, None, None), 0) == tree.Ended([], [], [])
            assert other.poll() is None
        finally:
            other.kill()


# An orphan of a tree that has cleared its environment: only its new parent ties it to the run.
CLEARED = """
    import os, subprocess, sys
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    if os.fork() == 0:
        subprocess.Popen([sys.executable, "-S", "-c", code], env={}, start_new_session=True)
        os._exit(0)
    os.wait()
"""

# A client: adopts what the agent leaves, and does as told by its input.
CLIENT = """
    import os, subprocess, sys
    sys.path[:0] = {path!r}
    from ringlet.runtime import process, tree
    process.become_subreaper()
    agent = subprocess.Popen([sys.executable, "-S", "-c", {agent!r}], env={env!r})
    agent.wait()
    sys.stdin.readline()
    me = process.Process(os.getpid(), process.start_time(os.getpid()))
    tree.sweep(tree.Traces("another", process.Process(agent.pid, me.start), me), 5)
"""


def _client(run_id: str, agent: str, *, environ: dict[str, str]) -> Popen:
    code = CLIENT.format(
        path=[str(Path(tree.__file__).parents[2])], agent=textwrap.dedent(agent), env=environ
    )
    return subprocess.Popen(
        [sys.executable, "-S", "-c", textwrap.dedent(code)],
        env=ENV, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def _children(pid: int) -> list[int]:
    return [row.pid for row in processtable.rows() if row.parent == pid]


@pytest.fixture
def cleared(run_id: str) -> Iterator[tuple[Popen, Process]]:
    """A client whose agent has ended and left an orphan without any mark."""
    with _client(run_id, CLEARED, environ=ENV) as client:
        (orphan,) = map(_identity, _pids(client, 1))
        # The agent is a child of the client, too, until it was collected.
        _until(lambda: _children(client.pid) == [orphan.pid])
        yield client, orphan
        process.send(orphan, signal.SIGKILL)
        client.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux feature")
def test_a_sweep_ends_what_the_client_has_adopted(cleared: tuple[Popen, Process]) -> None:
    client, orphan = cleared
    client.communicate("\n", timeout=20)
    assert not process.is_alive(*orphan)


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux feature")
async def test_what_the_client_has_adopted_ends_with_the_run(
    cleared: tuple[Popen, Process], run_id: str
) -> None:
    client, orphan = cleared
    traces = tree.Traces(run_id, None, _identity(client.pid))
    assert await tree.end(traces, 5) == tree.Ended([orphan], [], [])
    assert client.poll() is None


def test_what_serves_the_daemon_is_spared_and_all_below_it(start: Run, run_id: str) -> None:
    mark = {"RINGLET_RUN_ID": run_id}
    agent = start(
        f"""
        import os, subprocess, sys, time
        code = "import os, subprocess, time; print(os.getpid(), flush=True);" \\
            "print(subprocess.Popen(['sleep', '600'], env={{}}).pid, flush=True); time.sleep(600)"
        environ = {ENV | mark | {"RINGLET_SERVICE": "1"}!r}
        subprocess.Popen([sys.executable, "-S", "-c", code], env=environ, start_new_session=True)
        time.sleep(600)
        """
    )
    service = [_identity(pid) for pid in _pids(agent, 2)]

    found = tree.find(tree.Traces(run_id, _identity(agent.pid), None))

    assert found == {_identity(agent.pid)}
    for each in service:
        process.send(each, signal.SIGKILL)


def test_the_holder_of_the_lock_is_spared(start: Run, run_id: str, tmp_path: Path) -> None:
    lock = tmp_path / "daemon.lock"
    daemon = start(
        f"""
        import os, sys, time
        sys.path[:0] = {[str(Path(tree.__file__).parents[2])]!r}
        from ringlet.store import instance
        instance.sign(instance.take_lock({str(lock)!r}))
        print(os.getpid(), flush=True)
        time.sleep(600)
        """
    )
    _pids(daemon, 1)
    traces = tree.Traces(run_id, None, None)

    assert tree.find(traces, lock=str(lock)) == set()
    assert tree.find(traces) == {_identity(daemon.pid)}


def test_a_sweep_spares_the_sweeper(start: Run, run_id: str) -> None:
    sweeper = start(
        f"""
        import sys
        sys.path[:0] = {[str(Path(tree.__file__).parents[2])]!r}
        from ringlet.runtime import tree
        print(len(tree.sweep(tree.Traces({run_id!r}, None, None), 0).left))
        """
    )
    assert _pids(sweeper, 1) == [0]
    assert sweeper.wait() == 0


def test_the_sweep_loads_nothing_heavy() -> None:
    code = "import sys, ringlet.runtime.tree; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"asyncio", "dataclasses", "msgspec", "psutil", "subprocess"}
    assert heavy.isdisjoint(done.stdout.split())


async def test_the_loop_goes_on_while_a_tree_is_ended(start: Run, run_id: str) -> None:
    agent = start(IGNORES_TERM)
    _pids(agent, 1)
    ending = asyncio.ensure_future(_end(_identity(agent.pid), run_id))
    beats = 0
    while not ending.done():
        await asyncio.sleep(0.01)
        beats += 1
    assert beats > 5


def test_a_sample_adds_up_the_tree(start: Run) -> None:
    agent = start(
        """
        import os, time
        child = os.fork()
        data = bytearray(20_000_000)
        while time.process_time() < 0.1:
            pass
        print(os.getpid(), flush=True)
        time.sleep(600)
        """
    )
    _pids(agent, 2)

    usage = tree.sample(agent.pid)

    assert usage.cpu_seconds >= 0.18
    assert 40_000_000 < usage.peak_rss_bytes < 400_000_000


def test_a_sample_of_a_gone_process_is_zero(start: Run) -> None:
    agent = start("")
    agent.wait()
    assert tree.sample(agent.pid) == tree.Usage(0.0, 0)


def test_a_process_that_only_waits_to_be_collected_is_not_alive(start: Run) -> None:
    agent = start("")
    _until(lambda: (row := processtable.row(agent.pid)) is not None and row.state == "Z")
    assert not process.is_alive(*_identity(agent.pid))

    agent.wait()
    assert process.start_time(agent.pid) is None


def test_a_name_with_brackets_does_not_confuse_the_table(tmp_path: Path) -> None:
    program = tmp_path / "a) Z 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "600"]) as odd:
        try:
            _until(lambda: processtable.row(odd.pid) is not None)
            row = processtable.row(odd.pid)
            assert row is not None
            assert (row.parent, row.uid) == (os.getpid(), os.geteuid())
            assert row.state in "RSD"
        finally:
            odd.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux feature")
def test_a_subreaper_adopts_orphans() -> None:
    code = """
        import os, time
        from ringlet.runtime.process import become_subreaper
        become_subreaper()
        read, write = os.pipe()
        if os.fork() == 0:
            parent = os.getpid()
            if os.fork() == 0:
                while os.getppid() == parent:
                    time.sleep(0.01)
                os.write(write, str(os.getppid()).encode())
            os._exit(0)
        print(int(os.read(read, 20)) == os.getpid())
    """
    assert _own_process(code) == "True\n"


@pytest.mark.skipif(sys.platform != "linux", reason="a Linux feature")
def test_a_hardened_process_leaves_no_dump() -> None:
    code = """
        import ctypes, resource
        from ringlet.runtime.process import harden
        harden()
        print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
    """
    assert _own_process(code) == "0 (0, 0)\n"


def _own_process(code: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
