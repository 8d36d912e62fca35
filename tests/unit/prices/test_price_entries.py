"""Entries of the public price file, and what is made of odd ones."""

from __future__ import annotations

from typing import Any

import pytest

from ringlet.domain.price_entries import femto, price_from_entry
from ringlet.domain.pricing import Price

BASE: dict[str, Any] = {
    "mode": "chat",
    "input_cost_per_token": 5e-06,
    "output_cost_per_token": 2.5e-05,
}


def priced(**fields: Any) -> Price:
    price = price_from_entry({**BASE, **fields})
    assert price is not None
    return price


def test_what_a_cache_costs_follows_from_the_input_if_it_is_not_told() -> None:
    (only,) = priced().bands
    assert only.cache_write_5m == 6_250_000_000
    assert only.cache_write_1h == 10_000_000_000
    assert only.cache_read == 500_000_000
    assert only.reasoning == only.output


def test_what_is_told_of_a_cache_counts() -> None:
    (only,) = priced(
        cache_read_input_token_cost=2.5e-07,
        cache_creation_input_token_cost=6e-06,
        cache_creation_input_token_cost_above_1hr=9e-06,
    ).bands
    assert (only.cache_read, only.cache_write_5m, only.cache_write_1h) == (
        250_000_000,
        6_000_000_000,
        9_000_000_000,
    )


def test_sizes_of_requests_make_bands() -> None:
    low, high = priced(
        input_cost_per_token_above_200k_tokens=1e-05,
        output_cost_per_token_above_200k_tokens=3.75e-05,
        cache_creation_input_token_cost_above_1hr_above_200k_tokens=2.1e-05,
    ).bands
    assert (low.above, high.above) == (0, 200_000)
    assert (high.input, high.output) == (10_000_000_000, 37_500_000_000)
    assert high.cache_write_1h == 21_000_000_000
    assert high.cache_write_5m == 12_500_000_000, "it changes as the input price does"


def test_tiers_in_a_list_are_bands_too() -> None:
    tiers = [
        {"range": [0, 256000.0], "input_cost_per_token": 1e-6, "output_cost_per_token": 4e-6},
        {"range": [256000.0, 1e6], "input_cost_per_token": 3e-6, "output_cost_per_token": "8e-6"},
    ]
    price = price_from_entry({"mode": "chat", "tiered_pricing": tiers})
    assert price is not None
    assert [(one.above, one.input, one.output) for one in price.bands] == [
        (0, 10**9, 4 * 10**9),
        (256_000, 3 * 10**9, 8 * 10**9),
    ]


def test_speeds_have_bands_of_their_own_and_the_standard_ones_otherwise() -> None:
    price = priced(
        input_cost_per_token_above_272k_tokens=1e-05,
        input_cost_per_token_priority=1e-05,
        output_cost_per_token_priority=5e-05,
        input_cost_per_token_batches=2.5e-06,
        output_cost_per_token_batches=1.25e-05,
        input_cost_per_token_above_272k_tokens_batches=5e-06,
    )
    assert set(price.speeds) == {"priority", "batch"}
    low, high = price.speeds["priority"]
    assert (low.input, low.output, low.cache_read) == (10 * 10**9, 50 * 10**9, 10**9)
    assert high == price.bands[1]
    assert [one.input for one in price.speeds["batch"]] == [2_500_000_000, 5_000_000_000]
    assert price.speeds["batch"][0].cache_write_1h == 5_000_000_000


def test_factors_and_searches() -> None:
    price = priced(
        provider_specific_entry={"fast": 2.0, "us": "1.1", "other": {"x": 1}},
        regional_processing_uplift_multiplier_eu=1.1,
        search_context_cost_per_query={
            "search_context_size_low": 0.006,
            "search_context_size_medium": 0.01,
        },
    )
    assert (price.fast, price.regions) == (2000, {"us": 1100, "eu": 1100})
    assert price.web_search == 10**13


def test_numbers_may_be_text() -> None:
    text = {
        "mode": "chat",
        "input_cost_per_token": "5e-06",
        "output_cost_per_token": "0.000025",
    }
    assert price_from_entry(text) == priced()


@pytest.mark.parametrize(
    "odd", ["free", "", "NaN", "Infinity", "-1", -1e-6, None, True, [], {}, 2, float("nan")]
)
def test_a_field_that_makes_no_sense_counts_as_missing(odd: object) -> None:
    assert priced(cache_read_input_token_cost=odd) == priced()
    assert price_from_entry({**BASE, "input_cost_per_token": odd}) is None


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        "text",
        {},
        {"mode": "embedding", **{key: BASE[key] for key in BASE if key != "mode"}},
        {"mode": "chat", "input_cost_per_second": 0.01},
        {"mode": "chat", "input_cost_per_token": 1e-6},
        {"mode": "chat", "tiered_pricing": [{"range": []}, 7, {"range": ["x"]}]},
        {"mode": 5, "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
        {"mode": ["chat"], "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6},
    ],
)
def test_what_is_no_model_billed_by_tokens_has_no_price(entry: object) -> None:
    assert price_from_entry(entry) is None


def test_a_model_may_be_free() -> None:
    price = price_from_entry(
        {"mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}
    )
    assert price is not None
    assert price.bands[0].output == 0


def test_noise_of_floating_point_is_rounded_away() -> None:
    assert femto(1.0000000000000001e-07) == 100_000_000
    assert femto(6.25e-06) == 6_250_000_000
