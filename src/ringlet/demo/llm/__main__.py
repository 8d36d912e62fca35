"""Run the loopback model on its own: `python -m ringlet.demo.llm`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from ringlet.demo.llm.seen import Seen
from ringlet.demo.llm.server import LoopbackModel
from ringlet.domain.errors import RingletError


def main(argv: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the first line on stdout is the base URL."""
    parser = argparse.ArgumentParser(prog="python -m ringlet.demo.llm", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 for any free port")
    parser.add_argument("--log", type=Path, help="append one JSON line per request to this file")
    options = parser.parse_args(argv)
    try:
        asyncio.run(_serve(options.port, options.log))
    except RingletError as error:
        print(f"Error: {error.message}. {error.hint}", file=sys.stderr)
        return 1
    return 0


async def _serve(port: int, log: Path | None) -> None:
    model = LoopbackModel(on_request=_recorder(log) if log else None)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await model.start(port=port)
    print(model.base_url, flush=True)
    await stopped.wait()
    await model.close()


def _recorder(path: Path) -> Callable[[Seen], None]:
    """Append to the file in one write each, so that a reader never sees half a line.

    The write is done in the loop: it is short and local, and whoever got an answer may rely on
    finding its line.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def record(seen: Seen) -> None:
        os.write(file, json.dumps(seen.as_dict()).encode() + b"\n")

    return record


if __name__ == "__main__":
    sys.exit(main())
