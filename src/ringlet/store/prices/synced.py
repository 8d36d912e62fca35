"""Prices of synchronised lists: each list adds what it says differently, with its date.

`registry/litellm-pricing.json` is replaced by each synchronisation; what it said stays in
`telemetry/price-layers.json`, so that the past can be priced as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, KeysView
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.price_entries import price_from_entry
from ringlet.domain.pricing import DatedPrice, Price, at, versioned
from ringlet.store.files import ensure_private_dir, read_bounded, write_atomic
from ringlet.store.paths import Paths
from ringlet.store.prices.shipped import ShippedPrices, shipped
from ringlet.store.quarantine import Quarantine

_LARGEST_LIST: Final = 16 << 20
_MOST_VALUES: Final = 1_000_000  # each takes some 100 bytes; the public list has 100,000
_LARGEST_LAYERS: Final = 64 << 20
_LONGEST_NAME: Final = 200
_FORMAT: Final = 1


class _Layers(msgspec.Struct):
    """`absorbed` tells the list that was taken in last: its time in ns, and its size.

    `models` holds for each model pairs of a time (ms since 1970) and a price.
    """

    format: int = _FORMAT
    absorbed: tuple[int, int] = (0, 0)
    models: dict[str, msgspec.Raw] = {}


class SyncedPrices:
    """What synchronised lists said, by the name of the entry."""

    def __init__(self, layers: _Layers) -> None:
        self._layers = layers

    @classmethod
    def load(cls, path: Path, quarantine: Quarantine) -> SyncedPrices:
        """Those of the file; none without it. A damaged one is set aside."""
        return cls(quarantine.load(path, _parse, limit=_LARGEST_LAYERS) or _Layers())

    @property
    def names(self) -> KeysView[str]:
        return self._layers.models.keys()

    @property
    def absorbed(self) -> tuple[int, int]:
        return self._layers.absorbed

    def history(self, name: str) -> tuple[DatedPrice, ...]:
        """All prices of an entry by rising date; empty if no list said anything new of it."""
        raw = self._layers.models.get(name)
        if raw is None:
            return ()
        pairs = msgspec.json.decode(raw, type=list[tuple[int, Price]])
        return tuple(
            DatedPrice(since, versioned(price), "registry")
            for since, price in sorted(pairs, key=_time)
        )

    def extended(self, state: tuple[int, int], news: dict[str, DatedPrice]) -> bytes:
        """The file with the news of one more list in it."""
        models = dict(self._layers.models)
        for name, dated in news.items():
            pairs = [(one.since, one.price) for one in (*self.history(name), dated)]
            models[name] = msgspec.Raw(msgspec.json.encode(pairs))
        return msgspec.json.encode(_Layers(absorbed=state, models=models))


def listed_history(
    name: str, shipped_prices: ShippedPrices, synced: SyncedPrices
) -> tuple[DatedPrice, ...]:
    """Shipped and synchronised prices of an entry in one row; of one moment the latter counts."""
    dated = (*shipped_prices.history(name), *synced.history(name))
    return tuple({one.since: one for one in sorted(dated, key=lambda one: one.since)}.values())


def absorb(paths: Paths, quarantine: Quarantine) -> int:
    """Keep what the synchronised list says differently; for how many models.

    For the daemon, the one writer of the layers, after a synchronisation and when it starts: a
    list that was taken in already costs one look at the file, a new one some tenths of a second.
    Raises REGISTRY_ERROR if the file is no price list, STORAGE_ERROR.
    """
    try:
        status = paths.synced_prices.stat()
    except OSError:
        return 0
    state = (status.st_mtime_ns, status.st_size)
    synced = SyncedPrices.load(paths.price_layers, quarantine)
    if synced.absorbed == state:
        return 0
    since = status.st_mtime_ns // 1_000_000
    news = {}
    for name, price in _prices_of(paths.synced_prices):
        known = at(listed_history(name, shipped(), synced), since)
        if known is not None and not price.web_search:  # lists often leave it out
            price = versioned(replace(price, web_search=known.price.web_search))
        if known is None or known.price.version != price.version:
            news[name] = DatedPrice(since, price)
    ensure_private_dir(paths.price_layers.parent)
    write_atomic(paths.price_layers, synced.extended(state, news))
    return len(news)


def _prices_of(path: Path) -> Iterator[tuple[str, Price]]:
    """The models of a price list; entries that make no sense are passed over, one by one."""
    data = read_bounded(path, _LARGEST_LIST)
    for name, entry in _entries(path, b"{}" if data is None else data).items():
        try:
            price = price_from_entry(entry)
        except (ValueError, ArithmeticError, TypeError):
            continue  # a number that none can be reckoned with
        if price is not None and name != "sample_spec" and 0 < len(name) <= _LONGEST_NAME:
            yield name, price


def _entries(path: Path, data: bytes) -> dict[str, Any]:
    if data.count(b",") > _MOST_VALUES:
        raise _no_list(path, f"it holds more than {_MOST_VALUES:,} values")
    try:
        try:
            tree = msgspec.json.decode(data)
        except msgspec.DecodeError:
            import json  # seldom needed

            tree = json.loads(data)  # slower, but takes NaN and halves of characters
    except Exception as error:  # whatever the parser trips over is a fault of this file
        raise _no_list(path, str(error) or type(error).__name__) from error
    if not isinstance(tree, dict):
        raise _no_list(path, "it holds no entries")
    return tree


def _no_list(path: Path, why: str) -> RingletError:
    return RingletError(
        ErrorCode.REGISTRY_ERROR,
        f"{path} is no price list: {why}",
        hint="Synchronise again; until then the prices known so far count.",
    )


def _parse(data: bytes) -> _Layers:
    layers = msgspec.json.decode(data, type=_Layers)
    if layers.format != _FORMAT:
        raise ValueError(f"format {layers.format} is not known")
    return layers


def _time(pair: tuple[int, Price]) -> int:
    return pair[0]
