"""Usage of a generated corpus, by Ringlet and by ccusage in the same run.

    benchmarks/usage.py [MEGABYTES] [TALK]        100 and 1 unless given

TALK is how much is said in the transcripts beside what counts: 1 as in real sessions, less for
more answers in a megabyte, for both programs to read.

Prints one JSON object. `warm_speedup` is how many times faster `ringlet usage daily --json` with a
running daemon is than `ccusage daily --json`, both as programs. `import_cpu_ratio` is the
processor time of ccusage, which reads everything each time, over that of Ringlet's one import,
ledger included; `import_memory_ratio` what the daemon, all of it, used at most meanwhile, over
what ccusage does. `visible_ms` is from an appended answer to the answer of a request over HTTP
that has it, `grown_mb` what the daemon, settled before, has grown by with everything indexed.
Without ccusage (`make peers`) the ratios are left out.
"""

from __future__ import annotations

import contextlib
import http.client
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
_SETTLED: Final = 3.0  # seconds


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    talk = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    with account() as user:
        write_corpus(user.home, size=megabytes << 20, talk=talk)
        user.run("agents", "list")
        time.sleep(_SETTLED)  # the part that speaks HTTP is loaded after the first answer
        daemon = user.daemon()
        assert daemon is not None
        before, busy = _memory(daemon), _seconds(daemon)
        took = _import(user)
        imported, peak = _seconds(daemon) - busy, _peak(daemon)
        warm = [user.milliseconds(DAILY) for _ in range(ROUNDS)]
        details: dict[str, Any] = {
            "megabytes": megabytes,
            "talk": talk,
            "import_wall_s": round(took, 3),
            "import_cpu_s": round(imported, 3),
            "import_peak_mb": peak,
            "daily_ms": spread(warm),
        }
        goals: dict[str, Goal | Share] = {
            "visible_ms": Goal(statistics.median(_visible(user) for _ in range(15)), limit=50.0),
            "grown_mb": Goal(_memory(daemon) - before, limit=20.0),
        }
        if CCUSAGE is not None:
            walls, cpu, most = _ccusage(user)
            details["ccusage"] = {"wall_ms": spread(walls), "cpu_s": cpu, "peak_mb": most}
            times = 150.0 if megabytes >= 1000 else 15.0
            faster = statistics.median(walls) / statistics.median(warm)
            goals["warm_speedup"] = Share(faster, least=times)
            goals["import_cpu_ratio"] = Share(cpu / imported, least=1.5)
            goals["import_memory_ratio"] = Goal(peak / most, limit=0.7)
    report(goals, details)


def _import(user: Account) -> float:
    """Seconds until a report is no longer partial."""
    began = time.perf_counter()
    while json.loads(user.run("usage", "--json"))["partial"]:
        pass
    return time.perf_counter() - began


def _visible(user: Account) -> float:
    """Milliseconds from an appended answer to an answer over HTTP that counts it."""
    path = next((user.home / ".claude/projects").rglob("*.jsonl"))
    address = (user.config / "http-endpoint").read_text()
    connection = http.client.HTTPConnection(address.removeprefix("http://"))
    token = (user.config / "http_token").read_text()
    with contextlib.closing(connection):
        calls = _calls(connection, token)
        line = answer(time.time_ns())
        began = time.perf_counter()
        with path.open("ab") as file:
            file.write(line)
        while _calls(connection, token) == calls:
            pass
        return (time.perf_counter() - began) * 1000


def _calls(connection: http.client.HTTPConnection, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    connection.request("GET", "/api/usage/report?period=all", headers=headers)
    return int(json.loads(connection.getresponse().read())["data"]["total"]["calls"])


def _ccusage(user: Account) -> tuple[list[float], float, float]:
    """Wall milliseconds of three runs, processor seconds and peak megabytes of the last."""
    walls: list[float] = []
    seconds = peak = 0.0
    assert CCUSAGE is not None
    CCUSAGE.chmod(0o755)  # npm leaves that to its launcher, which costs more than the program
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


def _peak(process: psutil.Process) -> float:
    """The most megabytes that a process ever used."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    main()
