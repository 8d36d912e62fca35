"""The user's own prices: prices.toml. The documentation of the file is docs/prices.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.model_names import canonical
from ringlet.domain.price_entries import band, femto
from ringlet.domain.pricing import ONE, Band, DatedPrice, Price, versioned
from ringlet.store.files import read_bounded

OwnPrices = Mapping[str, tuple[DatedPrice, ...]]

_LARGEST: Final = 1 << 20
_RATES: Final = ("input", "output", "cache_read", "reasoning")
_MAX_FACTOR: Final = 100


class _Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    reasoning: Decimal | None = None


class _Above(_Rates, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every token costs in requests of more than so many `tokens`."""

    tokens: int


class _Speed(_Rates, frozen=True, forbid_unknown_fields=True):
    above: tuple[_Above, ...] = ()


class _Entry(_Speed, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A `[[price]]`. `web_search` is dollars for 1,000 searches; `fast` and `regions` factors."""

    model: str
    since: date | None = None
    web_search: Decimal = Decimal(0)
    fast: Decimal = Decimal(1)
    regions: dict[str, Decimal] = {}
    speeds: dict[str, _Speed] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: tuple[_Entry, ...] = ()


def read_own(path: Path) -> OwnPrices:
    """The prices by canonical name, of each model by rising date; empty without a file.

    Raises INVALID_REQUEST that names file and key, STORAGE_ERROR if the file cannot be read.
    """
    data = read_bounded(path, _LARGEST)
    if data is None:
        return {}
    from ringlet.store.toml import parse_toml  # only who has prices of their own waits for it

    try:
        tree = parse_toml(data.decode("utf-8-sig"), parse_float=Decimal)
        entries = msgspec.convert(tree, _File).price
    except msgspec.ValidationError as error:
        raise _problem(path, str(error).replace("`$.", "`")) from error
    except Exception as error:  # whatever the parser trips over is a fault of this file
        raise _problem(path, str(error) or type(error).__name__) from error
    found: dict[str, dict[int, DatedPrice]] = {}
    for number, entry in enumerate(entries):
        try:
            dated = DatedPrice(_since(entry), _price(entry), path.name)
        except (ValueError, ArithmeticError) as error:
            raise _problem(path, f"{error} - at `price[{number}]`, model {entry.model}") from error
        found.setdefault(canonical(entry.model), {})[dated.since] = dated
    return {name: tuple(dated[day] for day in sorted(dated)) for name, dated in found.items()}


def _since(entry: _Entry) -> int:
    if entry.since is None:
        return 0
    start = datetime.combine(entry.since, time(), UTC)
    return int(start.timestamp() * 1000)


def _price(entry: _Entry) -> Price:
    if not canonical(entry.model):
        raise ValueError("`model` is empty")
    bands = _bands(entry)
    return versioned(
        Price(
            bands,
            {name.lower(): _bands(speed) for name, speed in entry.speeds.items()},
            fast=_factor("fast", entry.fast),
            regions={
                name.lower(): _factor(f"regions.{name}", value)
                for name, value in entry.regions.items()
            },
            web_search=_amount("web_search", entry.web_search, per=1000),
        )
    )


def _bands(speed: _Speed) -> tuple[Band, ...]:
    steps = sorted(speed.above, key=lambda step: step.tokens)
    if any(step.tokens <= 0 for step in steps) or len({one.tokens for one in steps}) < len(steps):
        raise ValueError("`above.tokens` must be different numbers above 0")
    return (_band(0, speed), *(_band(step.tokens, step) for step in steps))


def _band(above: int, rates: _Rates) -> Band:
    named: dict[str, Any] = {name: getattr(rates, name) for name in _RATES}
    named["cache_write_5m"] = rates.cache_write
    named["cache_write_1h"] = rates.cache_write_1h
    return band(
        above,
        {
            name: _amount(name, value, per=1_000_000)
            for name, value in named.items()
            if value is not None
        },
    )


def _amount(name: str, dollars: Decimal, *, per: int) -> int:
    amount = femto(dollars / per) if dollars.is_finite() else None
    if amount is None:
        raise ValueError(f"`{name}` is no price: {dollars}")
    return amount


def _factor(name: str, value: Decimal) -> int:
    if not value.is_finite() or not 0 < value < _MAX_FACTOR:
        raise ValueError(f"`{name}` must be a factor above 0 and below {_MAX_FACTOR}: {value}")
    return int((value * ONE).to_integral_value())


def _problem(path: Path, what: str) -> RingletError:
    return RingletError(
        ErrorCode.INVALID_REQUEST,
        f"{path}: {what}",
        hint="Until it is corrected, the prices of this file count as before.",
    )
