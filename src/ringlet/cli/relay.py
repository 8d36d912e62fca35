"""Send the command line to the daemon as it is and write back what it answers.

The daemon parses, runs and renders (it has everything imported and warm); what needs the
caller's own terminal comes back as an action. See `ringlet.wire.relay` for the other side.
"""

from __future__ import annotations

import os

from ringlet import __version__
from ringlet.cli.link import Link, LinkLost, LinkRefused, LinkSilent, connect
from ringlet.cli.output import say_error, write
from ringlet.store import locations

_ATTEMPTS = 3
_AGAIN, _FAILED = b"~", b"!"


def run(argv: list[str]) -> int:
    """Run one command by the daemon and return its exit status."""
    stray = False
    for _ in range(_ATTEMPTS):
        link = None if stray else find()
        if link is None:
            if argv[:1] == ["__complete"]:
                return _run_here(argv, "completion starts none")
            if _wants_help(argv):  # no reason to start a daemon
                return _run_here(argv)
            from ringlet.cli import start
            from ringlet.store.instance import InstanceError

            try:
                link = start.ensure(*_level(argv))
            except InstanceError as error:
                return _run_here(argv, str(error))
            except LinkRefused:
                continue
        try:
            reply = link.call(request(argv, link))
        except LinkRefused:
            continue
        except LinkSilent as error:
            if stray or not (stray := _is_stray(link)):
                return _unanswered(argv, link, str(error))
            continue
        except LinkLost as error:
            return _fail(f"{error}; look into the log with: ringlet daemon status")
        if reply[:1] == _FAILED:
            return _run_here(argv, reply[1:].decode(errors="replace"))
        if reply[:1] == _AGAIN:
            continue
        try:
            return _finish(link, reply, argv)
        except LinkRefused:
            continue  # it went before it could hand over the keys of a run
    return _fail(
        "the daemon goes away before it answers; see why with: ringlet daemon --foreground"
    )


def _is_stray(link: Link) -> bool:
    """Whether no daemon runs, so that something else listens where it was written down."""
    from ringlet.store import instance

    if link.greeted or locations.setting(os.environ, "DAEMON_ENDPOINT"):
        return False
    lock = os.path.join(locations.config_dir(os.environ), locations.LOCK_FILE)
    return not instance.is_locked(lock)


def _unanswered(argv: list[str], link: Link, error: str) -> int:
    """Read without the daemon if it has not even heard of the command, else only say why."""
    from ringlet.cli import reach

    reason = reach.describe_silence(locations.config_dir(os.environ), link.endpoint)
    return _fail(f"{error}: {reason}") if link.greeted else _run_here(argv, reason)


def _write_answer(reply: bytes) -> int:
    """Write a finished answer: exit status and length of the output, then both outputs."""
    head, _, output = reply.partition(b"\n")
    try:
        status, size = map(int, head.split(b" "))
    except ValueError:
        return _fail(
            "the daemon speaks another protocol than this command; restart it with: "
            "ringlet daemon restart"
        )
    write(1, output[:size])
    write(2, output[size:])
    return status


def _finish(link: Link, reply: bytes, argv: list[str]) -> int:
    """As `carry_on`; a command that follows what happens goes on with the next daemon."""
    if reply[:1] != b"{":
        return carry_on(link, reply)
    from ringlet.cli import rejoining

    return rejoining.carry_on(link, reply, argv)


def carry_on(link: Link, reply: bytes) -> int:
    """Write a finished answer, or carry out the actions of an unfinished one."""
    ender = 0
    while reply[:1] in (b"@", b"{"):
        if reply[:1] == b"@":
            from ringlet.cli import run

            reply, ender = run.carry_out(link, reply)
        else:
            from ringlet.cli import actions

            reply = actions.carry_out(link, reply)
    status = _write_answer(reply)
    if ender:
        run.end_like_the_agent(ender)
    return status


def _run_here(argv: list[str], reason: str = "") -> int:
    """Without a daemon. The import takes longer than a forwarded command as a whole."""
    from ringlet.cli import local

    return local.run(argv, reason=reason)


def _wants_help(argv: list[str]) -> bool:
    before = argv[: argv.index("--")] if "--" in argv else argv
    return "--help" in before or "-h" in before


def _level(argv: list[str]) -> list[str]:
    """The log level that was asked for also holds for the daemon that we start for it.

    From `run` and `exec` on, words may be those of the program that is started.
    """
    ends = [argv.index(word) for word in ("run", "exec", "--") if word in argv]
    own = argv[: min(ends, default=len(argv))]
    given = [own[at + 1] for at, word in enumerate(own[:-1]) if word == "--log-level"]
    given += [word[12:] for word in own if word.startswith("--log-level=")]
    return [f"--log-level={given[0]}"] if given else []


def find() -> Link | None:
    """A link to a running daemon: the endpoint given, else the recorded one."""
    given = locations.setting(os.environ, "DAEMON_ENDPOINT")
    endpoint = given or locations.recorded_endpoint(locations.config_dir(os.environ))
    try:
        return connect(endpoint) if endpoint else None
    except LinkRefused:
        return None


def request(argv: list[str], link: Link) -> bytes:
    """NUL-separated fields; `ringlet.wire.relay` names them."""
    try:
        cwd = os.getcwdb()
    except OSError:  # the folder was deleted under us; the command says so if it needs one
        cwd = b""
    flags = b"".join(b"t" if os.isatty(fd) else b"-" for fd in (0, 1, 2))
    environ = [name + b"=" + value for name, value in os.environb.items()]
    token = b"" if link.private else locations.token(locations.config_dir(os.environ))
    fields = [
        b"",
        b"ringlet-relay/2 " + __version__.encode(),
        token,
        cwd,
        str(_columns()).encode(),
        flags,
    ]
    fields += [str(len(environ)).encode(), *environ, *map(os.fsencode, argv)]
    return b"\0".join(fields)


def _columns() -> int:
    for fd in (1, 2):
        try:
            return os.get_terminal_size(fd).columns or 80
        except OSError:
            continue
    return 80


def _fail(message: str) -> int:
    say_error(f"Error: {message}")
    return 1
