"""Every report of one period sums up to the same total, and says what it does not know."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ringlet.commands.usage_tables import sparkline
from ringlet.domain.billing import Billing
from ringlet.domain.errors import RingletError
from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Call, Tokens
from ringlet.engine.usage.linking import link
from ringlet.engine.usage.periods import period, zone_of
from ringlet.engine.usage.reports import GROUPS, Query, Reports
from ringlet.engine.usage.totals import Totals
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.runs import Run
from ringlet.wire.replies.usage import Report

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
HOUR = 3_600_000
T = 1_795_608_000_000  # 2026-11-25T12:00Z
BASE = Call("claude", "", T, Tokens(input=1_000_000), agent="claude", model="sonnet", session="s")


def priced(call: Call) -> Cost | None:
    """A dollar for a million tokens; `mystery` has no price."""
    nano = 1000 * call.tokens.total
    return None if call.model == "mystery" else Cost(nano, nano)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "usage.db")
    yield opened
    opened.close()


def put(ledger: Ledger, *calls: Call) -> None:
    numbered = (replace(call, native_id=str(n)) for n, call in enumerate(calls))
    ledger.ingest(numbered, [], priced)


def query(word: str = "all", *by: str, zone: str = "UTC", **where: str) -> Query:
    chosen = period(word, since=None, until=None, zone=zone_of(zone, {}), now=NOW)
    return Query(chosen, by, where)


def report(ledger: Ledger, asked: Query, **billing: Billing) -> Report:
    return Reports(ledger, billing).report(asked)


_calls = st.lists(
    st.builds(
        lambda hours, model, profile, session, tokens: replace(
            BASE, time=T - hours * HOUR, model=model, profile=profile, session=session,
            tokens=Tokens(input=tokens, output=1), project=f"/{session}", branch=model,
        ),
        st.integers(0, 24 * 40),
        st.sampled_from(["sonnet", "opus", "mystery"]),
        st.sampled_from(["", "work", "play"]),
        st.sampled_from("abc"),
        st.integers(0, 1000),
    ),
    max_size=20,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(_calls, st.sampled_from(["today", "week", "30d", "all"]),
       st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"]))  # fmt: skip
def test_all_groupings_of_a_period_sum_up_to_the_same(
    calls: list[Call], word: str, zone: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "usage.db")
        put(ledger, *calls)
        terms = {"play": Billing("custom", 0.5)}
        totals = Totals(ledger, terms).usage(query(word, zone=zone))
        for by in [(name,) for name in GROUPS] + [("day", "model"), ("profile", "session")]:
            found = Reports(ledger, terms).report(query(word, *by, zone=zone))
            rows = found.rows
            assert sum(row.calls for row in rows) == found.total.calls
            assert sum(row.total_tokens for row in rows) == found.total.total_tokens
            assert sum(row.unpriced_calls for row in rows) == found.total.unpriced_calls
            cost = sum(row.cost or 0 for row in rows)
            assert cost == pytest.approx(found.total.cost or 0)
            billed = sum(row.billed_cost or 0 for row in rows)
            assert billed == pytest.approx(found.total.billed_cost or 0)
            assert totals.total_tokens.input_tokens == found.total.input_tokens
            assert totals.unpriced_models == found.unpriced_models
        ledger.close()


ZONES = [("UTC", ["2026-11-24", "2026-11-25"]), ("Asia/Tokyo", ["2026-11-25"]),
         ("America/New_York", ["2026-11-24"]), ("Asia/Kathmandu", ["2026-11-25"])]  # fmt: skip


@pytest.mark.parametrize(("zone", "days"), ZONES)
def test_a_call_belongs_to_the_day_where_the_user_is(
    ledger: Ledger, zone: str, days: list[str]
) -> None:
    midnight = T - 12 * HOUR
    put(ledger, replace(BASE, time=midnight - 1), replace(BASE, time=midnight))
    found = report(ledger, query("all", "day", zone=zone))
    assert [row.group["day"] for row in found.rows] == days


def test_costs_are_at_list_prices_and_billed_by_the_terms_of_the_profile(ledger: Ledger) -> None:
    profiles = ("api", "flat", "half", "free")
    put(ledger, *(replace(BASE, profile=name) for name in profiles))
    found = report(
        ledger,
        query("all", "profile"),
        flat=Billing("subscription"),
        half=Billing("custom", 0.5),
        free=Billing("free"),
    )
    assert {r.group["profile"]: (r.cost, r.billed_cost) for r in found.rows} == {
        "api": (1.0, 1.0),
        "flat": (1.0, 0.0),
        "half": (1.0, 0.5),
        "free": (1.0, 0.0),
    }
    assert (found.total.cost, found.total.billed_cost) == (4.0, 1.5)


def test_a_cost_without_a_price_is_null_and_its_model_is_named(ledger: Ledger) -> None:
    put(ledger, BASE, replace(BASE, model="mystery"))
    found = report(ledger, query("all", "model"))
    assert {row.group["model"]: row.cost for row in found.rows} == {"sonnet": 1.0, "mystery": None}
    assert (found.total.cost, found.total.unpriced_calls) == (1.0, 1)
    assert found.unpriced_models == ["mystery"]


def test_usage_without_a_profile_is_unattributed_and_can_be_asked_for(ledger: Ledger) -> None:
    put(ledger, BASE, replace(BASE, profile="work"))
    found = report(ledger, query("all", "profile"))
    assert {row.group["profile"] for row in found.rows} == {"work", "unattributed"}
    assert report(ledger, query("all", profile="unattributed")).total.calls == 1


def test_usage_by_account_and_of_one_account(ledger: Ledger) -> None:
    put(ledger, BASE, replace(BASE, account="me"), replace(BASE, account="you", profile="work"))
    found = report(ledger, query("all", "account", "profile"))
    assert {tuple(row.group.values()) for row in found.rows} == {
        ("unattributed", "unattributed"),
        ("me", "unattributed"),
        ("you", "work"),
    }
    assert report(ledger, query("all", account="me")).total.calls == 1
    assert report(ledger, query("all", account="unattributed")).total.calls == 1


def test_an_empty_ledger_has_a_report_of_nothing(ledger: Ledger) -> None:
    found = report(ledger, query("all", "day"))
    assert (found.rows, found.total.calls, found.total.cost) == ([], 0, 0.0)


@pytest.mark.parametrize("by", [("colour",), ("day", "week"), ("model", "model"), ()])
def test_what_cannot_be_grouped_is_refused(ledger: Ledger, by: tuple[str, ...]) -> None:
    put(ledger, BASE)
    if not by:
        by = ("day", "model", "agent", "profile", "project")
    with pytest.raises(RingletError):
        report(ledger, query("all", *by))


def test_a_session_with_two_models_is_one_session(ledger: Ledger) -> None:
    put(ledger, BASE, replace(BASE, model="opus"))
    found = report(ledger, query("all", "model"))
    assert [row.sessions for row in found.rows] == [1, 1]
    assert found.total.sessions == 1


def run(name: str, start: int, end: int, cwd: str = "/app") -> Run:
    return Run(name, "work", "claude", "p", "m", cwd, T + start, T + end, (end - start) / 1000)


LINKS = [
    ("during a run", [run("a", 0, 60_000)], 30_000, "a"),
    ("a moment after its end", [run("a", 0, 60_000)], 61_000, "a"),
    ("long after its end", [run("a", 0, 60_000)], 90_000, ""),
    ("no runs", [], 30_000, ""),
    ("the second of two", [run("a", 0, 60_000), run("b", 60_500, 90_000)], 61_000, "b"),
    ("two at once in one folder", [run("a", 0, 60_000), run("b", 0, 60_000)], 30_000, ""),
    ("two at once, told by the folder",
     [run("a", 0, 60_000), run("b", 0, 60_000, "/other")], 30_000, "a"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "runs", "after", "expected"), LINKS, ids=[r[0] for r in LINKS])
def test_which_run_an_answer_belongs_to(
    what: str, runs: list[Run], after: int, expected: str
) -> None:
    call = replace(BASE, profile="work", project="/app", time=T + after)
    (linked,) = link([call], lambda profile, start, end: runs)
    assert linked.run_id == expected, what


@pytest.mark.parametrize(("values", "line"), [([], ""), ([0, 0], ""), ([1, 7, 14], "▂▅█"),
                                              ([0, 5], " █")])  # fmt: skip
def test_a_sparkline_leaves_only_nothing_blank(values: list[int], line: str) -> None:
    assert sparkline(values) == line
