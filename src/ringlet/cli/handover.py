"""Report the end of a run to the next daemon, when the one that planned it has gone."""

from __future__ import annotations

import json

from ringlet.cli import start
from ringlet.cli.link import LinkLost, LinkRefused, LinkSilent
from ringlet.cli.output import say_error
from ringlet.store.instance import InstanceError


def report(run_id: str, result: tuple[bytes, ...], code: int) -> bytes:
    """Tell it, starting it if needed; returns what a daemon would have answered at the end."""
    _, _, cpu, peak = result
    request = {
        "type": "profiles_complete",
        "run_id": run_id,
        "exit_code": code,
        "cpu_seconds": float(cpu),
        "peak_memory_bytes": int(peak),
    }
    try:
        start.ensure().call(json.dumps(request).encode())
    except (InstanceError, LinkRefused, LinkLost, LinkSilent) as error:
        say_error(f"ringlet: the end of this run could not be recorded: {error}")
    return b"%d 0\n" % (code if code >= 0 else 128 - code)
