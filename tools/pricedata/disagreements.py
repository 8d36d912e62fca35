"""Where the two sources name different prices for one model today."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pricedata.history import Model
from pricedata.second import Opinion

NONE = "no such price"
FIRST_SIZE = "first size with the higher price"


@dataclass(frozen=True, order=True)
class Difference:
    """What LiteLLM (`first`) and genai-prices (`second`) say of the same tokens of a model.

    Prices are in dollars for a million tokens. `kind` and `above` tell the rate of a band where
    both name one; `kind` is empty where one of them has no such band.
    """

    model: str
    tokens: str
    first: str
    second: str
    kind: str = ""
    above: int = 0


def find(models: dict[str, Model], opinions: Iterable[Opinion]) -> list[Difference]:
    """Every difference about models that are listed today, in order."""
    found = set()
    for opinion in opinions:
        for name in opinion.names & models.keys():
            model = models[name]
            if model.last_seen is None:
                found.update(_differences(name, model, opinion))
    return sorted(found)


def _differences(name: str, model: Model, opinion: Opinion) -> Iterable[Difference]:
    bands = {band.above: band for band in model.dated[-1].price.bands}
    compared = set()
    for limit, rates in opinion.now.items():
        size = f" above {limit}" if limit else ""
        above = limit + 1 if limit not in bands and limit + 1 in bands else limit
        if above != limit:
            yield Difference(name, FIRST_SIZE, str(above + 1), str(limit + 1))
        if above not in bands:
            shown = ", ".join(f"{kind} {dollars(rate)}" for kind, rate in rates.items())
            yield Difference(name, f"all{size}", NONE, shown)
            continue
        compared.add(above)
        for kind, rate in rates.items():
            taken = getattr(bands[above], kind)
            if taken != rate:
                yield Difference(name, f"{kind}{size}", dollars(taken), dollars(rate), kind, above)
    for above in bands.keys() - compared:
        shown = f"input {dollars(bands[above].input)}, output {dollars(bands[above].output)}"
        yield Difference(name, f"all above {above}", shown, NONE)


def dollars(femto: int) -> str:
    """Dollars for a million tokens, from femto-dollars for one."""
    return f"{(Decimal(femto) / 10**9).normalize():f}"


def rate(dollars: str) -> int:
    """The opposite: femto-dollars for a token."""
    return int(Decimal(dollars) * 10**9)
