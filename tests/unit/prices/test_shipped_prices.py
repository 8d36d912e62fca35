"""The prices that are shipped: what vendors' pages say of models of today, and what was before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ringlet.domain.model_names import ModelNames
from ringlet.domain.pricing import Band, DatedPrice, at, cost
from ringlet.domain.usage import Tokens
from ringlet.store.prices.shipped import shipped

MILLION = 1_000_000
# Dollars for a million tokens: input, output, cache read, cache written for 5 minutes and an hour.
GOLDEN = {
    "claude-opus-4-8": (5, 25, 0.5, 6.25, 10),
    "claude-sonnet-5": (2, 10, 0.2, 2.5, 4),
    "claude-sonnet-4-5": (3, 15, 0.3, 3.75, 6),
    "claude-haiku-4-5-20251001": (1, 5, 0.1, 1.25, 2),
    "claude-haiku-5-5": (0.1, 0.5, 0.01, 0.125, 0.2),
    "us.anthropic.claude-opus-4-8": (5.5, 27.5, 0.55, 6.875, 11),
    "gpt-5": (1.25, 10, 0.125, 1.5625, 2.5),
    "gpt-5.3-codex": (1.75, 14, 0.175, 2.1875, 3.5),
    "gpt-5.4": (2.5, 15, 0.25, 3.125, 5),
    "gpt-5.5": (5, 30, 0.5, 6.25, 10),
    "gpt-5.6": (4, 20, 0.4, 5, 8),
    "gpt-6-sol": (2, 10, 0.2, 2.5, 4),
    "xai/grok-4.7": (2, 6, 0.5, 2.5, 4),
    "deepseek/deepseek-v3.2": (0.28, 0.42, 0.028, 0.35, 0.56),
    "xai/grok-code-fast-1": (1, 2, 0.2, 1.25, 2),
    "zai/glm-4.5": (0.6, 2.2, 0.11, 0.75, 1.2),
    "zai/glm-4.5-air": (0.2, 1.1, 0.03, 0.25, 0.4),
    "zai/glm-4.5-airx": (1.1, 4.5, 0.22, 1.375, 2.2),
    "zai/glm-4.5-x": (2.2, 8.9, 0.45, 2.75, 4.4),
    "zai/glm-5": (1, 3.2, 0.2, 0, 2),
    "minimax/MiniMax-M3": (0.3, 1.2, 0.06, 0.375, 0.6),
}


def newest(name: str) -> DatedPrice:
    return shipped().history(name)[-1]


def dollars_of(band: Band) -> tuple[float, ...]:
    rates = (band.input, band.output, band.cache_read, band.cache_write_5m, band.cache_write_1h)
    return tuple(rate / 10**9 for rate in rates)


def on(name: str, day: str) -> DatedPrice:
    time = datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()
    found = at(shipped().history(name), int(time * 1000))
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "dollars"), GOLDEN.items())
def test_prices_of_today(name: str, dollars: tuple[float, ...]) -> None:
    first = newest(name).price.bands[0]
    rates = (
        first.input,
        first.output,
        first.cache_read,
        first.cache_write_5m,
        first.cache_write_1h,
    )
    assert tuple(rate / 10**9 for rate in rates) == dollars


@pytest.mark.parametrize(
    ("name", "above", "dollars"),
    [
        ("claude-haiku-5-5", 100_000, (0.5, 2.5, 0.05, 0.625, 1)),
        ("gpt-5.5", 272_000, (10, 45, 1, 12.5, 20)),
        ("gpt-5.6", 272_000, (8, 30, 0.8, 10, 16)),
    ],
)
def test_prices_of_large_requests(name: str, above: int, dollars: tuple[float, ...]) -> None:
    band = newest(name).price.bands[1]
    assert (band.above, dollars_of(band)) == (above, dollars)


def test_speeds_regions_and_searches_of_today() -> None:
    opus, gpt = newest("claude-opus-4-8").price, newest("gpt-5.5").price
    one = Tokens(output=MILLION)
    assert cost(one, opus, tier="fast", geo="us").total == 55 * 10**9
    assert cost(one, opus, tier="batch").total == 12_500_000_000
    assert cost(one, gpt, tier="priority").total == 75 * 10**9
    assert cost(one, gpt, tier="flex").total == 15 * 10**9
    assert cost(Tokens(web_searches=1000), opus).total == 10 * 10**9
    assert cost(Tokens(web_searches=1), newest("claude-haiku-4-5-20251001").price).total == 10**7


def test_a_price_that_changed_within_a_month_is_that_of_its_day() -> None:
    before, after = on("gpt-5.6", "2026-08-20"), on("gpt-5.6", "2026-08-21")
    assert [one.price.bands[0].input / 10**9 for one in (before, after)] == [5, 4]
    before, after = on("o3", "2025-06-09"), on("o3", "2025-06-10")
    assert [one.price.bands[0].output / 10**9 for one in (before, after)] == [40, 8]


def test_models_that_are_listed_no_more_keep_their_price() -> None:
    sonnet = newest("claude-sonnet-4-20250514")
    assert sonnet.last_seen is not None
    assert sonnet.price.bands[0].output == 15 * 10**9


def test_every_price_can_be_read_and_its_history_rises() -> None:
    names = list(shipped().names)
    assert len(names) > 4000
    for name in names:
        history = shipped().history(name)
        days = [dated.since for dated in history]
        assert history
        assert days == sorted(set(days)), name
        for dated in history:
            for bands in (dated.price.bands, *dated.price.speeds.values()):
                assert bands[0].above == 0
                assert [band.above for band in bands] == sorted({band.above for band in bands})


def test_an_entry_that_is_not_listed_has_no_history() -> None:
    assert shipped().history("unheard-of") == ()


@pytest.mark.parametrize("name", ["xai/grok-4.3", "xai/grok-4.7", "xai/grok-code-fast-1"])
def test_a_prompt_that_reaches_200_000_tokens_costs_the_higher_price_at_xai(name: str) -> None:
    price = newest(name).price
    small, large = (cost(Tokens(input=size), price).total for size in (199_999, 200_000))
    assert large == 2 * (small + small // 199_999)


def test_sonnet_4_5_had_a_price_for_large_requests_while_it_took_them() -> None:
    large = Tokens(input=300_000)
    then, now = on("claude-sonnet-4-5", "2026-05-01"), newest("claude-sonnet-4-5")
    assert cost(large, then.price).total == 1_800_000_000
    assert [band.above for band in now.price.bands] == [0]


def test_grok_code_fast_cost_less_before_it_was_another_model() -> None:
    before = on("xai/grok-code-fast-1", "2026-01-01").price.bands[0]
    assert dollars_of(before)[:3] == (0.2, 1.5, 0.02)


def test_a_model_without_a_date_has_the_price_of_its_newest() -> None:
    name = ModelNames(shipped().names).find("claude-sonnet-4")
    assert name is not None
    assert dollars_of(newest(name).price.bands[0]) == (3, 15, 0.3, 3.75, 6)
