"""A billed answer as it stands in the ledger, and which of two copies of it counts."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from msgspec.structs import astuple, replace

from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Call, Tokens
from ringlet.store.ledger.schema import COSTS, SEQUENCE_BITS, TOKENS
from ringlet.store.ledger.words import Texts

QUARTER_MS: Final = 15 * 60 * 1000


# What a call costs; None if no price is known.
Pricing = Callable[[Call], Cost | None]


class Taken(NamedTuple):
    """A call as the ledger has it now, and its nano-dollars; None without a price."""

    call: Call
    cost: int | None


class Row(NamedTuple):
    """A row of `call`, its cell and words as numbers, in the order of the columns.

    `id` is made of the machine that took it in and of its number there; see `place`.
    """

    id: int
    key: int
    time: int
    cell: int
    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    reasoning: int
    web_searches: int
    tier: int
    geo: int
    reported: int | None
    cost: int | None
    cost_input: int | None
    cost_output: int | None
    cost_cache_read: int | None
    cost_cache_write: int | None
    price_version: int | None


FIRST_TOKEN: Final = Row._fields.index(TOKENS[0])
TIER: Final = Row._fields.index("tier")
GEO: Final = Row._fields.index("geo")
FIRST_COST: Final = Row._fields.index(COSTS[0])
_FREE: Final = (0,) * len(COSTS)
_UNPRICED: Final = (None,) * (len(COSTS) + 1)


def place(machine: int, seq: int) -> int:
    """The id of a row: the word of its machine's name, and its number there."""
    return machine << SEQUENCE_BITS | seq


def place_of(row_id: int) -> tuple[int, int]:
    """The machine and the number of a row."""
    return row_id >> SEQUENCE_BITS, row_id & (1 << SEQUENCE_BITS) - 1


def key_of(source: str, native_id: str) -> int:
    """The number under which all copies of an answer are kept: 64 bits of a hash."""
    digest = blake2b(f"{source}\0{native_id}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def rank(tokens: Tokens, time: int, sub_agent: bool) -> tuple[bool, int, int, int, int]:
    """What counts of two copies is the one that ranks higher, whichever came first.

    The main conversation beats a replay in a side chain; then a finished answer beats the same
    one while it was still growing; then the earliest.
    """
    return (not sub_agent, tokens.output, tokens.total, tokens.cache_write_1h, -time)


def better(one: Call, other: Call) -> Call:
    """Of two copies the numbers of the better one, and where the first one was seen."""
    if rank(other.tokens, other.time, other.sub_agent) <= rank(one.tokens, one.time, one.sub_agent):
        return one
    if texts_of(other) == texts_of(one):
        return other
    return replace(
        other,
        agent=one.agent,
        session=one.session,
        project=one.project,
        branch=one.branch,
        profile=one.profile,
        provider=one.provider,
        account=one.account,
        run_id=one.run_id,
    )


def texts_of(call: Call) -> Texts:
    """What the cell of a call says, in the order of DIMENSIONS."""
    return (
        call.source,
        call.agent,
        call.model,
        call.session,
        call.project,
        call.branch,
        call.profile,
        call.provider,
        call.account,
        call.run_id,
    )


def cost_columns(call: Call, price: Pricing) -> tuple[Any, ...]:
    """The cost columns of a call and the version of its price; all None if it has none."""
    found, reported = price(call), call.reported_cost_nano
    if reported is None:
        return found or _UNPRICED
    if found and found.total == reported:
        return found
    # What the agent was charged wins over any list; nobody said for what it was.
    return reported, 0, 0, 0, 0, found.version if found else 0


def contribution(row: Row) -> tuple[int, ...]:
    """What a row adds to its quarter-hour: calls, tokens, costs, calls without a price."""
    tokens: tuple[Any, ...] = row[FIRST_TOKEN : FIRST_TOKEN + len(TOKENS)]
    costs = row[FIRST_COST : FIRST_COST + len(COSTS)]
    if row.cost is None:
        return (1, *tokens, *_FREE, 1)
    return (1, *tokens, *costs, 0)


def token_columns(tokens: Tokens) -> tuple[int, ...]:
    """Tokens in the order of the columns."""
    return astuple(tokens)


def tokens_from(row: tuple[Any, ...], first: int = FIRST_TOKEN) -> Tokens:
    """The tokens of a row, whose columns begin at `first`."""
    return Tokens(*row[first : first + len(TOKENS)])
