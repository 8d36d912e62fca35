"""Reach a daemon that lives, as its lock tells, but does not answer where clients look for it."""

from __future__ import annotations

import os
import time

from ringlet.cli.link import Link, LinkRefused, connect
from ringlet.store import instance, locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
else:
    import _signal as signal

_POLL_SECONDS = 0.02


def find(config: str, socket_path: str) -> Link | None:
    """A link to a daemon at one of the two places where one may listen."""
    for endpoint in (locations.recorded_endpoint(config), socket_path):
        if endpoint:
            try:
                return connect(endpoint)
            except LinkRefused:
                continue
    return None


def recover(config: str, socket_path: str, seconds: float) -> Link | None:
    """A link to the daemon that holds the lock; None once nobody does.

    One whose socket was removed is asked to listen anew, one that is shutting down gets time for
    that. Raises InstanceError with what to do when it does neither for so long.
    """
    lock = os.path.join(config, locations.LOCK_FILE)
    deadline = time.monotonic() + seconds
    asked = False
    while instance.is_locked(lock):
        if link := find(config, socket_path):
            return link
        if time.monotonic() > deadline:
            raise instance.InstanceError(describe_silence(config))
        asked = asked or _ask_to_listen(lock)
        time.sleep(_POLL_SECONDS)
    return None


def describe_silence(config: str, endpoint: str = "") -> str:
    """Why the daemon does not answer, as far as can be told, and the next step."""
    from ringlet.runtime import processtable

    lock = os.path.join(config, locations.LOCK_FILE)
    pid = instance.holder(lock)
    if not instance.is_locked(lock):
        return (
            f"what listens on {endpoint} is no daemon of this configuration; end it, or choose "
            "another endpoint"
        )
    if pid is None:
        return f"something holds the lock in {config} and does not answer; is a daemon starting?"
    row = processtable.row(pid)
    if row and row.state == "T":
        return f"the daemon (process {pid}) is stopped; let it go on with: kill -CONT {pid}"
    return f"the daemon (process {pid}) does not answer; end it with: kill -KILL {pid}"


def describe_starter(lock: str, seconds: float) -> str:
    """Who has been starting a daemon for so long, and the next step."""
    from ringlet.runtime import processtable

    pid = instance.holder(lock)
    if pid is None:
        return f"another program has held {lock} for {seconds:g} s; see which with: fuser {lock}"
    row = processtable.row(pid)
    if row and row.state == "T":
        return (
            f"process {pid}, which was to start the daemon, is stopped; let it go on with: "
            f"kill -CONT {pid}"
        )
    return (
        f"process {pid} has been starting the daemon for more than {seconds:g} s; "
        f"end it with: kill -KILL {pid}"
    )


def _ask_to_listen(lock: str) -> bool:
    """Whether there is somebody to ask; see the hangup signal in `ringlet.daemon.main`."""
    from ringlet.runtime.process import Process, send, start_time

    pid = instance.holder(lock)
    start = start_time(pid) if pid else None
    if pid is None or start is None or instance.holder(lock) != pid:
        return False
    return send(Process(pid, start), signal.SIGHUP)
