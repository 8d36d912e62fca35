"""Which of several lists counts: the user's, synchronised ones, the shipped one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.paths import Paths
from ringlet.store.prices import PriceBook, absorb
from ringlet.store.prices.own import read_own
from ringlet.store.quarantine import Quarantine

NOW = "2026-11-25"


def ms(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    (tmp_path / "registry").mkdir()
    return Paths(tmp_path, tmp_path, tmp_path, tmp_path)


def book_of(paths: Paths) -> PriceBook:
    return PriceBook(paths, Quarantine(paths.quarantine))


def input_price(book: PriceBook, model: str, day: str = NOW, provider: str = "") -> float | None:
    """Dollars for a million tokens."""
    dated = book.at(model, ms(day), provider)
    return None if dated is None else dated.price.bands[0].input / 10**9


def sync(paths: Paths, day: str, entries: Any) -> int:
    """Put a price list in place as a synchronisation of that day does, and absorb it."""
    text = entries if isinstance(entries, str) else json.dumps(entries)
    paths.synced_prices.write_text(text, "utf-8")
    os.utime(paths.synced_prices, ns=(ms(day) * 10**6, ms(day) * 10**6))
    return absorb(paths, Quarantine(paths.quarantine))


def entry(dollars: Any, output: Any = 1e-5) -> dict[str, Any]:
    return {"mode": "chat", "input_cost_per_token": dollars, "output_cost_per_token": output}


def test_shipped_prices_are_found_by_any_spelling(paths: Paths) -> None:
    book = book_of(paths)
    assert input_price(book, "claude-opus-4-8") == 5
    assert input_price(book, "openrouter/anthropic/claude-opus-4-8[1m]") == 5
    assert input_price(book, "us.anthropic.claude-opus-4-8") == 5.5
    assert input_price(book, "glm-5", provider="zai") == 1
    assert book.entry("claude-opus-4-8[1m]") == "claude-opus-4-8"


def test_an_unknown_model_has_no_price(paths: Paths) -> None:
    book = book_of(paths)
    assert book.at("unheard-of-7", ms(NOW)) is None
    assert book.history("unheard-of-7") == ()
    assert book.entry("unheard-of-7") is None


def test_a_synchronised_price_counts_from_its_day_on(paths: Paths) -> None:
    assert sync(paths, "2026-11-22", {"claude-opus-4-8": entry(4e-6)}) == 1
    book = book_of(paths)
    assert input_price(book, "claude-opus-4-8", "2026-11-21") == 5
    assert input_price(book, "claude-opus-4-8", "2026-11-22") == 4


def test_no_synchronised_list_is_ever_forgotten(paths: Paths) -> None:
    sync(paths, "2026-11-21", {"fresh-1": entry(1e-6), "gone-1": entry(7e-6)})
    sync(paths, "2026-11-23", {"fresh-1": entry(2e-6)})
    sync(paths, "2026-11-25", {"fresh-1": entry(2e-6)})
    book = book_of(paths)
    assert [input_price(book, "fresh-1", f"2026-11-{day}") for day in (20, 22, 24)] == [1, 1, 2]
    assert input_price(book, "gone-1") == 7
    assert len(book.history("fresh-1")) == 2


def test_a_list_that_says_the_same_changes_nothing(paths: Paths) -> None:
    sync(paths, "2026-11-21", {"fresh-1": entry(1e-6)})
    before = paths.price_layers.read_bytes()
    assert absorb(paths, Quarantine(paths.quarantine)) == 0
    assert paths.price_layers.read_bytes() == before
    assert sync(paths, "2026-11-22", {"fresh-1": entry("1e-06")}) == 0


def test_a_list_that_is_silent_about_searches_does_not_make_them_free(paths: Paths) -> None:
    sync(paths, "2026-11-22", {"claude-opus-4-8": entry(4e-6)})
    dated = book_of(paths).at("claude-opus-4-8", ms(NOW))
    assert dated is not None
    assert dated.price.web_search == 10**13


def test_broken_entries_are_passed_over_one_by_one(paths: Paths) -> None:
    entries = {
        "sample_spec": entry(1e-6),
        "text-1": entry("0.000003", "1e-05"),
        "wrong-1": entry("cheap"),
        "wrong-2": entry(-1),
        "wrong-3": [1],
        "wrong-4": None,
        "": entry(1e-6),
        "x" * 500: entry(1e-6),
        "right-1": entry(2e-6),
    }
    assert sync(paths, "2026-11-22", entries) == 2
    book = book_of(paths)
    assert input_price(book, "text-1") == 3
    assert input_price(book, "right-1") == 2
    assert input_price(book, "wrong-1") is None


def test_a_list_with_nan_or_half_a_character_is_read(paths: Paths) -> None:
    text = '{"odd-1": {"x": NaN, "y": "\\ud83d"}, "right-1": ' + json.dumps(entry(2e-6)) + "}"
    assert sync(paths, "2026-11-22", text) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 200_000])
def test_a_file_that_is_no_list_is_refused_by_name_and_changes_nothing(
    paths: Paths, text: str
) -> None:
    sync(paths, "2026-11-21", {"fresh-1": entry(1e-6)})
    with pytest.raises(RingletError, match=r"litellm-pricing\.json") as caught:
        sync(paths, "2026-11-22", text)
    assert caught.value.code == ErrorCode.REGISTRY_ERROR
    assert input_price(book_of(paths), "fresh-1") == 1


def test_a_list_that_is_too_large_is_refused(paths: Paths) -> None:
    with paths.synced_prices.open("wb") as stream:
        stream.truncate((32 << 20) + 1)
    with pytest.raises(RingletError, match=r"litellm-pricing\.json"):
        absorb(paths, Quarantine(paths.quarantine))


def test_damaged_layers_are_set_aside_and_told(paths: Paths) -> None:
    paths.price_layers.parent.mkdir()
    paths.price_layers.write_text("{}}")
    quarantine = Quarantine(paths.quarantine)
    assert PriceBook(paths, quarantine).at("claude-opus-4-8", ms(NOW)) is not None
    assert any("price-layers.json" in problem for problem in quarantine.problems)
    assert not paths.price_layers.exists()


def test_refresh_tells_whether_a_file_has_changed(paths: Paths) -> None:
    book = book_of(paths)
    assert input_price(book, "claude-opus-4-8") == 5
    assert not book.refresh()
    sync(paths, "2026-11-22", {"claude-opus-4-8": entry(4e-6)})
    assert book.refresh()
    assert input_price(book, "claude-opus-4-8") == 4
    paths.own_prices.write_text('[[price]]\nmodel = "claude-opus-4-8"\ninput = 3\noutput = 4\n')
    assert book.refresh()
    assert input_price(book, "claude-opus-4-8") == 3
    assert not book.refresh()


OWN = """
[[price]]
model = "claude-opus-4.8"
since = 2026-11-10
input = 4
output = 20.5

