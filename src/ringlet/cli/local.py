"""Run a command in this process: whatever is about the daemon, help, and reads without one."""

from __future__ import annotations

import asyncio
import os
import sys

from ringlet.wire.relay import Invocation


def wants(argv: list[str]) -> bool:
    """Whether the command should not start a daemon: somebody only asks for help."""
    before = argv[: argv.index("--")] if "--" in argv else argv
    return any(argument in ("--help", "-h") for argument in before)


def run(argv: list[str], *, reason: str = "") -> int:
    """Run the command here. `reason` says why no daemon serves it: then only reads work."""
    from ringlet.cli.actions import perform
    from ringlet.cli.service import DaemonControl
    from ringlet.commands.direct import DirectCaller
    from ringlet.commands.execute import execute

    caller = DirectCaller(_invocation(argv), lambda action, detail: perform(action, detail, None))
    control = DaemonControl(os.environ)
    try:
        return asyncio.run(execute(caller, control=control, offline=reason))
    except KeyboardInterrupt:
        return 130


def _invocation(argv: list[str]) -> Invocation:
    try:
        columns = os.get_terminal_size(1).columns
    except OSError:
        columns = 80
    return Invocation(
        argv=argv,
        cwd=os.getcwd(),
        columns=columns,
        terminals=(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty()),
        environ=dict(os.environ),
    )
