"""Whether all is well: checks by subject, each finding with what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from ringlet.domain.legible import clean, cleaned
from ringlet.engine.doctor.findings import Finding
from ringlet.wire.replies.doctor import DoctorFinding, DoctorReport

Check: TypeAlias = Callable[[Mapping[str, str]], Awaitable[list[Finding]]]


class Doctor:
    """Runs checks one after the other. A check that finds nothing wrong says what it looked at."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks

    async def examine(self, *, fix: bool, environ: Mapping[str, str]) -> DoctorReport:
        """What was found; with `fix`, what is safe to mend was mended and is marked so.

        Programs are looked for as the `environ` of whoever asks says.
        """
        findings = [finding for check in self._checks for finding in await check(environ)]
        said = [await _treat(finding) if fix else _info(finding) for finding in findings]
        return DoctorReport(
            findings=said,
            errors=sum(one.level == "error" and not one.fixed for one in said),
            warnings=sum(one.level == "warning" and not one.fixed for one in said),
            fixed=sum(one.fixed for one in said),
        )


async def _treat(finding: Finding) -> DoctorFinding:
    if finding.mend is None:
        return _info(finding)
    failure = await finding.mend()
    return _info(finding, fixed=not failure, hint=failure.split("\n"))


def _info(finding: Finding, *, fixed: bool = False, hint: Sequence[str] = ()) -> DoctorFinding:
    given = hint if any(hint) else finding.hint
    return DoctorFinding(
        area=finding.area,
        level=finding.level,
        message=clean(finding.message),
        hint=cleaned([given] if isinstance(given, str) else given),
        fixable=finding.mend is not None,
        fixed=fixed,
    )
