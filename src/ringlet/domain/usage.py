"""What an agent used: one billed answer, and its tokens by class."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

# What a file of others may say; no sum goes down by it, nor beyond what SQLite can hold.
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 52)]


class Tokens(msgspec.Struct, frozen=True):
    """Tokens of one answer, or a sum of them, by what they are billed as.

    `input` excludes what was read from or written to a cache, `output` includes `reasoning`,
    which is for information only. `web_searches` counts requests, not tokens.
    """

    input: Count = 0
    output: Count = 0
    cache_read: Count = 0
    cache_write_5m: Count = 0
    cache_write_1h: Count = 0
    reasoning: Count = 0
    web_searches: Count = 0

    @property
    def cache_write(self) -> int:
        """Tokens written to a cache, whatever its life time."""
        return self.cache_write_5m + self.cache_write_1h

    @property
    def prompt(self) -> int:
        """The size of the request, by which some prices have tiers."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """All tokens, each counted once."""
        return self.prompt + self.output


REPORTED: Final = "otlp"
"""The source of answers that an agent reported while it ran, instead of noting them down."""


class Call(msgspec.Struct, frozen=True):
    """One billed answer of a model, as an agent noted it down.

    `native_id` is the same for every copy of one answer, within its `source` (the format it was
    read from: "claude", "codex" …). `time` is in milliseconds since 1970, UTC. Text that is not
    known is empty. `reported_cost_nano` is what the agent itself wrote down, in nano-dollars.
    `replay_id` is shared by an answer and its copies in side chains, where those are noted down
    under native ids of their own. `request_id` is that of the provider, where the agent notes it
    down: what it reports of the same answer has no other id. `vendor` is whom the agent asked, in
    its own words, if that tells whose account it was; the ledger does not keep it.
    """

    source: str
    native_id: str
    time: int
    tokens: Tokens
    agent: str = ""
    model: str = ""
    session: str = ""
    project: str = ""
    branch: str = ""
    profile: str = ""
    provider: str = ""
    account: str = ""
    run_id: str = ""
    sub_agent: bool = False
    service_tier: str = ""
    inference_geo: str = ""
    reported_cost_nano: int | None = None
    replay_id: str = ""
    request_id: str = ""
    vendor: str = ""
