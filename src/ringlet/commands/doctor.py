"""`ringlet doctor`: whether all is well."""

from __future__ import annotations

from typing import Final

import click

from ringlet.commands.progress import with_progress
from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.wire.replies.doctor import DoctorFinding, DoctorReport

_MARKS: Final = {"ok": "ok", "warning": "!!", "error": "XX"}


@click.command(
    "doctor",
    cls=Command,
    epilog=examples("ringlet doctor", "ringlet doctor --fix", "ringlet doctor --json"),
)
@click.option("--fix", is_flag=True, help="Mend what is safe to mend.")
@click.pass_obj
async def group(session: Session, fix: bool) -> int:
    """Look for what is wrong, and say what to do about it.

    The exit status is 1 if there are errors, 0 if there are none; warnings do not count.
    """
    services = session.change if fix else session.use
    if session.offline:
        session.caller.note(f"No daemon: {session.offline}")
    work = services.doctor.examine(fix=fix, environ=session.caller.invocation.environ)
    report = await with_progress(session, "Looking around", work)
    session.show(report, lambda: _describe(report))
    return 1 if report.errors or session.offline else 0


def _describe(report: DoctorReport) -> list[str]:
    lines: list[str] = []
    area = ""
    for finding in report.findings:
        if finding.area != area:
            area = finding.area
            lines.append(f"{area.capitalize()}:")
        lines += _lines(finding)
    counts = f"Errors: {report.errors}, warnings: {report.warnings}"
    if report.fixed:
        counts += f", mended: {report.fixed}"
    elif any(finding.fixable for finding in report.findings):
        counts += "; ringlet doctor --fix mends some of them"
    return [*lines, "", counts]


def _lines(finding: DoctorFinding) -> list[str]:
    mark = "mended" if finding.fixed else _MARKS[finding.level]
    rest = finding.hint.split("\n") if finding.hint and not finding.fixed else ()
    return [f"  [{mark}] {finding.message}", *(f"       {line}" for line in rest)]
