"""What models cost, for people who want to check it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from ringlet.domain.pricing import ONE, Band, DatedPrice
from ringlet.store.prices import PriceBook
from ringlet.wire.replies.prices import ModelPrice, Prices, Rates

_FEMTO_OF_A_MILLION = 10**9


def price_of(
    model: str, when: datetime, *, book: PriceBook, provider: str = ""
) -> ModelPrice | None:
    """The price of a model at a time; None if it is not known."""
    dated = book.at(model, int(when.timestamp() * 1000), provider)
    return None if dated is None else _shown(model, dated, book.entry(model, provider))


def price_history(model: str, *, book: PriceBook, provider: str = "") -> list[ModelPrice]:
    """All prices of a model, the newest last; empty if none is known."""
    entry = book.entry(model, provider)
    return [_shown(model, dated, entry) for dated in book.history(model, provider)]


def list_prices(models: Iterable[str], when: datetime, *, book: PriceBook) -> Prices:
    """The prices of these models at a time, each once, and those without one."""
    found = {model: price_of(model, when, book=book) for model in models}
    return Prices(
        [price for price in found.values() if price is not None],
        [model for model, price in found.items() if price is None],
    )


def _shown(model: str, dated: DatedPrice, entry: str | None) -> ModelPrice:
    price = dated.price
    return ModelPrice(
        model,
        entry or model,
        _day(dated.since),
        dated.source,
        _rates(price.bands),
        {name: _rates(bands) for name, bands in price.speeds.items()},
        price.fast / ONE,
        {region: factor / ONE for region, factor in price.regions.items()},
        price.web_search / 10**15,
        price.version,
        None if dated.last_seen is None else _day(dated.last_seen),
    )


def _rates(bands: tuple[Band, ...]) -> list[Rates]:
    return [
        Rates(
            band.above,
            *(
                rate / _FEMTO_OF_A_MILLION
                for rate in (
                    band.input,
                    band.output,
                    band.cache_read,
                    band.cache_write_5m,
                    band.cache_write_1h,
                    band.reasoning,
                )
            ),
        )
        for band in bands
    ]


def _day(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).date().isoformat()
