"""Readings that are killed while transcripts grow, shrink and are replaced."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

from msgspec.structs import replace
from tests.corpus import write_corpus
from tests.unit.usage.world import Follower

from ringlet.store.ledger.exchange import Record

_ROOT: Final = Path(__file__).resolve().parents[3]
_ROUND: Final = 500_000  # bytes of transcripts for each round
_LONGEST: Final = 0.08  # seconds until a reading is killed
_READ: Final = """
import sys
from pathlib import Path
from tests.unit.usage.world import Follower
follower = Follower(Path(sys.argv[1]), Path(sys.argv[2]))
print("begun", flush=True)
follower.refresh()
"""


class Outcome(NamedTuple):
    """How it went: `killed` readings had not ended; `rows` and `rebuilt` are the same, or else."""

    rounds: int
    killed: int
    rows: dict[str, Record]
    rebuilt: dict[str, Record]
    calls: int


def kill_readings(folder: Path, *, rounds: int, seed: int) -> Outcome:
    """Read by processes that are killed, then to the end; and all at once, into another ledger."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, as far as a kill can be
    source, home = folder / "source", folder / "home"
    write_corpus(source, size=rounds * _ROUND, seed=seed, talk=0.02)
    agents = _Agents(source, home, chance)
    killed = 0
    for _ in range(rounds):
        for _ in range(12):
            agents.write()
        killed += _read_and_kill(agents, home, folder / "killed.db", chance.random() * _LONGEST)
    agents.finish()
    last, clean = (Follower(home, folder / f"{name}.db") for name in ("killed", "clean"))
    try:
        last.refresh()
        clean.refresh()
        return Outcome(rounds, killed, _rows(last), _rows(clean), last.calls())
    finally:
        last.ledger.close()
        clean.ledger.close()


class _Agents:
    """Write the transcripts of `source` into `home`, piece by piece, and not without accidents.

    What is cut off is written again, so that in the end everything is there.
    """

    def __init__(self, source: Path, home: Path, chance: random.Random) -> None:
        self._chance = chance
        self._whole = {
            home / path.relative_to(source): path.read_bytes() for path in source.rglob("*.jsonl")
        }
        self._paths = sorted(self._whole)
        for path in self._paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

    def write(self) -> None:
        """Append to a file, cut it off anywhere, or put another one in its place."""
        path = self._chance.choice(self._paths)
        whole, size = self._whole[path], path.stat().st_size
        match self._chance.randrange(10):
            case 0:
                os.truncate(path, self._chance.randint(0, size))
            case 1:
                path.with_suffix(".new").write_bytes(whole[: self._chance.randint(0, len(whole))])
                path.with_suffix(".new").rename(path)
            case _:
                with path.open("ab") as file:
                    file.write(whole[size : size + self._chance.randrange(1, 60_000)])

    def finish(self) -> None:
        """Write all that is not there."""
        for path, whole in self._whole.items():
            with path.open("ab") as file:
                file.write(whole[path.stat().st_size :])


def _read_and_kill(agents: _Agents, home: Path, ledger: Path, seconds: float) -> bool:
    """Whether the reading was killed before its end; meanwhile the agents go on writing."""
    process = subprocess.Popen(
        [sys.executable, "-c", _READ, str(home), str(ledger)], cwd=_ROOT, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            agents.write()
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def _rows(follower: Follower) -> dict[str, Record]:
    """All rows by their key, without the number that the order of reading gave them."""
    return {
        record.key: replace(record, machine="", seq=0)
        for block in follower.ledger.records()
        for record in block
    }