[[price]]
model = "house-model"
input = 0.1
output = 0.3
cache_read = 0.01
cache_write = 0.2
cache_write_1h = 0.4
reasoning = 0.5
web_search = 5
fast = 2.5
regions = { us = 1.1 }

[[price.above]]
tokens = 100_000
input = 0.2
output = 0.6

[price.speeds.priority]
input = 1
output = 3
"""


def test_prices_of_the_user_count_before_all_others(paths: Paths) -> None:
    paths.own_prices.write_text(OWN)
    sync(paths, "2026-11-22", {"claude-opus-4-8": entry(9e-6)})
    book = book_of(paths)
    assert input_price(book, "claude-opus-4-8", "2026-11-09") == 5
    assert input_price(book, "claude-opus-4-8", "2026-11-10") == 4
    assert input_price(book, "claude-opus-4-8[1m]") == 4
    assert input_price(book, "us.anthropic.claude-opus-4-8") == 5.5


def test_every_key_of_the_users_prices_counts(paths: Paths) -> None:
    paths.own_prices.write_text(OWN)
    dated = book_of(paths).at("house-model", 0)
    assert dated is not None
    price, first = dated.price, dated.price.bands[0]
    assert dated.source == "prices.toml"
    assert [first.input, first.output, first.cache_read] == [10**8, 3 * 10**8, 10**7]
    assert [first.cache_write_5m, first.cache_write_1h] == [2 * 10**8, 4 * 10**8]
    assert first.reasoning == 5 * 10**8
    assert (price.bands[1].above, price.bands[1].cache_read) == (100_000, 2 * 10**7)
    assert (price.fast, price.regions, price.web_search) == (2500, {"us": 1100}, 5 * 10**12)
    assert price.speeds["priority"][0].output == 3 * 10**9


def test_a_price_of_the_user_may_be_for_one_provider(paths: Paths) -> None:
    paths.own_prices.write_text('[[price]]\nmodel = "zai/glm-5"\ninput = 0\noutput = 0\n')
    book = book_of(paths)
    assert input_price(book, "glm-5", provider="zai") == 0
    paths.own_prices.write_text('[[price]]\nmodel = "glm-5"\ninput = 9\noutput = 9\n')
    assert book.refresh()
    assert input_price(book, "glm-5", provider="zai") == 9


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[[price]", "line 1"),
        ("[[price]]\ninput = 1\noutput = 1", "model"),
        ('[[price]]\nmodel = "x-1"\ninput = "dear"\noutput = 1', r"price\[0\].input"),
        ('[[price]]\nmodel = "x-1"\ninput = -1\noutput = 1', "`input`.*price.0.*x-1"),
        ('[[price]]\nmodel = "x-1"\ninput = nan\noutput = 1', "`input`"),
        ('[[price]]\nmodel = "x-1"\ninput = inf\noutput = 1', "`input`"),
        ('[[price]]\nmodel = "x-1"\ninput = 1\noutput = 1\nfast = 0', "`fast`"),
        ('[[price]]\nmodel = "x-1"\ninput = 1\noutput = 1\nregions = { us = 1000 }', "regions.us"),
        ('[[price]]\nmodel = "x-1"\ninput = 1\noutput = 1\nouput = 1', "ouput"),
        ('[[price]]\nmodel = "x-1"\ninput = 1\noutput = 1\nsince = "May"', r"price\[0\].since"),
        ('[[price]]\nmodel = "--"\ninput = 1\noutput = 1', "`model`"),
        (
            '[[price]]\nmodel = "x-1"\ninput = 1\noutput = 1\n'
            "[[price.above]]\ntokens = 0\ninput = 1\noutput = 1",
            "tokens",
        ),
        ("prices = 1", "prices"),
        ("price = 1", "price"),
    ],
)
def test_mistakes_are_told_by_file_and_key(paths: Paths, text: str, key: str) -> None:
    paths.own_prices.write_text(text)
    with pytest.raises(RingletError, match=f"prices.toml: .*{key}") as caught:
        read_own(paths.own_prices)
    assert caught.value.hint


def test_a_mistake_leaves_the_prices_as_they_were(paths: Paths) -> None:
    paths.own_prices.write_text('[[price]]\nmodel = "x-1"\ninput = 3\noutput = 4\n')
    quarantine = Quarantine(paths.quarantine)
    book = PriceBook(paths, quarantine)
    assert input_price(book, "x-1") == 3
    paths.own_prices.write_text('[[price]]\nmodel = "x-1"\ninput = "?"\noutput = 4\n')
    assert book.refresh()
    assert input_price(book, "x-1") == 3
    assert any("prices.toml" in problem for problem in quarantine.problems)
    assert paths.own_prices.exists()
    paths.own_prices.write_text('[[price]]\nmodel = "x-1"\ninput = 50\noutput = 4\n')
    assert book.refresh()
    assert input_price(book, "x-1") == 50
    assert quarantine.problems == []


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_content_of_the_file_does_harm(tmp_path_factory: Any, data: bytes) -> None:
    file = tmp_path_factory.mktemp("own") / "prices.toml"
    file.write_bytes(data)
    try:
        read_own(file)
    except RingletError as error:
        assert "prices.toml" in error.message
