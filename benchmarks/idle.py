"""What a daemon costs that nobody uses: wake-ups and processor time in 20 seconds, and memory.

Prints one JSON object. Wake-ups are the voluntary context switches of all threads: each is one
return from waiting. Memory is the daemon's share, with what it shares with others divided.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from measure import Account, Goal, account, report

PROFILES: Final = 50
IDLE_SECONDS: Final = 20.0
COMMANDS: Final = (
    ("agents", "list"),
    ("providers", "list"),
    ("profiles", "list"),
    ("profiles", "inspect", "work-00"),
    ("profiles", "list", "--json"),
)


@dataclass(frozen=True, slots=True)
class Activity:
    """What a process and its threads have done since they began; times in nanoseconds."""

    wake_ups: int
    cpu: int
    threads: int


def main() -> None:
    with account() as user:
        process = used_daemon(user)
        before = settled(process)
        time.sleep(IDLE_SECONDS)
        after = activity(process)
        memory = rollup(process)
    report(
        {
            "wake_ups": Goal(after.wake_ups - before.wake_ups, limit=0),
            "pss_mb": Goal(memory["Pss"], limit=45.0, aim=30.0),
        },
        {
            "seconds": IDLE_SECONDS,
            "cpu_ms": round((after.cpu - before.cpu) / 1e6, 3),
            "threads": after.threads,
            "memory_mb": {name: round(size, 2) for name, size in memory.items()},
        },
    )


def used_daemon(user: Account) -> Path:
    """The /proc folder of a daemon that has carried out a few commands."""
    user.add_profiles(PROFILES)
    for command in COMMANDS:
        user.run(*command)
    daemon = user.daemon()
    assert daemon is not None
    return Path("/proc") / str(daemon.pid)


def settled(process: Path) -> Activity:
    """The activity once the last command has been cleared away: it stands still for a second."""
    deadline = time.monotonic() + IDLE_SECONDS
    latest = activity(process)
    while time.monotonic() < deadline:
        time.sleep(1.0)
        before, latest = latest, activity(process)
        if before == latest:
            break
    return latest


def activity(process: Path) -> Activity:
    """The sum over all threads that now exist."""
    threads = list((process / "task").iterdir())
    return Activity(
        wake_ups=sum(voluntary_switches(thread) for thread in threads),
        cpu=sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads),
        threads=len(threads),
    )


def voluntary_switches(thread: Path) -> int:
    lines = (thread / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("voluntary"))


def rollup(process: Path) -> dict[str, float]:
    """Megabytes by the names of smaps_rollup."""
    lines = (process / "smaps_rollup").read_text().splitlines()[1:]
    sizes = {
        name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)
    }
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    chosen = {"Pss": sizes["Pss"], "Rss": sizes["Rss"], "Private": private}
    return {name: kibibytes * 1024 / 1e6 for name, kibibytes in chosen.items()}


if __name__ == "__main__":
    main()
