"""The price history that comes with the program; tools/build-prices makes it."""

from __future__ import annotations

import zlib
from collections.abc import KeysView
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from ringlet.domain.pricing import RULES, DatedPrice, Price, versioned

DAY_MS: Final = 86_400_000


class _Content(msgspec.Struct):
    """`prices` holds each price once. A row of `models` is the day on which the model was listed
    last (0: it still is), then in turn a day and the number of the price that holds from then on.
    Days are counted from 1970; `sources` says for some of them where the prices are from.
    """

    prices: list[msgspec.Raw]
    models: dict[str, msgspec.Raw]
    sources: dict[str, str]


class ShippedPrices:
    """Prices by the name of their entry, decoded when they are asked for."""

    def __init__(self, data: bytes) -> None:
        self._content = msgspec.json.decode(zlib.decompress(data), type=_Content)

    @property
    def names(self) -> KeysView[str]:
        return self._content.models.keys()

    def history(self, name: str) -> tuple[DatedPrice, ...]:
        """All prices of an entry by rising date; empty if there is no such entry."""
        raw = self._content.models.get(name)
        if raw is None:
            return ()
        last, *row = msgspec.json.decode(raw, type=list[int])
        seen = last * DAY_MS if last else None
        return tuple(
            DatedPrice(day * DAY_MS, self._price(number), self._source(day), seen)
            for day, number in zip(row[::2], row[1::2], strict=True)
        )

    def _price(self, number: int) -> Price:
        return versioned(msgspec.json.decode(self._content.prices[number], type=Price))

    def _source(self, day: int) -> str:
        return self._content.sources.get(str(day), "")


@cache
def shipped_checksum() -> int:
    """Another number for other prices, and for another way to reckon with them."""
    return zlib.crc32(_data(), RULES)


@cache
def shipped() -> ShippedPrices:
    """The one that is part of the package; read once, in about 10 ms."""
    return ShippedPrices(_data())


def _data() -> bytes:
    return (files("ringlet.data") / "prices.bin").read_bytes()
