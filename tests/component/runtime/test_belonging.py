"""Which runs a process belongs to, with real processes."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from ringlet.runtime import loopback, processtable
from ringlet.runtime.belonging import runs_of
from ringlet.runtime.process import Process
from ringlet.runtime.tree import Traces

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# Says the numbers of itself and of what it starts, one a line, and waits for its input to end.
_WAIT = "import sys; print('ready', flush=True); sys.stdin.read()"
_PARENT = """
import os, subprocess, sys
print(os.getpid(), flush=True)
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], env=eval(sys.argv[2]),
                         stdout=subprocess.DEVNULL, start_new_session=sys.argv[3] == "session")
print(child.pid, flush=True)
{after}
"""
_ORPHANING = """
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # adopts orphans, as clients do
print(os.getpid(), flush=True)
agent = subprocess.Popen([sys.executable, "-c", '''
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], env={}, start_new_session=True)
print(os.getpid(), child.pid, flush=True)
sys.stdin.readline()
''', sys.argv[1]])
agent.wait()
print("orphaned", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def start(stack: ExitStack, *words: str, **environ: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", *words],
        env={"PATH": os.environ["PATH"], **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    stack.callback(process.communicate)
    return process


def said(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def identity(pid: int) -> Process:
    row = processtable.row(pid)
    assert row is not None
    return Process(pid, row.start)


def run(agent: Process | None = None, client: Process | None = None) -> Traces:
    return Traces(uuid4().hex, agent, client)


def test_a_mark_tells_the_run(stack: ExitStack) -> None:
    mine, other = run(), run()
    process = start(stack, _WAIT, RINGLET_RUN_ID=mine.run_id)
    said(process)
    assert runs_of(process.pid, [mine, other]) == {mine.run_id}
    assert runs_of(process.pid, [other]) == set()


@pytest.mark.parametrize("place", ["session", "same"])
def test_what_descends_from_the_agent_belongs_to_the_run_without_a_mark(
    stack: ExitStack, place: str
) -> None:
    code = _PARENT.format(after="sys.stdin.read()")
    parent = start(stack, code, _WAIT, "{}", place)
    agent, child = int(said(parent)[0]), int(said(parent)[0])
    mine = run(agent=identity(agent))
    assert runs_of(child, [mine]) == {mine.run_id}
    assert runs_of(os.getpid(), [mine]) == set()


def test_an_ancestor_that_is_marked_will_do(stack: ExitStack) -> None:
    mine = run()
    code = _PARENT.format(after="sys.stdin.read()")
    parent = start(stack, code, _WAIT, "{}", "session", RINGLET_RUN_ID=mine.run_id)
    said(parent)
    assert runs_of(int(said(parent)[0]), [mine]) == {mine.run_id}


def test_an_orphan_without_a_mark_is_known_by_who_has_adopted_it(stack: ExitStack) -> None:
    client = start(stack, _ORPHANING, "import signal; signal.pause()")
    said(client)
    agent, orphan = map(int, said(client))
    stack.callback(os.kill, orphan, signal.SIGKILL)
    mine = run(agent=identity(agent), client=identity(client.pid))
    assert client.stdin is not None
    client.stdin.write("\n")
    client.stdin.flush()
    assert said(client) == ["orphaned"]
    row = processtable.row(orphan)
    assert row is not None
    assert row.parent == client.pid
    assert runs_of(orphan, [mine]) == {mine.run_id}
    assert runs_of(client.pid, [mine]) == set()  # it carries the run out


def test_children_that_the_client_had_before_the_agent_are_none_of_the_run(
    stack: ExitStack,
) -> None:
    code = _PARENT.format(after="sys.stdin.read()")
    shell = start(stack, code, _WAIT, "{}", "same")
    client, older = int(said(shell)[0]), int(said(shell)[0])
    agent = Process(1 << 22, identity(older).start + 1)
    mine = run(agent=agent, client=identity(client))
    assert runs_of(older, [mine]) == set()


def test_a_number_that_is_used_again_is_not_taken_for_the_agent(stack: ExitStack) -> None:
    process = start(stack, _WAIT)
    said(process)
    now = identity(process.pid)
    assert runs_of(process.pid, [run(agent=Process(now.pid, now.start - 1))]) == set()


def test_above_the_agent_of_a_detached_run_nobody_counts(stack: ExitStack) -> None:
    """Daemons start those, and a daemon may have been started within another run."""
    outer = run()
    code = _PARENT.format(after="sys.stdin.read()")
    daemon = start(stack, code, _WAIT, "{}", "session", RINGLET_RUN_ID=outer.run_id)
    said(daemon)
    detached = run(agent=identity(int(said(daemon)[0])))
    assert detached.agent is not None
    apart = [detached.agent]
    assert runs_of(detached.agent.pid, [outer, detached], apart) == {detached.run_id}
    assert runs_of(detached.agent.pid, [outer], apart) == set()


def test_of_a_process_that_has_ended_nothing_is_known(stack: ExitStack) -> None:
    process = start(stack, "")
    process.wait()
    assert runs_of(process.pid, [run()]) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts programs of other users")
def test_a_program_of_another_user_is_known_by_its_ancestors(stack: ExitStack) -> None:
    code = _PARENT.format(after="sys.stdin.read()")
    parent = start(stack, code, f"import os; os.setuid(65534); {_WAIT}", "{}", "session")
    mine = run(agent=identity(int(said(parent)[0])))
    assert runs_of(int(said(parent)[0]), [mine]) == {mine.run_id}


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_who_holds_a_connection_is_found(stack: ExitStack, family: socket.AddressFamily) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    host, port = listener.getsockname()
    there = host if family == socket.AF_INET else f"::ffff:{host}"
    code = f"""
import socket, sys
mine = socket.socket({int(family)}, socket.SOCK_STREAM)
mine.connect(({there!r}, {port}))
{_WAIT}
"""
    process = start(stack, code)
    said(process)
    accepted, client = listener.accept()
    stack.callback(accepted.close)
    found = loopback.socket_of(client, (host, port))
    assert found is not None
    assert found.uid == os.geteuid()
    assert loopback.holders(found.inode, [os.getpid(), process.pid]) == ([process.pid], [])


def test_a_program_that_hides_what_it_holds_is_told() -> None:
    pid = os.fork()
    if pid == 0:
        if os.geteuid() == 0:  # from root nothing is hidden
            os.setuid(65534)
        told, tell = os.pipe()
        hidden = os.fork()
        if hidden == 0:
            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
            os.write(tell, b".")
            signal.pause()
        os.read(told, 1)
        found = loopback.holders(1, [hidden])
        os.kill(hidden, signal.SIGKILL)
        os._exit(found != ([], [hidden]))
    assert os.waitpid(pid, 0)[1] == 0
