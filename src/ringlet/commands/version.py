"""`ringlet version`: this program and its daemon, and where they keep things."""

from __future__ import annotations

import platform
import sys
from typing import Any

import click

from ringlet import __version__
from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.store import locations
from ringlet.store.paths import Paths
from ringlet.wire.protocol import PROTOCOL_VERSION


@click.command("version", cls=Command, epilog=examples("ringlet version", "ringlet version --json"))
@click.pass_obj
async def group(session: Session) -> None:
    """Show versions and places; those of the daemon, too, if one runs."""
    environ = session.caller.invocation.environ
    paths = Paths.find(environ)
    daemon = session.control.status() if session.control else None
    given = locations.setting(environ, "DAEMON_ENDPOINT")
    data: dict[str, Any] = {
        "version": __version__,
        "protocol": PROTOCOL_VERSION,
        "python": platform.python_version(),
        "python_path": sys.executable,
        "platform": platform.platform(terse=True),
        "config": str(paths.settings),
        "config_dir": str(paths.config),
        "state_dir": str(paths.state),
        "endpoint": given or locations.default_socket(environ, str(paths.config)),
        "log_file": str(paths.logs / "ringletd.log"),
        "daemon": {key: daemon[key] for key in ("version", "protocol", "pid")} if daemon else None,
    }
    if daemon:
        data["endpoint"] = daemon["endpoint"]
    session.show(data, lambda: _describe(session, data))


def _describe(session: Session, data: dict[str, Any]) -> list[str]:
    daemon = data["daemon"]
    running = "not running"
    if daemon:
        running = f"{daemon['version']} (protocol {daemon['protocol']}, process {daemon['pid']})"
        if daemon["version"] != data["version"]:
            running += "; another version: ringlet daemon restart"
    return session.facts(
        ("Ringlet", f"{data['version']} (protocol {data['protocol']})"),
        ("Daemon", running),
        ("Settings", data["config"]),
        ("Configuration", data["config_dir"]),
        ("State", data["state_dir"]),
        ("Endpoint", data["endpoint"]),
        ("Log", data["log_file"]),
        ("Python", f"{data['python']} ({data['python_path']})"),
        ("System", data["platform"]),
    )
