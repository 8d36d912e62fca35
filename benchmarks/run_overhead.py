"""What running an agent under a profile adds to starting the same program by hand.

Prints one JSON object. The agent is a copy of `true`, which does nothing, so the difference of
the medians is Ringlet's own time: plan, script, environment, start, supervision, record.
"""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path
from typing import Final

from measure import BARE, RINGLET, Account, Goal, account, interleave, report, spread

ROUNDS: Final = 40
ALIAS: Final = "fast"
AGENT: Final = "fastagent"
MANIFEST: Final = f"""\
id = "{AGENT}"
name = "An agent that does nothing"
binary = "{AGENT}"

[profile]
source_home = "~/.fastagent-profiles/{{alias}}"
script = "{AGENT}.rhai"
default_provider = "self"
"""
SCRIPT: Final = """\
#{ files: #{ "settings.json": `{"model": "${provider.model}"}` }, env: #{}, args: [] }
"""


def main() -> None:
    with account() as user:
        program = install_agent(user)
        user.run("profiles", "create", AGENT, ALIAS, "--provider", "self", "--no-alias")
        by_hand = (str(program), "--version")
        by_ringlet = (RINGLET, "profiles", "run", ALIAS, "--", "--version")
        assert user.run(*by_ringlet[1:]).startswith("true ")
        times = interleave(
            {
                "bare": lambda: user.milliseconds(BARE),
                "by_hand": lambda: user.milliseconds(by_hand),
                "by_ringlet": lambda: user.milliseconds(by_ringlet),
            },
            rounds=ROUNDS,
            warm_up=5,
        )
    medians = {name: statistics.median(values) for name, values in times.items()}
    overhead = medians["by_ringlet"] - medians["by_hand"]
    report(
        {"overhead_ms": Goal(overhead, limit=60.0)},
        {
            "overhead_ratio": round(overhead / medians["bare"], 3),
            "times": {name: spread(values) for name, values in times.items()},
        },
    )


def install_agent(user: Account) -> Path:
    """Put the program on the account's PATH, with a manifest and a script; returns its path."""
    true = shutil.which("true")
    assert true is not None
    program = user.programs / AGENT
    shutil.copy2(true, program)
    for folder, name, text in (
        ("agents.d", f"{AGENT}.toml", MANIFEST),
        ("scripts", f"{AGENT}.rhai", SCRIPT),
    ):
        place = user.config / folder
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        (place / name).write_text(text)
    return program


if __name__ == "__main__":
    main()
