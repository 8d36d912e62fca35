"""Usage of a generated corpus, by Ringlet and by ccusage in the same run.

    benchmarks/usage.py [MEGABYTES] [TALK]        100 and 1 unless given

TALK is how much is said in the transcripts beside what counts: 1 as in real sessions, less for
more answers in a megabyte, for both programs to read.

Prints one JSON object. `warm_speedup` is how many times faster `ringlet usage daily --json` with a
running daemon is than `ccusage daily --json`, both as programs. `import_cpu_ratio` is the
processor time of ccusage, which reads everything each time, over that of Ringlet's one import,
ledger included. `visible_ms` is from an appended answer to the answer of a request that has it;
`grown_mb` is what the daemon grew by with everything indexed. Without ccusage (`make peers`) the
ratios are left out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import psutil
from measure import RINGLET, Account, Goal, Share, account, report, spread

_ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT))
from tests.corpus import write_corpus  # noqa: E402 - the same transcripts as in the tests
from tests.unit.usage.world import answer  # noqa: E402

CCUSAGE: Final = next(_ROOT.glob(".peers/node_modules/@ccusage/*/bin/ccusage"), None)
DAILY: Final = (RINGLET, "usage", "daily", "--period", "all", "--json")
ROUNDS: Final = 15


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    talk = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    with account() as user:
        write_corpus(user.home, size=megabytes << 20, talk=talk)
        user.run("agents", "list")
        daemon = user.daemon()
        assert daemon is not None
        before, busy = _memory(daemon), _seconds(daemon)
        took = _import(user)
        imported = _seconds(daemon) - busy
        warm = [user.milliseconds(DAILY) for _ in range(ROUNDS)]
        details: dict[str, Any] = {
            "megabytes": megabytes,
            "talk": talk,
            "import_wall_s": round(took, 3),
            "import_cpu_s": round(imported, 3),
            "daily_ms": spread(warm),
        }
        goals: dict[str, Goal | Share] = {
            "visible_ms": Goal(statistics.median(_visible(user) for _ in range(5)), limit=50.0),
            "grown_mb": Goal(_memory(daemon) - before, limit=20.0),
        }
        if CCUSAGE is not None:
            walls, cpu, peak = _ccusage(user)
            details["ccusage"] = {"wall_ms": spread(walls), "cpu_s": cpu, "peak_mb": peak}
            times = 150.0 if megabytes >= 1000 else 15.0
            faster = statistics.median(walls) / statistics.median(warm)
            goals["warm_speedup"] = Share(faster, least=times)
            goals["import_cpu_ratio"] = Share(cpu / imported, least=1.5)
    report(goals, details)


def _import(user: Account) -> float:
    """Seconds until a report is no longer partial."""
    began = time.perf_counter()
    while json.loads(user.run("usage", "daily", "--period", "all", "--json"))["partial"]:
        pass
    return time.perf_counter() - began


def _visible(user: Account) -> float:
    """Milliseconds from an appended answer to a report that counts it."""
    path = next((user.home / ".claude/projects").rglob("*.jsonl"))
    calls = _calls(user)
    line = answer(time.time_ns())
    began = time.perf_counter()
    with path.open("ab") as file:
        file.write(line)
    while _calls(user) == calls:
        pass
    return (time.perf_counter() - began) * 1000


def _calls(user: Account) -> int:
    return int(json.loads(user.run("usage", "models", "--json"))["total"]["calls"])


def _ccusage(user: Account) -> tuple[list[float], float, float]:
    """Wall milliseconds of three runs, processor seconds and peak megabytes of the last."""
    walls: list[float] = []
    seconds = peak = 0.0
    for _ in range(3):
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(CCUSAGE), "daily", "--json", "--offline"],
            stdout=subprocess.DEVNULL,
            env=user.environ,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        walls.append((time.perf_counter() - began) * 1000)
        seconds, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    return walls, round(seconds, 3), round(peak, 1)


def _memory(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / (1 << 20)


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
