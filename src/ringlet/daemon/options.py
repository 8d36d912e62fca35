"""Options of the daemon's own process."""

from __future__ import annotations

import msgspec

from ringlet.commands.following import LEVELS
from ringlet.domain.settings import parse_idle_timeout


class Options(msgspec.Struct, frozen=True):
    """`inherited` means that descriptors 3 (socket) and 4 (lock) were passed by a client.

    `endpoint` is a socket path or tcp:// URL, None for the usual one; `idle_timeout` and
    `log_level` None leave it to the settings.
    """

    inherited: bool = False
    stay_alive: bool = False
    endpoint: str | None = None
    idle_timeout: float | None = None
    log_level: str | None = None


def parse_options(argv: list[str]) -> Options:
    """Parse what the command line has checked already; raises ValueError for unknown options."""
    values: dict[str, str] = {}
    flags: set[str] = set()
    for argument in argv:
        name, equals, value = argument.partition("=")
        if equals:
            values[name] = value
        else:
            flags.add(name)
    unknown = (flags - {"--inherited", "--stay-alive"}) | (
        values.keys() - {"--socket", "--idle-timeout", "--log-level"}
    )
    if unknown:
        raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
    timeout = values.get("--idle-timeout")
    level = values.get("--log-level")
    return Options(
        inherited="--inherited" in flags,
        stay_alive="--stay-alive" in flags,
        endpoint=values.get("--socket"),
        idle_timeout=parse_idle_timeout(timeout) if timeout is not None else None,
        log_level=level if level in LEVELS else None,
    )
