"""The file that is shipped: every price once, and for each model from which day on it holds."""

import zlib
from collections import Counter
from datetime import date
from typing import Any

import msgspec

from pricedata.history import Model
from ringlet.domain.pricing import Price

_EPOCH = date(1970, 1, 1)


def pack(models: dict[str, Model]) -> bytes:
    """The bytes of prices.bin; the same for the same models."""
    counted = Counter(_plain(dated.price) for model in models.values() for dated in model.dated)
    prices = sorted(counted, key=lambda price: (-counted[price], price))
    numbers = {price: number for number, price in enumerate(prices)}
    sources = {
        str(_day(dated.since)): dated.source for model in models.values() for dated in model.dated
    }
    content = {
        "format": 1,
        "sources": dict(sorted(sources.items())),
        "prices": [msgspec.Raw(price) for price in prices],
        "models": {name: _row(model, numbers) for name, model in models.items()},
    }
    return zlib.compress(msgspec.json.encode(content), 9)


def unpack(data: bytes) -> Any:
    """What the file says, to compare two of them."""
    return msgspec.json.decode(zlib.decompress(data))


def _row(model: Model, numbers: dict[bytes, int]) -> list[int]:
    """The day it was seen last (0: still), then day and price in turn."""
    row = [0 if model.last_seen is None else _day(model.last_seen)]
    for dated in model.dated:
        row += [_day(dated.since), numbers[_plain(dated.price)]]
    return row


def _plain(price: Price) -> bytes:
    """The price without its version and without defaults at the end."""
    values = msgspec.to_builtins(price)[:-1]
    defaults = msgspec.to_builtins(Price(()))[:-1]
    while values[-1] == defaults[len(values) - 1]:
        values.pop()
    return msgspec.json.encode(values, order="deterministic")


def _day(day: date) -> int:
    return (day - _EPOCH).days
