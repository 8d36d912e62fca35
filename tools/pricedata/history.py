"""From releases to the dated prices of each model."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from ringlet.domain.price_entries import is_price_field, price_from_entry
from ringlet.domain.pricing import Price, versioned

Entry = dict[str, Any]
_SNAPSHOT = re.compile(r"-20\d{6}$|-20\d\d-\d\d-\d\d$")


@dataclass
class Dated:
    """A price from a day on; `before` is the last day on which it was another one."""

    since: date
    price: Price
    source: str
    before: date | None = None


@dataclass
class Model:
    """All prices of one entry, by rising date; `last_seen` only if it is listed no more."""

    dated: list[Dated] = field(default_factory=list)
    last_seen: date | None = None


def models_of(releases: Iterable[tuple[str, date, dict[str, Any]]]) -> dict[str, Model]:
    """Every model of any release that is billed by tokens."""
    listed = list(releases)
    seen: dict[str, list[tuple[int, Entry]]] = {}
    for number, (_, _, entries) in enumerate(listed):
        for name, entry in entries.items():
            if name != "sample_spec" and price_from_entry(entry) is not None:
                prices = {key: value for key, value in entry.items() if is_price_field(key)}
                seen.setdefault(name, []).append((number, prices))
    return {name: _model(seen[name], [row[:2] for row in listed]) for name in sorted(seen)}


def with_exact_dates(models: dict[str, Model], opinions: Iterable[Any]) -> int:
    """Date changes by the day that the second source names for the same price; how many."""
    refined = 0
    for opinion in opinions:
        for name in opinion.names & models.keys():
            for dated in models[name].dated[1:]:
                base = dated.price.bands[0]
                for day, rates in opinion.dated:
                    known = rates[0]["input"], rates[0]["output"]
                    if (base.input, base.output) == known and dated.before < day <= dated.since:
                        refined += day != dated.since
                        dated.since, dated.source = day, "genai-prices"
                        break
    return refined


def with_searches(models: dict[str, Model], opinions: Iterable[Any]) -> None:
    """Let the second source say what a web search costs where the first one does not."""
    known = {name: opinion.web_search for opinion in opinions for name in opinion.names}
    for name, model in models.items():
        amount = known.get(name) or known.get(_SNAPSHOT.sub("", name), 0)
        for dated in model.dated if amount else ():
            if not dated.price.web_search:
                dated.price = versioned(replace(dated.price, web_search=amount))


def _model(seen: list[tuple[int, Entry]], listed: list[tuple[str, date]]) -> Model:
    model = Model()
    _fill(seen)
    previous: date | None = None
    for number, entry in seen:
        source, day = listed[number]
        price = price_from_entry(entry)
        assert price is not None, entry  # noqa: S101 - it had one before more was filled in
        if not model.dated or model.dated[-1].price != price:
            model.dated.append(Dated(day, price, source, previous))
        previous = day
    if seen[-1][0] != len(listed) - 1:
        model.last_seen = previous
    return model


def _fill(seen: list[tuple[int, Entry]]) -> None:
    """Give older entries what newer ones add, as long as they agree in all that both name.

    Lists learn of a discount or the price of a search long after the vendor introduced it.
    """
    for (_, older), (_, newer) in reversed(list(pairwise(seen))):
        both = older.keys() & newer.keys()
        if all(older[key] == newer[key] for key in both if not isinstance(older[key], dict)):
            for key, value in newer.items():
                if isinstance(value, dict):
                    older[key] = {**value, **older.get(key, {})}
                else:
                    older.setdefault(key, value)
