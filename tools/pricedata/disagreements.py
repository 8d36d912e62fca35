"""Where the two sources name different prices for one model today."""

from collections.abc import Iterable
from decimal import Decimal

from pricedata.history import Model
from pricedata.releases import RELEASES
from pricedata.second import VERSION, Opinion

_HEAD = f"""# Where the sources of prices disagree

The prices that are shipped are those of LiteLLM {RELEASES[-1][0]}. This list, written by
`tools/build-prices`, names where genai-prices {VERSION} says otherwise of a vendor's own models, in
US dollars for a million tokens.
Whoever knows better puts a price of their own into [prices.toml](prices.md).

| Model | Tokens | Taken (LiteLLM) | genai-prices |
|---|---|---|---|
"""


def find(models: dict[str, Model], opinions: Iterable[Opinion]) -> list[str]:
    """One row of the table for each difference, in order."""
    rows = set()
    for opinion in opinions:
        for name in opinion.names & models.keys():
            model = models[name]
            if model.last_seen is None:
                rows.update(_differences(name, model, opinion))
    return sorted(rows)


def report(rows: list[str]) -> str:
    """The whole file."""
    return _HEAD + "".join(f"{row}\n" for row in rows)


def _differences(name: str, model: Model, opinion: Opinion) -> Iterable[str]:
    bands = {band.above: band for band in model.dated[-1].price.bands}
    compared = set()
    for limit, rates in opinion.now.items():
        size = f" above {limit}" if limit else ""
        above = limit + 1 if limit not in bands and limit + 1 in bands else limit
        if above != limit:
            yield f"| {name} | first size with the higher price | {above + 1} | {limit + 1} |"
        if above not in bands:
            shown = ", ".join(f"{kind} {_dollars(rate)}" for kind, rate in rates.items())
            yield f"| {name} | all{size} | no such price | {shown} |"
            continue
        compared.add(above)
        for kind, rate in rates.items():
            taken = getattr(bands[above], kind)
            if taken != rate:
                yield f"| {name} | {kind}{size} | {_dollars(taken)} | {_dollars(rate)} |"
    for above in bands.keys() - compared:
        shown = f"input {_dollars(bands[above].input)}, output {_dollars(bands[above].output)}"
        yield f"| {name} | all above {above} | {shown} | no such price |"


def _dollars(femto: int) -> str:
    return f"{(Decimal(femto) / 10**9).normalize():f}"
