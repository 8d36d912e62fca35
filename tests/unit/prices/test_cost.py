"""What a request costs: one rule each, worked out by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ringlet.domain.price_entries import band
from ringlet.domain.pricing import Cost, DatedPrice, Price, at, cost, versioned
from ringlet.domain.usage import Tokens

# Dollars for a million tokens, in femto-dollars for one.
USD = 10**9
OPUS = band(0, {"input": 5 * USD, "output": 25 * USD})
LONG = band(200_000, {"input": 10 * USD, "output": 75 * USD // 2})
PRICE = versioned(Price((OPUS, LONG), web_search=10**13))


def test_each_class_of_tokens_has_its_price() -> None:
    tokens = Tokens(input=3, output=5, cache_read=100, cache_write_5m=7, cache_write_1h=11)
    priced = cost(tokens, PRICE)
    assert priced == Cost(
        total=15_000 + 125_000 + 43_750 + 110_000 + 50_000,
        input=3 * 5_000,
        output=5 * 25_000,
        cache_write=7 * 6_250 + 11 * 10_000,
        cache_read=100 * 500,
        version=PRICE.version,
    )


def test_a_request_up_to_the_limit_costs_the_lower_price() -> None:
    assert cost(Tokens(input=200_000), PRICE).total == 200_000 * 5_000


def test_a_request_above_the_limit_costs_the_higher_price_with_all_of_its_tokens() -> None:
    assert cost(Tokens(input=200_001, output=2), PRICE).total == 200_001 * 10_000 + 2 * 37_500


def test_what_is_read_from_and_written_to_a_cache_counts_for_the_size_of_a_request() -> None:
    tokens = Tokens(input=1, cache_read=100_000, cache_write_5m=60_000, cache_write_1h=40_000)
    priced = cost(tokens, PRICE)
    assert priced.input == 10_000
    assert priced.cache_read == 100_000 * 1_000
    assert priced.cache_write == 60_000 * 12_500 + 40_000 * 20_000


def test_output_does_not_count_for_the_size_of_a_request() -> None:
    assert cost(Tokens(input=1, output=300_000), PRICE).output == 300_000 * 25_000


def test_fast_is_a_factor_on_all_tokens_and_not_on_searches() -> None:
    price = replace(PRICE, fast=2000)
    tokens = Tokens(input=10, output=10, cache_read=10, cache_write_1h=10, web_searches=1)
    plain, fast = cost(tokens, price), cost(tokens, price, tier="fast")
    assert sum(fast[1:5]) == 2 * sum(plain[1:5])
    assert fast.total - sum(fast[1:5]) == plain.total - sum(plain[1:5]) == 10_000_000


def test_fast_without_a_factor_is_the_priority_price() -> None:
    price = replace(PRICE, speeds={"priority": (band(0, {"input": 12 * USD, "output": 60 * USD}),)})
    assert cost(Tokens(input=1), price, tier="fast").total == 12_000
    assert cost(Tokens(input=1), price, tier="Priority").total == 12_000


def test_batches_and_flex_have_prices_of_their_own() -> None:
    half = (band(0, {"input": 5 * USD // 2, "output": 25 * USD // 2}),)
    price = replace(PRICE, speeds={"batch": half, "flex": half})
    assert {cost(Tokens(output=2), price, tier=tier).total for tier in ("batch", "batches", "flex")}
    assert cost(Tokens(output=2), price, tier="batch").total == 25_000
    assert cost(Tokens(output=2), price, tier="flex").total == 25_000


def test_a_tier_without_a_price_costs_the_standard_price() -> None:
    for tier in ("standard", "default", "priority", "batch", "fast", "scale"):
        assert cost(Tokens(input=1), PRICE, tier=tier).total == 5_000


def test_a_region_is_a_factor_on_all_tokens_and_on_fast_too() -> None:
    price = replace(PRICE, fast=2000, regions={"us": 1100})
    assert cost(Tokens(input=10), price, geo="us").total == 55_000
    assert cost(Tokens(input=10), price, geo="US", tier="fast").total == 110_000
    assert cost(Tokens(input=10), price, geo="not_available").total == 50_000
    assert cost(Tokens(web_searches=3), price, geo="us").total == 30_000_000


def test_reasoning_has_its_own_price_where_there_is_one() -> None:
    thinking = replace(OPUS, reasoning=40 * USD)
    priced = cost(Tokens(output=10, reasoning=4), replace(PRICE, bands=(thinking,)))
    assert priced.output == 6 * 25_000 + 4 * 40_000


def test_parts_that_are_rounded_still_add_up_to_the_rounded_whole() -> None:
    odd = band(0, {"input": 400_000, "output": 400_000, "cache_read": 400_000})
    priced = cost(Tokens(input=1, output=1, cache_read=1), Price((odd,)))
    assert priced.total == 1  # 1.2 nano-dollars
    assert sum(priced[1:5]) == 1


def test_the_price_is_the_one_of_the_moment() -> None:
    early, late = versioned(Price((LONG,))), versioned(Price((OPUS,)))
    history = (DatedPrice(1000, early), DatedPrice(2000, late))
    assert [at(history, time) for time in (1999, 2000)] == [history[0], history[1]]
    assert at(history, 3000) is history[1]


def test_the_first_price_also_holds_before_it_was_listed() -> None:
    history = (DatedPrice(1000, PRICE),)
    assert at(history, 0) is history[0]
    assert at((), 0) is None


def test_the_version_is_of_the_content() -> None:
    same = versioned(Price((OPUS, LONG), web_search=10**13))
    assert same.version == PRICE.version
    assert versioned(replace(PRICE, fast=2000)).version != PRICE.version
    assert versioned(replace(PRICE, version=1)).version == PRICE.version


amounts = st.integers(0, 10**12)
counts = st.integers(0, 10**7)
tokens_of_any_kind = st.builds(Tokens, *[counts] * 5, reasoning=st.just(0), web_searches=counts)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """Any price that is not lower for larger requests."""
    bands = []
    base = {name: draw(amounts) for name in ("input", "output", "cache_read", "cache_write_5m")}
    for number, above in enumerate(sorted({0, *draw(st.lists(st.integers(1, 10**6), max_size=3))})):
        bands.append(band(above, {name: rate * (number + 1) for name, rate in base.items()}))
    return Price(
        tuple(bands),
        speeds={"flex": tuple(bands[:1])},
        fast=draw(st.integers(1, 10_000)),
        regions={"us": draw(st.integers(1, 3000))},
        web_search=draw(amounts),
    )


@given(tokens_of_any_kind, prices(), st.sampled_from(["", "fast", "flex"]), st.sampled_from(["us"]))
def test_the_parts_add_up_to_the_total(tokens: Tokens, price: Price, tier: str, geo: str) -> None:
    priced = cost(tokens, price, tier=tier, geo=geo)
    searches = tokens.web_searches * price.web_search / 1_000_000
    assert abs(priced.total - sum(priced[1:5]) - searches) < 1
    assert min(priced[:5]) >= 0


@given(tokens_of_any_kind, tokens_of_any_kind, prices())
def test_more_tokens_never_cost_less(tokens: Tokens, more: Tokens, price: Price) -> None:
    both = Tokens(
        *(getattr(tokens, name) + getattr(more, name) for name in Tokens.__struct_fields__)
    )
    assert cost(both, price).total >= cost(tokens, price).total
