"""What 10,000 profiles cost: the start of the daemon, a listing, and memory.

Prints one JSON object. The listing is measured on the daemon's own request socket, from the
request to the last byte of the reply, as people get it (a table) and as programs do (JSON).
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import msgspec
from idle import rollup
from measure import Account, Goal, account, report, spread

from ringlet.cli.link import Link, connect
from ringlet.store import locations
from ringlet.wire.relay import MAGIC

PROFILES: Final = 10_000
LISTINGS: Final = 15


def main() -> None:
    with account() as user:
        user.add_profiles(PROFILES)
        began = time.perf_counter()
        first = user.run("profiles", "list")
        start_ms = (time.perf_counter() - began) * 1e3
        assert first.count("\n") == PROFILES + 1, "the first listing is not whole"
        link = linked(user)
        table = [timed(link, relayed()) for _ in range(LISTINGS)]
        rows = [timed(link, b'{"type":"profiles_list"}') for _ in range(LISTINGS)]
        daemon = user.daemon()
        assert daemon is not None
        memory = rollup(Path("/proc") / str(daemon.pid))
    spreads = {"table": spread(table), "rows": spread(rows)}
    report(
        {
            "first_listing_ms": Goal(start_ms, limit=3000.0),
            "table_ms": Goal(spreads["table"]["p50_ms"], limit=300.0),
            "rows_ms": Goal(spreads["rows"]["p50_ms"], limit=300.0),
            "rss_mb": Goal(memory["Rss"], limit=150.0),
        },
        {**spreads, "memory_mb": {name: round(size, 2) for name, size in memory.items()}},
    )


def linked(user: Account) -> Link:
    endpoint = locations.recorded_endpoint(str(user.config))
    assert endpoint is not None
    return connect(endpoint)


def relayed() -> bytes:
    """The forwarded command line `ringlet profiles list`."""
    return MAGIC + b"\0".join([b"", b"/", b"120", b"ttt", b"0", b"profiles", b"list"])


def timed(link: Link, request: bytes) -> float:
    began = time.perf_counter()
    reply = link.call(request)
    took = (time.perf_counter() - began) * 1e3
    assert len(reply) > PROFILES * 50, reply[:200]
    if request.startswith(b"{"):
        assert len(msgspec.json.decode(reply)["data"]) == PROFILES
    return took


if __name__ == "__main__":
    main()
