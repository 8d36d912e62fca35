"""Start the daemon: the first client's answer first, everything else after."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ringlet.daemon import folders
from ringlet.daemon.app import App
from ringlet.daemon.options import Options, parse_options
from ringlet.daemon.parts.base import Place
from ringlet.daemon.redaction import Redactor
from ringlet.daemon.slim import without
from ringlet.daemon.sockets import Sockets, claim, complete, inherited
from ringlet.runtime.marks import RUN_ID, SERVICE
from ringlet.store import locations, umask
from ringlet.store.paths import Paths
from ringlet.store.settings import load_settings
from ringlet.wire.relay import seen_from

if TYPE_CHECKING:
    import signal

    from ringlet.domain.settings import Settings
else:
    import _signal as signal  # the same functions without the enumerations

_FEWEST_DESCRIPTORS = 64  # it works with some twenty, and then the first clients come
_MOST_DESCRIPTORS = 4096  # programs that we start inherit it, and some look at each


def main(argv: list[str]) -> int:
    """Run until told to stop; the exit status.

    An error before that goes to the standard error, and to the clients that wait for an answer.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])  # until we know what to do on it
    umask.be_private()
    listener: socket.socket | None = None
    sockets: Sockets | None = None
    waiting: list[socket.socket] = []
    try:
        options = parse_options(argv)
        listener = inherited() if options.inherited else None
        if problem := locations.complaint(os.environ):
            raise ValueError(problem)
        paths = Paths.find(os.environ)
        sockets = claim(paths, options) if listener is None else complete(listener)
        serve = _prepare(paths, options, sockets, waiting)
    except Exception as error:
        # The edge of the start: whoever waits for this daemon must hear of any reason.
        if sockets is not None:
            sockets.withdraw(paths)
        return _give_up(error, listener, waiting)
    try:
        serve()
    finally:
        sockets.release(paths)
    return 0


def _give_up(error: Exception, listener: socket.socket | None, waiting: list[socket.socket]) -> int:
    from ringlet.daemon.refusal import explain, refuse
    from ringlet.domain.legible import legible

    reason = explain(error)
    print(f"ringletd: {legible(reason)}", file=sys.stderr)
    if listener is not None:
        refuse(listener, waiting, reason)
    return 1


def _settle_down() -> None:
    """Be nobody's child: keep no folder busy, find no program there, belong to no run."""
    os.environ.update(seen_from("", os.environ))
    if os.environ.pop(RUN_ID, None) is not None:
        for name in locations.FOLDERS:
            os.environ.pop(name, None)
    os.environ[SERVICE] = "1"
    os.chdir("/")


def _claim_descriptors() -> None:
    """Take as many as we may have, since each client, run and terminal needs some."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _MOST_DESCRIPTORS:
        most = _MOST_DESCRIPTORS
        soft = most if hard == resource.RLIM_INFINITY else max(soft, min(most, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft < _FEWEST_DESCRIPTORS:
            raise ValueError(
                f"only {soft} files may be open here, and the daemon needs {_FEWEST_DESCRIPTORS}; "
                "raise the limit with: ulimit -n 1024"
            )


def _prepare(
    paths: Paths, options: Options, sockets: Sockets, waiting: list[socket.socket]
) -> Callable[[], None]:
    """Everything up to where the daemon serves; connections that are left open go to `waiting`."""
    _settle_down()
    _claim_descriptors()
    problems = folders.prepare(paths)
    settings, _ = load_settings(paths.settings)
    app = App(
        paths,
        settings,
        environ=os.environ,
        place=_place(settings, options, sockets),
        redactor=Redactor(),
    )
    app.problems.extend(problems)
    if options.inherited:
        from ringlet.daemon.first import answer_first

        waiting += answer_first(sockets.requests.sock, app)
    # asyncio loads `ssl` only in case somebody serves TLS, which nobody does on loopback.
    with without("ssl"):
        from ringlet.daemon.main import make

    return make(app, paths, settings, options, sockets, waiting)


def _place(settings: Settings, options: Options, sockets: Sockets) -> Place:
    timeout = settings.daemon.idle_timeout_secs
    if options.idle_timeout is not None:
        timeout = options.idle_timeout
    return Place(
        endpoint=sockets.requests.name,
        events_endpoint=sockets.events.name,
        idle_timeout=timeout,
        stay_alive=options.stay_alive,
        timed=options.idle_timeout is not None,
        log_level=options.log_level or "",
    )
