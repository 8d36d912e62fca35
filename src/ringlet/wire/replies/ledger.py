"""Replies about the ledger of usage: its rows, taking some in, and whether it is right."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from ringlet.domain.usage import Call, Count, Tokens

# Half of the numbers that there are, so that a record which claims the last one leaves enough.
_LAST: Final = 1 << 39
_YEARS: Final = (946_684_800_000, 7_258_118_400_000)  # 2000 to 2200, in milliseconds


class UsageRecord(msgspec.Struct, frozen=True):
    """One answer in the ledger with its texts; whoever has its `machine` and `seq` has the row.

    `key` is 16 hexadecimal digits, `time` milliseconds since 1970, costs are nano-dollars.
    """

    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{16}$")]
    machine: str
    seq: Annotated[int, msgspec.Meta(gt=0, lt=_LAST)]
    time: Annotated[int, msgspec.Meta(ge=_YEARS[0], lt=_YEARS[1])]
    tokens: Tokens
    source: str
    agent: str
    model: str
    session: str
    project: str
    branch: str
    profile: str
    provider: str
    account: str
    run: str
    sub_agent: bool
    tier: str
    geo: str
    reported: Count | None
    cost: int | None

    def call(self) -> Call:
        """The answer that the record is about."""
        return Call(
            source=self.source,
            native_id=self.key,
            time=self.time,
            tokens=self.tokens,
            agent=self.agent,
            model=self.model,
            session=self.session,
            project=self.project,
            branch=self.branch,
            profile=self.profile,
            provider=self.provider,
            account=self.account,
            run_id=self.run,
            sub_agent=self.sub_agent,
            service_tier=self.tier,
            inference_geo=self.geo,
            reported_cost_nano=self.reported,
        )


class UsageRecords(msgspec.Struct, frozen=True):
    """A page of the ledger by time; `next` is what to ask for the following one `after`."""

    records: list[UsageRecord]
    next: str | None


class UsageMerged(msgspec.Struct, frozen=True):
    """How many records there were, and how many of them were news."""

    records: int
    new: int


class UsageDifference(msgspec.Struct, frozen=True):
    """An answer whose numbers in the ledger are not those in the files."""

    session: str
    time: int
    model: str
    in_ledger: Tokens | None
    in_files: Tokens


class UsageFindings(msgspec.Struct, frozen=True):
    """`kept` answers are in the ledger alone: their transcripts are gone, or never were here.

    `not_compared` are those of the agents in `totals_only`, which note down no answers but sums.
    `unreadable` lines are too long or damaged, and count for nothing. `sums_agree` tells whether
    the sums by quarter-hour equal the rows. Of many differences the first hundred are listed.
    """

    files: int
    in_files: int
    in_ledger: int
    kept: int
    not_compared: int
    totals_only: list[str]
    different: int
    unreadable: int
    sums_agree: bool
    differences: list[UsageDifference]

    @property
    def agree(self) -> bool:
        """Whether the ledger holds what the files say, and adds it up right."""
        return not self.different and self.sums_agree
