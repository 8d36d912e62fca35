"""Request latency of our REP server against one made with pynng, in the same interleaved run.

Prints one JSON object: median and 99th percentile in microseconds for both, and the ratio of the
medians, ours over pynng's. The client is the same plain blocking socket for both.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from ringlet.wire.sp import Peer, RepServer
from ringlet.wire.sp.frames import IPC_LEAD, Role, frame, greeting

ROUNDS: Final = 20
REQUESTS: Final = 200
WARM_UP: Final = 200
SECONDS: Final = 20.0
CONTEXTS: Final = 8
MESSAGE: Final = frame(IPC_LEAD, b"\x80\0\0\1", b"x" * 200)


async def serve_own(path: str) -> None:
    async def echo(body: bytes, peer: Peer) -> bytes:
        return body

    sock = socket.socket(socket.AF_UNIX)
    sock.bind(path)
    server = RepServer(echo, oversize=lambda limit: b"")
    await server.serve_unix(sock)
    await asyncio.Future()


async def serve_pynng(path: str) -> None:
    import pynng

    async def echo(context: Any) -> None:
        while True:
            await context.asend(await context.arecv())

    with pynng.Rep0(listen=f"ipc://{path}") as rep:
        await asyncio.gather(*(echo(rep.new_context()) for _ in range(CONTEXTS)))


def run(serve: Callable[[str], Any], path: str) -> None:
    asyncio.run(serve(path))


def connect(path: str) -> socket.socket:
    """A connection that has exchanged greetings; waits for the server to come up."""
    deadline = time.monotonic() + SECONDS
    sock = socket.socket(socket.AF_UNIX)
    while sock.connect_ex(path):
        assert time.monotonic() < deadline, f"no server at {path}"
        time.sleep(0.01)
    sock.sendall(greeting(Role.REQ))
    received = sock.recv(8, socket.MSG_WAITALL)
    assert received == greeting(Role.REP)
    return sock


def measure(sock: socket.socket, requests: int) -> list[float]:
    """Round trips, in microseconds."""
    times = []
    for _ in range(requests):
        start = time.perf_counter_ns()
        sock.sendall(MESSAGE)
        reply = sock.recv(len(MESSAGE), socket.MSG_WAITALL)
        times.append((time.perf_counter_ns() - start) / 1000)
        assert reply == MESSAGE
    return times


def main() -> None:
    servers = {"own": serve_own, "pynng": serve_pynng}
    times: dict[str, list[float]] = {name: [] for name in servers}
    spawn = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clients = {}
        for name, serve in servers.items():
            process = spawn.Process(target=run, args=(serve, str(folder / name)), daemon=True)
            process.start()
            stack.callback(process.join)
            stack.callback(process.terminate)
            clients[name] = stack.enter_context(connect(str(folder / name)))
            measure(clients[name], WARM_UP)
        deadline = time.monotonic() + SECONDS
        for _ in range(ROUNDS):
            for name, client in clients.items():
                times[name] += measure(client, REQUESTS)
            if time.monotonic() > deadline:
                break
    print(json.dumps(report(times), indent=2))


def report(times: dict[str, list[float]]) -> dict[str, object]:
    medians = {name: statistics.median(each) for name, each in times.items()}
    result: dict[str, object] = {
        name: {
            "requests": len(each),
            "p50_us": round(medians[name], 1),
            "p99_us": round(statistics.quantiles(each, n=100)[98], 1),
        }
        for name, each in times.items()
    }
    result["p50_ratio"] = round(medians["own"] / medians["pynng"], 3)
    return result


if __name__ == "__main__":
    main()
