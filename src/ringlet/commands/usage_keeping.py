"""`ringlet usage export` and the like: what goes into the ledger and comes out of it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from ringlet.commands.progress import with_progress
from ringlet.commands.session import Session
from ringlet.commands.tree import NAMES, Command, Group, examples
from ringlet.commands.usage_exports import as_csv, read_records, record_line
from ringlet.commands.usage_options import chosen, query
from ringlet.commands.usage_prices import prices
from ringlet.commands.usage_statusline import statusline
from ringlet.commands.usage_tables import count
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.engine.rights import request_for
from ringlet.store.aside import aside
from ringlet.store.ledger.exchange import Record
from ringlet.wire.requests.usage import UsageExport

_EXPORTED = ("day", "agent", "profile", "provider")


def add_to(group: Group) -> None:
    """Add these commands to `ringlet usage`."""
    for command in (export, import_, import_claude, merge, verify, unpriced, prices, statusline):
        group.add_command(command)


@click.command(
    "export",
    cls=Command,
    epilog=examples(
        "ringlet usage export --format csv --period month > usage.csv",
        "ringlet usage export --format ndjson > laptop.ndjson",
    ),
)
@chosen("all")
@click.option(
    "-f",
    "--format",
    "kind",
    type=click.Choice(["json", "csv", "ndjson"]),
    default="json",
    show_default=True,
    help="ndjson has every single answer and can be merged elsewhere.",
)
@click.option("--by", type=NAMES, metavar="LIST", help=f"Rows. [default: {','.join(_EXPORTED)}]")
@click.pass_obj
async def export(session: Session, /, kind: str, by: tuple[str, ...] | None, **given: Any) -> None:
    """Write usage for other programs, or for another machine."""
    asked = query(session, given, "all", by or (*_EXPORTED,))
    if kind == "ndjson":
        request_for(session.origin, UsageExport())  # every answer is that of all profiles
        if asked.where or by:
            raise click.UsageError("ndjson holds every answer of a period: no filters, no --by.")
        async for block in session.change.usage.records(asked.period):
            # Some thousand answers take longer to write down than others should wait.
            await asyncio.to_thread(_hand_out, session, block)
            await session.caller.flush()
        return
    report = await session.change.usage.report(asked)
    if kind == "csv":
        session.caller.hand_out(as_csv(report))
    else:
        replace(session, json=True).show(report, str)


@click.command(
    "import",
    cls=Command,
    epilog=examples(
        "ringlet usage import",
        "ringlet usage import --home /mnt/old-laptop/me --agent claude --profile work",
    ),
)
@click.option("--agent", metavar="AGENT", help="Only what this agent wrote.")
@click.option("--home", metavar="DIR", help="The home to look in. [default: your own]")
@click.option("--profile", default="", metavar="ALIAS", help="Whose usage it is.")
@click.pass_obj
async def import_(session: Session, agent: str | None, home: str | None, profile: str) -> None:
    """Take in what agents wrote in a home, now and from now on."""
    folder = await _folder(session, home) if home else session.use.paths.user_home
    usage = session.change.usage
    usage.require_profile(profile)
    work = usage.import_home(folder, agent, profile)
    result = await with_progress(session, f"Looking through {folder}", work, usage.state)
    session.show(result, lambda: result.message)


@click.command(
    "import-claude",
    cls=Command,
    epilog=examples("ringlet usage import-claude --claude-dir ~/old/.claude"),
)
@click.option(
    "--claude-dir", metavar="DIR", help="The folder that holds `projects`. [default: ~/.claude]"
)
@click.pass_obj
async def import_claude(session: Session, claude_dir: str | None) -> None:
    """Take in the transcripts of a folder of Claude Code."""
    given = claude_dir or str(session.use.paths.user_home / ".claude")
    folder = await _folder(session, given)
    usage = session.change.usage
    work = usage.import_claude(folder)
    result = await with_progress(session, f"Looking through {folder}", work, usage.state)
    session.show(result, lambda: result.message)


@click.command(
    "merge",
    cls=Command,
    epilog=examples(
        "ringlet usage merge laptop.ndjson",
        "ssh laptop ringlet usage export --format ndjson | ringlet usage merge -",
    ),
)
@click.argument("file")
@click.pass_obj
async def merge(session: Session, file: str) -> None:
    """Take in what was exported on another machine, as ndjson.

    FILE may be a pipe, or - for the standard input. Taking a file in twice changes nothing, and
    nothing is counted twice; what stands before a broken line is taken in.
    """
    path, name = file, "the standard input"
    if file != "-":
        path = name = str(_place(session, file))
    blocks = read_records(session.caller.pieces(path), name)
    seen, news = await session.change.usage.merge(name, blocks)
    result = {"records": seen, "new": news}
    session.show(result, lambda: f"{count(seen)} answers in {name}, {count(news)} of them new")


@click.command("verify", cls=Command, epilog=examples("ringlet usage verify"))
@click.pass_obj
async def verify(session: Session) -> int:
    """Read all transcripts again and compare them with the ledger; 1 if anything differs."""
    work = session.change.usage.verify()
    found = await with_progress(session, "Reading all transcripts again", work)
    lines = [
        f"{count(found.in_files)} answers in {count(found.files)} files, "
        f"{count(found.in_ledger)} in the ledger",
        f"{count(found.kept)} are in the ledger alone: reported, merged, or their files are gone",
        f"Different: {count(found.different)}",
        f"Sums by quarter-hour: {'as the rows' if found.sums_agree else 'DO NOT equal the rows'}",
    ]
    if found.unreadable:
        lines.append(f"Lines too long or damaged to be read: {count(found.unreadable)}")
    if found.not_compared:
        agents = " and ".join(found.totals_only)
        lines.insert(2, f"{count(found.not_compared)} are not compared: {agents} only notes sums")
    lines += [f"  {each.session} {each.model}: {each.in_files}" for each in found.differences]
    session.show(found, lambda: lines)
    return 0 if found.agree else 1


@click.command("unpriced", cls=Command, epilog=examples("ringlet usage unpriced --period all"))
@chosen("all")
@click.pass_obj
async def unpriced(session: Session, /, **given: Any) -> None:
    """List the models whose price is not known, with what they used."""
    report = await session.change.usage.report(query(session, given, "all", ("model", "agent")))
    rows = [row for row in report.rows if row.unpriced_calls]
    cells = [(*row.group.values(), count(row.unpriced_calls)) for row in rows]
    heads = ("Model", "Agent", "Calls without a price")
    empty = "Every model that was used has a price."
    session.show(rows, lambda: session.table(heads, cells, empty=empty))


def _hand_out(session: Session, block: list[Record]) -> None:
    session.caller.hand_out("\n".join(map(record_line, block)))


def _place(session: Session, text: str) -> Path:
    """A path as the caller meant it."""
    home = str(session.use.paths.user_home)
    full = home + text[1:] if text == "~" or text.startswith("~/") else text
    return Path(os.path.normpath(os.path.join(session.caller.invocation.cwd, full)))


async def _folder(session: Session, text: str) -> Path:
    """A folder as the caller meant it; INVALID_REQUEST if there is none."""
    path = Path(session.caller.locate(str(_place(session, text))) or text)
    if not await aside(os.path.isdir, path):
        raise RingletError(ErrorCode.INVALID_REQUEST, f"There is no folder {path}")
    return path
