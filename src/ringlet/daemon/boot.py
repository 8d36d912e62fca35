"""Start the daemon: the first client's answer first, everything else after."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ringlet.daemon.app import App
from ringlet.daemon.options import Options, parse_options
from ringlet.daemon.parts.base import Place
from ringlet.daemon.redaction import Redactor
from ringlet.daemon.slim import without
from ringlet.daemon.sockets import Sockets, claim
from ringlet.runtime.marks import RUN_ID, SERVICE
from ringlet.store import instance
from ringlet.store.paths import Paths
from ringlet.store.settings import load_settings
from ringlet.wire.relay import seen_from

if TYPE_CHECKING:
    from ringlet.domain.settings import Settings


def main(argv: list[str]) -> int:
    """Run until told to stop; the exit status. Errors before that go to the standard error."""
    try:
        options = parse_options(argv)
        paths = Paths.find(os.environ)
        sockets = claim(paths, options)
        _settle_down()
    except (ValueError, instance.InstanceError) as error:
        print(f"ringletd: {error}", file=sys.stderr)
        return 1
    try:
        _serve(paths, options, sockets)
    finally:
        sockets.release(paths)
    return 0


def _settle_down() -> None:
    """Be nobody's child: keep no folder busy, find no program there, belong to no run."""
    os.environ.update(seen_from("", os.environ))
    os.environ.pop(RUN_ID, None)
    os.environ[SERVICE] = "1"
    os.chdir("/")


def _serve(paths: Paths, options: Options, sockets: Sockets) -> None:
    settings, problem = load_settings(paths.settings)
    app = App(
        paths,
        settings,
        environ=os.environ,
        place=_place(settings, options, sockets),
        redactor=Redactor(),
    )
    app.problems.extend([problem] if problem else [])
    waiting = []
    if options.inherited:
        from ringlet.daemon.first import answer_first

        waiting = answer_first(sockets.requests, app)
    # asyncio loads `ssl` only in case somebody serves TLS, which nobody does on loopback.
    with without("ssl"):
        from ringlet.daemon.main import serve

    serve(app, paths, settings, options, sockets, waiting)


def _place(settings: Settings, options: Options, sockets: Sockets) -> Place:
    timeout = settings.daemon.idle_timeout_secs
    if options.idle_timeout is not None:
        timeout = options.idle_timeout
    return Place(sockets.endpoint, sockets.events_path, timeout, options.stay_alive)
