"""Run a command in this process: whatever is about the daemon, help, and reads without one."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from ringlet.store import umask
from ringlet.wire.relay import Invocation, seen_from

if TYPE_CHECKING:
    from ringlet.cli.service import DaemonControl
    from ringlet.commands.caller import Caller
    from ringlet.engine.services import Services


def run(argv: list[str], *, reason: str = "") -> int:
    """Run the command here. `reason` says why no daemon serves it: then only reads work."""
    from ringlet.cli.actions import perform
    from ringlet.cli.output import write
    from ringlet.cli.service import DaemonControl
    from ringlet.commands.direct import DirectCaller

    umask.be_private()
    caller = DirectCaller(_invocation(argv), perform, write)
    control = DaemonControl(os.environ)
    try:
        status = asyncio.run(_execute(caller, control, reason))
    except KeyboardInterrupt:
        status = 130
    finally:
        caller.write()
    umask.give_back()
    # The daemon has an event loop of its own, so it starts when that of the command has ended.
    return status if control.wanted is None else control.be_daemon()


async def _execute(caller: Caller, control: DaemonControl, reason: str) -> int:
    from ringlet.commands.execute import execute
    from ringlet.domain.rights import USER

    services = _offline_services() if reason else None
    origins = services.origins if services else None
    origin = await origins.of_process(caller, os.getpid()) if origins else USER
    return await execute(caller, services=services, control=control, offline=reason, origin=origin)


def _offline_services() -> Services | None:
    """The use cases without a daemon, if the files can be read.

    Commands that change something refuse to use them.
    """
    from ringlet.daemon.app import App
    from ringlet.daemon.parts.base import Place
    from ringlet.daemon.redaction import Redactor
    from ringlet.store.paths import Paths
    from ringlet.store.settings import load_settings

    paths = Paths.find(os.environ)
    settings, _ = load_settings(paths.settings)
    try:
        return App(
            paths,
            settings,
            environ=os.environ,
            place=Place(),
            redactor=Redactor(),
            read_only=True,
        )
    except OSError:
        return None


def _invocation(argv: list[str]) -> Invocation:
    try:
        cwd = os.getcwd()
    except OSError:  # the folder was deleted under us
        cwd = ""
    try:
        columns = os.get_terminal_size(1).columns
    except OSError:
        columns = 0
    return Invocation(
        argv=argv,
        cwd=cwd,
        columns=max(20, columns or 80),
        terminals=(os.isatty(0), os.isatty(1), os.isatty(2)),
        environ=seen_from(cwd, os.environ),
    )
