"""What models cost."""

from __future__ import annotations

import msgspec


class Rates(msgspec.Struct, frozen=True):
    """US dollars for a million tokens, in requests of more than `above` prompt tokens."""

    above: int
    input: float
    output: float
    cache_read: float
    cache_write_5m: float
    cache_write_1h: float
    reasoning: float


class ModelPrice(msgspec.Struct, frozen=True):
    """What a model costs from `since` on (a day, UTC) until its next price.

    `model` is the name that was asked for, `entry` the one of the price list. `speeds` are rates
    of other service tiers, `fast` and `regions` factors, `web_search` dollars for one search.
    `last_listed` is a day, absent while the model is still listed.
    """

    model: str
    entry: str
    since: str
    source: str
    rates: list[Rates]
    speeds: dict[str, list[Rates]]
    fast: float
    regions: dict[str, float]
    web_search: float
    version: int
    last_listed: str | None = None


class Prices(msgspec.Struct, frozen=True):
    """Prices in the order of the question, and the models for which none is known."""

    prices: list[ModelPrice]
    unpriced: list[str]
