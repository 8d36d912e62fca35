"""Run one command line for a caller: parse, carry out, translate errors."""

from __future__ import annotations

from typing import Final

import click

from ringlet.commands.caller import Caller
from ringlet.commands.following import LEVELS, follow
from ringlet.commands.root import cli
from ringlet.commands.session import DaemonControl, Session
from ringlet.commands.tree import HelpRequested
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.legible import brief
from ringlet.domain.rights import USER, Origin
from ringlet.engine.passphrase import asked
from ringlet.engine.services import Services

COMPLETE: Final = "__complete"
_PASSING_ON: Final = (["profiles", "run"], ["profiles", "exec"])
# Options that may stand before an alias and take the next word.
_VALUED: Final = ("--log-level", "--cols", "--rows", "--bwrap-flags")


async def execute(
    caller: Caller,
    *,
    services: Services | None = None,
    control: DaemonControl | None = None,
    offline: str = "",
    origin: Origin = USER,
) -> int:
    """The exit status; everything there is to read was said to the caller.

    `origin` is who asks, and may do as much as that.
    """
    if caller.invocation.argv[:1] == [COMPLETE]:
        return await _complete(Session(caller, False, services, control, offline, "", origin))
    argv, as_json, level = _take_globals(caller.invocation.argv)
    session = Session(caller, as_json, services, control, offline, level or "", origin)
    try:
        _check_level(level)
        follow(caller, level)
        asked.set(caller.ask_passphrase if caller.invocation.interactive else None)
        return await _run(argv, session)
    except HelpRequested as help_text:
        caller.say(str(help_text).split("\n"))
        return 0
    except click.UsageError as error:
        where = f"{error.ctx.command_path} --help" if error.ctx else "ringlet --help"
        _fail(session, int(ErrorCode.INVALID_REQUEST), error.format_message(), f"See: {where}")
        return 2
    except RingletError as error:
        _fail(session, int(error.code), error.message, error.hint)
        return error.exit_status
    except Exception as unforeseen:
        # The edge of a command: the daemon must outlive its defects.
        import logging  # seldom needed, and slow to load

        from ringlet.engine.incidents import translate

        words = " ".join(argv[:2]) if argv else "no command"
        known = translate(unforeseen, logging.getLogger(__name__), f"command {words}")
        _fail(session, int(known.code), known.message, known.hint)
        return known.exit_status


async def _complete(session: Session) -> int:
    """Answer a shell; whatever goes wrong, it is offered nothing and nobody is disturbed."""
    from ringlet.commands.completing import answer

    argv = session.caller.invocation.argv
    try:
        session.caller.hand_out(await answer(session, "".join(argv[1:2]), argv[2:]))
    except Exception:
        import logging

        logging.getLogger(__name__).debug("completion failed", exc_info=True)
    return 0


async def _run(argv: list[str], session: Session) -> int:
    invocation = session.caller.invocation
    context = cli.make_context(
        "ringlet",
        argv or ["--help"],
        obj=session,
        terminal_width=min(invocation.columns, 100),
        color=False,
    )
    with context:
        work = cli.invoke(context)
    status = await work
    if session.offline and session.services is not None:
        note = f"Read from the files, without the daemon: {session.offline}"
        session.caller.note(note)
    return status or 0


def _take_globals(argv: list[str]) -> tuple[list[str], bool, str | None]:
    """Global options may stand anywhere among our words; the rest, --json, --log-level."""
    end = _own_words(argv)
    rest: list[str] = []
    as_json, level = False, None
    arguments = iter(argv[:end])
    for argument in arguments:
        if argument == "--json":
            as_json = True
        elif argument == "--log-level":
            level = next(arguments, "")
        elif argument.startswith("--log-level="):
            level = argument.partition("=")[2]
        else:
            rest.append(argument)
    return rest + argv[end:], as_json, level


def _own_words(argv: list[str]) -> int:
    """How many words at the beginning are ours, and not those of a program that we start.

    Ours end at `--`, and in `profiles run` and `profiles exec` at the alias.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    words: list[int] = []
    arguments = iter(range(end))
    for at in arguments:
        if argv[at] in _VALUED:
            next(arguments, None)
        elif not argv[at].startswith("-"):
            words.append(at)
    passes_on = len(words) > 2 and [argv[at] for at in words[:2]] in _PASSING_ON
    return words[2] + 1 if passes_on else end


def _check_level(level: str | None) -> None:
    if level is not None and level.lower() not in LEVELS:
        raise click.UsageError(f"{level!r} is not a log level; use one of {', '.join(LEVELS)}.")


def _fail(session: Session, code: int, message: str, hint: str) -> None:
    """People read errors on the standard error; programs get JSON on the standard output."""
    if session.json:
        problem = {"error": brief(message), "code": code, "hint": hint}
        session.show(problem, lambda: message)
        return
    session.caller.note(f"Error: {message} [{code}]")
    if hint:
        session.notes(f"Hint: {hint}".split("\n"))
