"""`ringlet usage statusline`: one line for the status bar of an agent or a terminal."""

from __future__ import annotations

from typing import Any, Final

import click
import msgspec

from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.commands.usage_options import chosen, query
from ringlet.commands.usage_tables import money
from ringlet.domain.errors import RingletError
from ringlet.wire.replies.usage import UsageRow

_STEPS: Final = ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"))


class _Model(msgspec.Struct):
    display_name: str = ""


class _Status(msgspec.Struct):
    """What Claude Code tells the command of its status line on the standard input."""

    session_id: str = ""
    model: _Model = msgspec.field(default_factory=_Model)


class Line(msgspec.Struct, frozen=True):
    """What the line is made of; `session` is null where no agent told which one it is."""

    profile: str
    model: str
    period: str
    used: UsageRow
    session: UsageRow | None


@click.command(
    "statusline",
    cls=Command,
    epilog=examples(
        "ringlet usage statusline --profile work",
        "ringlet usage statusline --period week < /dev/null",
    ),
)
@chosen("today")
@click.pass_obj
async def statusline(session: Session, /, **given: Any) -> None:
    """One line for a status bar: what this conversation used, and the whole day.

    Inside a run of Ringlet it is about that run's profile. For Claude Code put the command into
    `settings.json` as `statusLine.command`; what Claude Code tells it on the standard input names
    the conversation. It never fails, as nobody could read the error there.
    """
    own = session.caller.invocation.environ.get("RINGLET_PROFILE")
    given["profile"] = given["profile"] or own
    try:
        line = await _line(session, given, await _told(session))
    except RingletError as error:
        session.caller.say(f"ringlet: {error.message}")
    else:
        session.show(line, lambda: _text(line))


async def _told(session: Session) -> _Status:
    """What the agent said about itself; nothing where a person calls, or for nonsense."""
    if session.caller.invocation.terminals[0]:
        return _Status()
    try:
        return msgspec.json.decode(await session.caller.read_stdin(), type=_Status)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, RingletError):
        return _Status()


async def _line(session: Session, given: dict[str, Any], told: _Status) -> Line:
    asked = query(session, given, "today")
    report = await session.change.usage.report(asked)
    conversation = None
    if told.session_id:
        where = {"session": told.session_id}
        if not session.origin.is_free:  # of others a run may not know
            where["profile"] = given["profile"]
        whole = session.change.usage.query("all", where=where)
        conversation = (await session.change.usage.report(whole)).total
    who = given["profile"] or "all profiles"
    name = asked.period.name.replace("_", " ")
    return Line(who, told.model.display_name, name, report.total, conversation)


def _text(line: Line) -> str:
    parts = [line.profile, line.model]
    if line.session is not None:
        parts.append(f"session {_amount(line.session)}")
    parts.append(f"{line.period} {_amount(line.used)}")
    return " · ".join(part for part in parts if part)


def _amount(row: UsageRow) -> str:
    tokens = f"{_short(row.total_tokens)} tokens"
    return tokens if row.cost is None else f"{money(row.cost)}, {tokens}"


def _short(number: int) -> str:
    """A number in at most five characters: 987, 1.2k, 45.3M."""
    for size, letter in _STEPS:
        if number >= size:
            return f"{number / size:.1f}{letter}"
    return str(number)
