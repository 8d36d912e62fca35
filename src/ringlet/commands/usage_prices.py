"""`ringlet usage prices`: what models cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from ringlet.commands.session import Session
from ringlet.commands.tree import Command, examples
from ringlet.wire.replies.prices import ModelPrice, Prices, Rates

_HEADS: Final = (
    "Model", "Tokens", "Input", "Output", "Cache write", "1 h", "Cache read", "Since", "Source",
)  # fmt: skip


@click.command(
    "prices",
    cls=Command,
    epilog=examples(
        "ringlet usage prices",
        "ringlet usage prices claude-opus-4-8 gpt-5.5 --day 2026-08-20",
        "ringlet usage prices gpt-5.5 --json",
    ),
)
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option("--day", metavar="DAY", help="As of this day (2026-11-25). [default: now]")
@click.pass_obj
async def prices(session: Session, models: tuple[str, ...], day: str | None) -> None:
    """List what models cost, in dollars for a million tokens; without names those you used.

    Prices of your own belong into `prices.toml` in the configuration folder.
    """
    found = await session.change.usage.prices(models, day)
    session.show(found, lambda: _text(session, found))


def _text(session: Session, found: Prices) -> list[str]:
    rows = [row for price in found.prices for row in _rows(price)]
    empty = "" if found.unpriced else "Nothing was used yet; name a model to see its price."
    lines = session.table(_HEADS, rows, empty=empty)
    if found.unpriced:
        names = ", ".join(name or "(no name)" for name in found.unpriced)
        lines.append(f"No price is known for: {names}.")
    return [line for line in lines if line]


def _rows(price: ModelPrice) -> Iterator[tuple[str, ...]]:
    for rates in price.rates:
        yield price.model, _size(rates), *_dollars(rates), price.since, price.source
    for speed, bands in price.speeds.items():
        for rates in bands:
            yield "", f"{speed} {_size(rates)}".strip(), *_dollars(rates), "", ""
    for name, factor in (("fast", price.fast), *price.regions.items()):
        if factor != 1:
            yield "", f"{name}: {factor:g} times", *([""] * 7)
    if price.web_search:
        yield "", f"web search: ${price.web_search:g}", *([""] * 7)


def _size(rates: Rates) -> str:
    return f"above {rates.above:,}" if rates.above else ""


def _dollars(rates: Rates) -> tuple[str, ...]:
    shown = (rates.input, rates.output, rates.cache_write_5m, rates.cache_write_1h)
    return tuple(f"{amount:g}" for amount in (*shown, rates.cache_read))
