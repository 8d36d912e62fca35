"""What a script costs: the import of the interpreter, the Claude script, and a script without end.

Prints one JSON object. `import_ms` is what importing the interpreter adds to `python -c pass`;
`first_ms` adds the first run of the Claude script to that. `claude_ms` is parsing and running it in
a process that has it all loaded, `endless_ms` what `loop {}` gets before it is stopped.
"""

from __future__ import annotations

import compileall
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from measure import BARE, Goal, account, interleave, report, spread

import ringlet.scripting
from ringlet.agents.catalogs import Catalogs
from ringlet.domain.preferences import HookPreferences, McpPreferences, Preferences
from ringlet.domain.providers import Api
from ringlet.scripting import host, rhai
from ringlet.scripting.context import ScriptInput, build_context
from ringlet.scripting.locating import ScriptFolders, find_script

ROUNDS: Final = 40
WARM_UP: Final = 3
NOWHERE: Final = Path("/nonexistent")
IMPORT: Final = (sys.executable, "-c", "import ringlet.scripting.rhai")
FIRST: Final = (
    sys.executable,
    "-c",
    "from ringlet.scripting.rhai import compile; compile('let a = [1]; a.len()').run()",
)


def describe() -> dict[str, object]:
    """The scope of a Claude profile with hooks and MCP servers."""
    catalogs = Catalogs(NOWHERE, NOWHERE)
    wanted = Preferences(HookPreferences(auto_format=True), McpPreferences(filesystem=True))
    provider = catalogs.providers.get("minimax")
    given = ScriptInput(
        agent=catalogs.agents.get("claude"),
        provider=provider,
        api=Api.MESSAGES,
        endpoint_id="international",
        endpoint=provider.endpoints["international"],
        model="MiniMax-M2.1",
        alias="work",
        home="/home/bench/.claude-profiles/work",
        has_key=True,
        project_dir="/home/bench/project",
        preferences=wanted,
    )
    return build_context(given)


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that the work takes."""
    began = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - began) / 1e6


def main() -> None:
    compileall.compile_dir(Path(ringlet.scripting.__file__).parent, quiet=1)
    text = find_script("claude.rhai", ScriptFolders(NOWHERE, NOWHERE)).text
    scope = describe()

    def claude() -> None:
        program = rhai.compile(text)
        program.run(scope, modules=host.MODULES, functions=host.FUNCTIONS)

    def endless() -> None:
        try:
            rhai.compile("loop {}").run()
        except rhai.RunError:
            return
        raise AssertionError("it ended by itself")

    with account() as bench:
        taken = interleave(
            {
                "floor": lambda: bench.milliseconds(BARE),
                "import": lambda: bench.milliseconds(IMPORT),
                "first": lambda: bench.milliseconds(FIRST),
                "claude": lambda: timed(claude),
                "endless": lambda: timed(endless),
            },
            rounds=ROUNDS,
            warm_up=WARM_UP,
        )
    median = {name: statistics.median(values) for name, values in taken.items()}
    report(
        {
            "import_ms": Goal(median["import"] - median["floor"], limit=15),
            "claude_ms": Goal(median["claude"], limit=5),
            "endless_ms": Goal(median["endless"], limit=100),
        },
        {
            "first_ms": round(median["first"] - median["floor"], 2),
            "import_over_floor": round(median["import"] / median["floor"], 2),
            "claude_over_floor": round(median["claude"] / median["floor"], 3),
            **{name: spread(values) for name, values in taken.items()},
        },
    )


if __name__ == "__main__":
    main()
