"""Prices as LiteLLM's public price file spells them, one entry for each model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ringlet.domain.pricing import ONE, Band, Price, versioned

_FEMTO: Final = Decimal(10) ** 15
# Nothing costs a dollar for each token: such a number is an accident.
_LARGEST: Final = 10**15
_MOST_DIGITS: Final = 1000
_RATES: Final = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
    "cache_read_input_token_cost": "cache_read",
    "input_cost_per_token_cache_hit": "cache_read",
    "cache_creation_input_token_cost": "cache_write_5m",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
}
_FIELD: Final = re.compile(
    f"({'|'.join(sorted(_RATES, key=len, reverse=True))})"
    r"(?:_above_(\d+)k_tokens)?(?:_(priority|flex|batches|ultrafast|balanced))?"
)
_SPEEDS: Final = {"batches": "batch"}
_SEARCH: Final = "search_context_cost_per_query"
_UPLIFT: Final = "regional_processing_uplift_multiplier_"
_OTHER_FIELDS: Final = ("tiered_pricing", "provider_specific_entry", _SEARCH)
_CHAT: Final = ("chat", "responses", "completion")

# Femto-dollars by what they are for ("input" …), by `above`, by speed ("" is standard).
_Rates = dict[str, int]
_Table = dict[str, dict[int, _Rates]]


def price_from_entry(entry: object) -> Price | None:
    """The price of an entry; None if it is no entry, no chat model, or not billed by tokens.

    Numbers may be written as text. A field that makes no sense counts as missing.
    """
    if not isinstance(entry, Mapping) or entry.get("mode", "chat") not in _CHAT:
        return None
    table = _table(entry)
    standard = table.pop("", {})
    base = _base(standard.get(0))
    if base is None:
        return None
    bands = tuple(_complete(base, standard.get(above, {}), above) for above in sorted(standard))
    factors = entry.get("provider_specific_entry")
    factors = factors if isinstance(factors, Mapping) else {}
    speeds = {name: _bands_of_speed(bands, table[name]) for name in sorted(table)}
    return versioned(
        Price(
            bands,
            {name: found for name, found in speeds.items() if found != bands},
            fast=_factor(factors.get("fast")) or ONE,
            regions=_regions(entry, factors),
            web_search=_search(entry.get(_SEARCH)),
        )
    )


def is_price_field(name: str) -> bool:
    """Whether a field of an entry has to do with what the model costs."""
    return name in _OTHER_FIELDS or name.startswith(_UPLIFT) or bool(_FIELD.fullmatch(name))


def femto(value: object) -> int | None:
    """Dollars as a number or a text in whole femto-dollars; None unless it is a sane price."""
    number = _decimal(value)
    if number is None or not 0 <= (scaled := number * _FEMTO) < _LARGEST:
        return None
    return int(scaled.to_integral_value())


def band(above: int, rates: Mapping[str, int]) -> Band:
    """A band from the rates that are known: "input" and "output" must be.

    What a cache costs follows from the input otherwise, as Anthropic documents it: writing 1.25
    times as much, 2 times for an hour, reading a tenth.
    """
    price = rates["input"]
    return Band(
        above,
        price,
        rates["output"],
        cache_read=rates.get("cache_read", price // 10),
        cache_write_5m=rates.get("cache_write_5m", price * 5 // 4),
        cache_write_1h=rates.get("cache_write_1h", price * 2),
        reasoning=rates.get("reasoning", rates["output"]),
    )


def _table(entry: Mapping[Any, Any]) -> _Table:
    table: _Table = {}
    for name, value in entry.items():
        if isinstance(name, str) and (match := _FIELD.fullmatch(name)):
            rate, above, speed = match.groups()
            _note(table, _SPEEDS.get(speed, speed or ""), int(above or 0) * 1000, rate, value)
    tiers = entry.get("tiered_pricing")
    for tier in tiers if isinstance(tiers, list) else ():
        above = _decimal(tier["range"][0]) if _has_range(tier) else None
        for name, value in tier.items() if above is not None and above >= 0 else ():
            if name in _RATES:
                _note(table, "", int(above or 0), name, value)
    return table


def _has_range(tier: object) -> bool:
    return isinstance(tier, Mapping) and isinstance(tier.get("range"), list) and bool(tier["range"])


def _note(table: _Table, speed: str, above: int, field: str, value: object) -> None:
    amount = femto(value)
    if amount is not None:
        table.setdefault(speed, {}).setdefault(above, {}).setdefault(_RATES[field], amount)


def _base(rates: _Rates | None) -> Band | None:
    if rates is None or not {"input", "output"} <= rates.keys():
        return None
    return band(0, rates)


def _bands_of_speed(standard: tuple[Band, ...], named: dict[int, _Rates]) -> tuple[Band, ...]:
    """The bands of a speed; where it names no input price, the standard band holds."""
    return tuple(
        _complete(one, named[one.above], one.above) if "input" in named.get(one.above, {}) else one
        for one in standard
    )


def _complete(base: Band, named: _Rates, above: int) -> Band:
    """A band that names some of its rates; the others change as its input price does."""
    price = named.get("input", base.input)

    def rate(name: str) -> int:
        return named.get(name, _scaled(getattr(base, name), price, base.input))

    output = named.get("output", base.output)
    return Band(
        above,
        price,
        output,
        cache_read=rate("cache_read"),
        cache_write_5m=rate("cache_write_5m"),
        cache_write_1h=rate("cache_write_1h"),
        reasoning=named.get("reasoning", _scaled(base.reasoning, output, base.output)),
    )


def _scaled(amount: int, to: int, of: int) -> int:
    return amount * to // of if of else amount


def _regions(entry: Mapping[Any, Any], factors: Mapping[Any, Any]) -> dict[str, int]:
    named = {"us": factors.get("us"), "eu": factors.get("eu")}
    found = {
        region: _factor(value) or _factor(entry.get(_UPLIFT + region))
        for region, value in named.items()
    }
    return {region: factor for region, factor in found.items() if factor}


def _search(value: object) -> int:
    """Agents do not say how much context a search brought: the medium price counts."""
    if isinstance(value, Mapping):
        value = value.get("search_context_size_medium")
    return femto(value) or 0


def _factor(value: object) -> int | None:
    """A factor in thousandths, None if it is none or changes nothing."""
    number = _decimal(value)
    if number is None or not 0 < number < 100 or number == 1:
        return None
    return int((number * ONE).to_integral_value())


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        return None
    # With an exponent of millions a number takes as many digits when it is reckoned with.
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None
