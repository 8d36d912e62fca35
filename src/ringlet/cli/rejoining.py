"""Commands that follow what happens outlive the daemon: they wait for the next one and go on."""

from __future__ import annotations

import os
import time

from ringlet.cli import relay
from ringlet.cli.actions import DaemonWent, is_read
from ringlet.cli.link import Link, LinkLost, LinkRefused, LinkSilent
from ringlet.cli.output import end_unread, write

_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 5.0


def carry_on(link: Link, reply: bytes, argv: list[str]) -> int:
    """Finish an answer as `relay.carry_on` does, by as many daemons as it takes."""
    while True:
        try:
            return relay.carry_on(link, reply)
        except DaemonWent as went:
            link.close()
            why = went.reason or "without a word"
            write(2, f"ringlet: the daemon has gone ({why}); waiting for the next one\n".encode())
            link, reply = _next(_resumed(argv, went))
        write(2, b"ringlet: connected again\n")


def _resumed(argv: list[str], went: DaemonWent) -> list[str]:
    """The command line that goes on where the last one ended."""
    if went.since is None:
        return argv
    return [*argv, "--since", str(went.since), *(["--told-of-end"] if went.reason else [])]


def _next(argv: list[str]) -> tuple[Link, bytes]:
    """A link to the next daemon and its answer; it ends all once nobody reads ours any more."""
    pause = _FIRST_SECONDS
    while is_read():
        # Many wait at once: they do not all come in the same moment.
        time.sleep(pause * (0.5 + os.urandom(1)[0] / 512))
        pause = min(2 * pause, _LONGEST_SECONDS)
        link = relay.find()
        if link is None:
            continue
        try:
            reply = link.call(relay.request(argv, link))
        except (LinkRefused, LinkLost, LinkSilent):
            continue
        if reply[:1] not in (b"~", b"!"):
            return link, reply
        link.close()
    end_unread()
