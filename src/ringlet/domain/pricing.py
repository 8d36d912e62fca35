"""What tokens cost: prices in whole femto-dollars, costs in whole nano-dollars.

A femto-dollar is 1e-15 of a US dollar: a billionth of "dollars for a million tokens", fine enough
for every price that anybody has published. Factors are in thousandths.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from ringlet.domain.usage import Tokens

ONE: Final = 1000
_FEMTO_PER_NANO: Final = 1_000_000
# Part of every version: raise it when `cost` makes something else of the same price.
RULES: Final = 1
# What agents and vendors write for the speeds that prices are told by.
_SPEEDS: Final = {"batches": "batch", "ultra_fast": "ultrafast"}


class Band(msgspec.Struct, frozen=True, array_like=True):
    """Femto-dollars for a token in requests of more than `above` prompt tokens."""

    above: int
    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    reasoning: int


class Price(msgspec.Struct, frozen=True, array_like=True):
    """What one model costs at one time.

    `bands` and those of each speed ("priority", "flex", "batch" …) rise by `above`; the first has
    0. A request is in one band with all of its tokens. `fast` and `regions` are factors in
    thousandths, `web_search` femto-dollars for one search. `version` is the same number for the
    same price, whatever file it came from, and another one for any other price.
    """

    bands: tuple[Band, ...]
    speeds: dict[str, tuple[Band, ...]] = {}
    fast: int = ONE
    regions: dict[str, int] = {}
    web_search: int = 0
    version: int = 0


class DatedPrice(msgspec.Struct, frozen=True):
    """A price from a moment on (milliseconds since 1970, UTC) until the next one of its model.

    `source` says where it is from, for people; `last_seen` is when the source still had it.
    """

    since: int
    price: Price
    source: str = ""
    last_seen: int | None = None


class Cost(NamedTuple):
    """Nano-dollars of one request. `version` is that of the price.

    The parts add up to `total` exactly, but for web searches: these have no part of their own.
    """

    total: int
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    version: int = 0


def versioned(price: Price) -> Price:
    """The price with its version: 48 bits of a hash of all else in it."""
    bare = msgspec.structs.replace(price, version=0)
    content = msgspec.json.encode(bare, order="deterministic")
    digest = blake2b(b"%d" % RULES + content, digest_size=6).digest()
    return msgspec.structs.replace(price, version=int.from_bytes(digest, "big"))


def cost(tokens: Tokens, price: Price, *, tier: str = "", geo: str = "") -> Cost:
    """What a request costs.

    `tier` is the service tier or speed as the agent wrote it down, `geo` where the model ran.
    A speed, or a band of it, that the price does not name costs the same as the standard one.
    What is rounded is the sum so far, so that the parts add up to the rounded whole.
    """
    bands, factor, unit = price.bands, 1, 1
    if tier or geo:
        bands, factor = _at_speed(price, tier)
        factor *= price.regions.get(geo.lower(), ONE)
        unit = ONE * ONE
    band = bands[0] if len(bands) == 1 else _band(bands, tokens.prompt)
    searches = tokens.web_searches * price.web_search * unit
    unit *= _FEMTO_PER_NANO
    exact = unit // 2 + tokens.input * band.input * factor
    fresh = exact // unit
    thought = min(tokens.reasoning, tokens.output)
    exact += ((tokens.output - thought) * band.output + thought * band.reasoning) * factor
    output = exact // unit
    written = tokens.cache_write_5m * band.cache_write_5m
    exact += (written + tokens.cache_write_1h * band.cache_write_1h) * factor
    write = exact // unit
    exact += tokens.cache_read * band.cache_read * factor
    read = exact // unit
    total = (exact + searches) // unit
    return Cost(total, fresh, output - fresh, read - write, write - output, price.version)


def at(history: tuple[DatedPrice, ...], time: int) -> DatedPrice | None:
    """The price of a moment, of prices by rising date; the first one also holds before its date.

    A source is seldom as quick as the vendor: a model is used some weeks before it is listed.
    """
    found = None
    for dated in history:
        if found is not None and dated.since > time:
            break
        found = dated
    return found


def _at_speed(price: Price, tier: str) -> tuple[tuple[Band, ...], int]:
    """The bands of a speed, and its factor. OpenAI's "fast" is what its prices call priority."""
    speed = tier.lower()
    if speed == "fast":
        if price.fast != ONE:
            return price.bands, price.fast
        speed = "priority"
    return price.speeds.get(_SPEEDS.get(speed, speed), price.bands), ONE


def _band(bands: tuple[Band, ...], prompt: int) -> Band:
    found = bands[0]
    for band in bands:
        if prompt > band.above:
            found = band
    return found
