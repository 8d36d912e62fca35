"""Rows follow the lists of prices."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from ringlet.domain.usage import Call, Tokens
from ringlet.engine.usage.pricing import ListPrices
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.queries import Span
from ringlet.store.paths import Paths
from ringlet.store.prices import PriceBook, absorb
from ringlet.store.quarantine import Quarantine

NOON = 1_795_608_000_000  # 2026-11-25
CALL = Call(
    source="claude",
    native_id="a",
    time=NOON,
    tokens=Tokens(input=1000, output=10, cache_write_1h=10, web_searches=1),
    model="claude-opus-4-8",
)
NANO = 1000 * 5_000 + 10 * 25_000 + 10 * 10_000 + 10_000_000


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    for name in ("telemetry", "registry"):
        (tmp_path / name).mkdir()
    return Paths(tmp_path, tmp_path, tmp_path, tmp_path)


@pytest.fixture
def ledger(paths: Paths) -> Iterator[Ledger]:
    ledger = Ledger(paths.config / "telemetry" / "usage.db")
    yield ledger
    ledger.close()


def lists(paths: Paths) -> ListPrices:
    """The lists as a daemon that has just started sees them."""
    quarantine = Quarantine(paths.quarantine)
    book = PriceBook(paths, quarantine)
    return ListPrices(book, absorb=lambda: absorb(paths, quarantine), report=quarantine.report)


def total(ledger: Ledger) -> tuple[int, int]:
    """Nano-dollars of everything, and calls without a price."""
    (found,) = ledger.sums([Span("", 0, 1 << 40)], (), {})
    return found.cost.total, found.unpriced


def own(paths: Paths, model: str, dollars: int) -> None:
    text = f'[[price]]\nmodel = "{model}"\ninput = {dollars}\noutput = {dollars}\n'
    fresh = paths.own_prices.with_suffix(".new")
    fresh.write_text(text)
    os.replace(fresh, paths.own_prices)


def test_a_call_is_priced_with_all_that_is_known_of_it(paths: Paths) -> None:
    prices = lists(paths)
    plain = prices(CALL)
    assert plain is not None
    assert plain.total == NANO
    assert sum(plain[1:5]) == NANO - 10_000_000, "searches are in the total alone"
    fast = prices(replace(CALL, service_tier="fast", inference_geo="us"))
    assert fast is not None
    assert fast.total == (NANO - 10_000_000) * 22 // 10 + 10_000_000
    assert prices(replace(CALL, model="unheard-of-7")) is None


def test_rows_are_priced_anew_when_the_lists_have_changed(paths: Paths, ledger: Ledger) -> None:
    prices = lists(paths)
    ledger.ingest([CALL, replace(CALL, native_id="b", model="house-1")], [], prices)
    assert total(ledger) == (NANO, 1)
    assert prices.settle(ledger) == 0
    own(paths, "house-1", 1)
    assert prices.settle(ledger) == 1
    assert total(ledger) == (NANO + 1000 * 1000 + 10 * 1000 + 10 * 2000, 0)
    assert prices.settle(ledger) == 0


def test_lists_that_changed_while_nothing_ran_are_noticed(paths: Paths, ledger: Ledger) -> None:
    prices = lists(paths)
    ledger.ingest([CALL], [], prices)
    prices.settle(ledger)
    own(paths, "claude-opus-4-8", 0)
    assert lists(paths).settle(ledger) == 1
    assert total(ledger) == (0, 0)


def test_a_synchronised_list_changes_only_what_comes_after_it(paths: Paths, ledger: Ledger) -> None:
    prices = lists(paths)
    later = replace(CALL, native_id="b", time=NOON + 10**9)
    ledger.ingest([CALL, later], [], prices)
    prices.settle(ledger)
    paths.synced_prices.write_text(
        '{"claude-opus-4-8": {"mode": "chat", "input_cost_per_token": 0,'
        ' "output_cost_per_token": 0}}'
    )
    day = (NOON + 10**8) * 10**6
    os.utime(paths.synced_prices, ns=(day, day))
    assert prices.settle(ledger) == 1
    assert total(ledger) == (NANO + 10_000_000, 0), "a list that is silent about searches"


def test_a_damaged_list_is_told_and_changes_nothing(paths: Paths, ledger: Ledger) -> None:
    quarantine = Quarantine(paths.quarantine)
    tries = []

    def take() -> int:
        tries.append(1)
        return absorb(paths, quarantine)

    book = PriceBook(paths, quarantine)
    prices = ListPrices(book, absorb=take, report=quarantine.report)
    ledger.ingest([CALL], [], prices)
    paths.synced_prices.write_text("{")
    for _ in range(3):
        assert prices.settle(ledger) == 0
    assert any("litellm-pricing.json" in problem for problem in quarantine.problems)
    assert len(tries) == 1, "a list is read once, not at every question"
    assert total(ledger) == (NANO, 0)
