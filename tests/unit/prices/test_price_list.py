"""Prices as they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ringlet.engine.prices import list_prices, price_history, price_of
from ringlet.store.paths import Paths
from ringlet.store.prices import PriceBook
from ringlet.store.quarantine import Quarantine

TODAY = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    return PriceBook(Paths(tmp_path, tmp_path, tmp_path, tmp_path), Quarantine(tmp_path / "q"))


def test_a_price_is_shown_in_dollars_for_a_million_tokens(book: PriceBook) -> None:
    price = price_of("claude-opus-4-8[1m]", TODAY, book=book)
    assert price is not None
    assert (price.model, price.entry) == ("claude-opus-4-8[1m]", "claude-opus-4-8")
    assert (price.rates[0].input, price.rates[0].cache_write_1h) == (5, 10)
    assert (price.fast, price.regions, price.web_search) == (2, {"us": 1.1}, 0.01)
    assert price.speeds["batch"][0].output == 12.5
    assert price.source.startswith("LiteLLM")
    assert price.last_listed is None


def test_all_prices_of_a_model_are_shown_by_rising_day(book: PriceBook) -> None:
    first, second = price_history("gpt-5.6", book=book)
    assert (first.rates[0].input, second.rates[0].input) == (5, 4)
    assert (second.since, second.source) == ("2026-08-21", "genai-prices")
    assert price_history("unheard-of-7", book=book) == []


def test_models_without_a_price_are_listed(book: PriceBook) -> None:
    found = list_prices(["gpt-5.5", "unheard-of-7", "gpt-5.5"], TODAY, book=book)
    assert [price.model for price in found.prices] == ["gpt-5.5"]
    assert found.unpriced == ["unheard-of-7"]


def test_a_model_that_is_listed_no_more_says_since_when(book: PriceBook) -> None:
    price = price_of("claude-sonnet-4-20250514", TODAY, book=book)
    assert price is not None
    assert price.last_listed == "2026-09-06"
