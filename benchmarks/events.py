"""Events to a hundred WebSocket clients, against a bare asyncio protocol in the same run.

Prints one JSON object. Both servers run in a process of their own and send the same text, encoded
once; the bare one knows no WebSocket and no client but writes the bytes to each transport. What
counts is how many deliveries a second of the server's processor time buys, first with one event
at a time, then with many at once, and how long an event takes to the last client.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from measure import Goal, Share, report

from ringlet.daemon.http.port import listen, port_of
from ringlet.engine.access import Access
from ringlet.engine.events import EventStream
from ringlet.store.quarantine import Quarantine
from ringlet.wire.events import Event

CLIENTS: Final = 100
ROUNDS: Final = 6
SINGLES: Final = 150
BURST: Final = 300
DATA: Final = {"alias": "work-minimax", "pid": 123456, "run_id": "0123456789abcdef" * 2}
_HEAD: Final = (
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Listener(asyncio.Protocol):
    """A client that only counts bytes."""

    def __init__(self, head: str, received: Callable[[int], None]) -> None:
        self._head = head
        self._received = received
        self._upgraded = not head

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._head.encode())

    def data_received(self, data: bytes) -> None:
        if not self._upgraded:
            _, end, data = data.partition(b"\r\n\r\n")
            assert end, "the handshake came in pieces"
            self._upgraded = True
        self._received(len(data))


class Crowd:
    """A hundred clients of one server."""

    def __init__(self, server: subprocess.Popen[str], kind: str) -> None:
        assert server.stdout is not None
        self.kind = kind
        self.server = server
        self.port, self.token, self.size = server.stdout.readline().split()
        self.bytes = 0
        self.wanted = 0
        self.complete = asyncio.Event()

    async def gather(self) -> None:
        """Connect all of them."""
        loop = asyncio.get_running_loop()
        ours = self.kind == "ours"
        head = _HEAD.format(port=self.port, token=self.token) if ours else ""
        for _ in range(CLIENTS):
            await loop.create_connection(
                lambda: Listener(head, self._received), "127.0.0.1", int(self.port)
            )
        await asyncio.sleep(0.5)  # the last handshakes

    async def publish(self, count: int) -> float:
        """Have events published at once; milliseconds until the last client has the last one."""
        assert self.server.stdin is not None
        self.bytes, self.wanted = 0, count * CLIENTS * int(self.size)
        self.complete.clear()
        began = time.perf_counter_ns()
        self.server.stdin.write(f"{count}\n")
        self.server.stdin.flush()
        await asyncio.wait_for(self.complete.wait(), 30)
        return (time.perf_counter_ns() - began) / 1e6

    def seconds(self) -> float:
        """Processor time of the server so far."""
        stat = Path(f"/proc/{self.server.pid}/schedstat").read_text()
        return int(stat.split()[0]) / 1e9

    def _received(self, size: int) -> None:
        self.bytes += size
        if self.bytes >= self.wanted:
            self.complete.set()


async def main() -> None:
    with served("ours") as ours, served("bare") as bare:
        crowds = {crowd.kind: crowd for crowd in (ours, bare)}
        for crowd in crowds.values():
            await crowd.gather()
        taken: list[float] = []
        rates: dict[str, dict[str, list[float]]] = {"single": {}, "burst": {}}
        for number in range(ROUNDS + 1):
            for kind in sorted(crowds, reverse=bool(number % 2)):
                single, waits = await rate(crowds[kind], SINGLES, 1)
                burst, _ = await rate(crowds[kind], 5, BURST)
                if number:  # the first round warms up
                    rates["single"].setdefault(kind, []).append(single)
                    rates["burst"].setdefault(kind, []).append(burst)
                    taken += waits if kind == "ours" else []
    medians = {
        how: {kind: statistics.median(values) for kind, values in of.items()}
        for how, of in rates.items()
    }
    report(
        {
            "single_ratio": Share(medians["single"]["ours"] / medians["single"]["bare"], 0.8, 0.95),
            "burst_ratio": Share(medians["burst"]["ours"] / medians["single"]["bare"], 5, 25),
            "last_client_p90_ms": Goal(statistics.quantiles(taken, n=10)[-1], limit=10.0, aim=4.0),
        },
        {
            "clients": CLIENTS,
            "deliveries_per_cpu_second": {
                how: {kind: round(value) for kind, value in of.items()}
                for how, of in medians.items()
            },
            "last_client_p50_ms": round(statistics.median(taken), 2),
        },
    )


async def rate(crowd: Crowd, times: int, count: int) -> tuple[float, list[float]]:
    """Deliveries per second of the server's processor time, and the waits in milliseconds."""
    before = crowd.seconds()
    waits = [await crowd.publish(count) for _ in range(times)]
    return times * count * CLIENTS / (crowd.seconds() - before), waits


@contextmanager
def served(kind: str) -> Iterator[Crowd]:
    """A server in a process of its own."""
    server = subprocess.Popen(
        [sys.executable, __file__, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Crowd(server, kind)
    finally:
        server.kill()
        server.communicate()


# --- the servers


async def serve(kind: str) -> None:
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        publish, port, token, size = await (_ours(folder) if kind == "ours" else _bare())
        print(port, token, size, flush=True)
        orders = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        while order := await orders.readline():
            for _ in range(int(order)):
                publish()


async def _ours(folder: str) -> tuple[Callable[[], None], int, str, int]:
    from ringlet.daemon.handlers import Handlers
    from ringlet.daemon.http.server import HttpServer
    from ringlet.daemon.metrics import Metrics

    quarantine = Quarantine(Path(folder, "quarantine"))
    access = Access(Path(folder, "token"), learn=lambda token: None, quarantine=quarantine)
    access.prepare()
    stream = EventStream()
    listener = listen(0)
    port = port_of(listener)
    server = HttpServer(
        listener,
        handlers=Handlers(cast(Any, None), shut_down=print),  # nothing but events is asked for
        access=access,
        events=stream,
        allowed_hosts=(),
        max_websockets=CLIENTS,
        metrics=Metrics(stream),
        telemetry=cast(Any, None),
        on_activity=lambda: None,
    )
    await server.start()
    token = access.redeem(access.issue_code())
    return (lambda: stream.publish("ProfileStarted", DATA)), port, token, len(_text()) + 4


async def _bare() -> tuple[Callable[[], None], int, str, int]:
    transports: list[asyncio.Transport] = []

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transports.append(transport)

    def publish() -> None:
        text = _text()
        for transport in transports:
            transport.write(text)

    listener = listen(0)  # as ours is: TCP_NODELAY makes more packets, which cost both the same
    await asyncio.get_running_loop().create_server(Bare, sock=listener)
    return publish, port_of(listener), "-", len(_text())


def _text() -> bytes:
    """The JSON of an event; all of them are of one length."""
    now = datetime.now(UTC).replace(microsecond=123456)
    return msgspec.json.encode(Event("ProfileStarted", now, DATA, time.time_ns() // 1000))


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]) if len(sys.argv) > 1 else main())
