"""Wall time of a command against the start of the interpreter itself, with and without a daemon.

Prints one JSON object. `warm_ratio` is `profiles list` of 50 profiles by a running daemon over
`python -c pass`, `first_ratio` the same when no daemon runs; `extra_modules` is what the command
imports beyond the bare interpreter.
"""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Sequence
from typing import Final

from measure import BARE, RINGLET, Account, Goal, account, interleave, report, spread

PROFILES: Final = 50
WARM_ROUNDS: Final = 60
FIRST_ROUNDS: Final = 15
LIST: Final = (RINGLET, "profiles", "list")


def main() -> None:
    with account() as user:
        user.add_profiles(PROFILES)
        listed = user.run("profiles", "list").splitlines()
        assert len(listed) == PROFILES + 1, listed
        warm = interleave(
            {"bare": lambda: user.milliseconds(BARE), "list": lambda: user.milliseconds(LIST)},
            rounds=WARM_ROUNDS,
            warm_up=5,
        )
        extra = sorted(imports(user, LIST) - imports(user, BARE))
        first = interleave(
            {"bare": lambda: user.milliseconds(BARE), "list": lambda: first_command(user)},
            rounds=FIRST_ROUNDS,
            warm_up=2,
        )
    report(
        {
            "warm_ratio": Goal(ratio(warm["list"], warm["bare"]), limit=1.5, aim=1.25),
            "first_ratio": Goal(ratio(first["list"], first["bare"]), limit=8.0, aim=6.0),
        },
        {
            "warm": {name: spread(values) for name, values in warm.items()},
            "first": {name: spread(values) for name, values in first.items()},
            "extra_modules": {"count": len(extra), "names": extra},
        },
    )


def first_command(user: Account) -> float:
    """Milliseconds of the command that has to start the daemon."""
    user.end_daemon()
    return user.milliseconds(LIST)


def imports(user: Account, argv: tuple[str, ...]) -> set[str]:
    """The modules that a Python program imports in this account, by the interpreter's own log."""
    done = subprocess.run(
        argv,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=user.environ | {"PYTHONPROFILEIMPORTTIME": "1"},
        check=True,
    )
    rows = (line for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {row.rpartition("|")[2].strip() for row in rows}


def ratio(values: Sequence[float], floor: Sequence[float]) -> float:
    return statistics.median(values) / statistics.median(floor)


if __name__ == "__main__":
    main()
