"""The second source: genai-prices, whose data is a Python module. It is read, never run."""

import ast
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pricedata.releases import RELEASES, from_wheel
from ringlet.domain.price_entries import femto

VERSION = "0.2.3"
# Its providers that sell models of their own, and the prefix that LiteLLM has for them.
_PROVIDERS = {
    "anthropic": "",
    "openai": "",
    "google": "gemini/",
    "x-ai": "xai/",
    "deepseek": "deepseek/",
    "minimax": "minimax/",
    "moonshotai": "moonshot/",
    "zai": "zai/",
    "mistral": "mistral/",
}
_RATES = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h",
}
# Femto-dollars by name, by the size of the prompt above which they hold.
Rates = dict[int, dict[str, int]]


@dataclass(frozen=True)
class Opinion:
    """What the second source says of a model; the price without a date comes first."""

    names: frozenset[str]
    dated: tuple[tuple[date, Rates], ...]
    web_search: int = 0

    @property
    def now(self) -> Rates:
        """The price on the day of the newest release."""
        return [rates for day, rates in self.dated if day <= RELEASES[-1][1]][-1]


def load(sources: Path) -> list[Opinion]:
    """What it says of every model that can be compared: one price at a time, by tokens."""
    file = sources / f"genai-prices-{VERSION}.py"
    if not file.is_file():
        file.write_bytes(from_wheel("genai-prices", VERSION, "genai_prices/data.py"))
    tree = ast.parse(file.read_text("utf-8"))
    (table,) = (node.value for node in tree.body if isinstance(node, ast.AnnAssign))
    opinions = []
    for provider in _value(table):
        prefix = _PROVIDERS.get(provider["id"])
        for model in provider["models"] if prefix is not None else ():
            dated = _dated(model["prices"])
            if dated:
                names = frozenset((prefix + model["id"], *_spellings(model["match"], prefix)))
                opinions.append(Opinion(names, tuple(dated), _web_search(model["prices"])))
    return opinions


def _dated(prices: Any) -> list[tuple[date, Rates]]:
    rows = prices if isinstance(prices, list) else [{"prices": prices}]
    found = []
    for row in rows:
        constraint = row.get("constraint") or {"start_date": date.min}
        rates = _rates(row["prices"])
        if "start_date" not in constraint or not {"input", "output"} <= rates.get(0, {}).keys():
            return []  # a time of day, or not billed by tokens alone
        found.append((constraint["start_date"], rates))
    return sorted(found, key=lambda pair: pair[0])


def _rates(price: dict[str, Any]) -> Rates:
    rates: Rates = {}
    for field, name in _RATES.items():
        value = price.get(field)
        tiered = value if isinstance(value, dict) else {"base": value, "tiers": []}
        steps = [(0, tiered["base"]), *((tier["start"], tier["price"]) for tier in tiered["tiers"])]
        for above, dollars in steps:
            if dollars is not None:
                amount = femto(dollars / 10**6)
                assert amount is not None, price  # noqa: S101
                rates.setdefault(above, {})[name] = amount
    return rates


def _web_search(prices: Any) -> int:
    """Femto-dollars for one search, 0 if it does not say."""
    newest = prices[-1]["prices"] if isinstance(prices, list) else prices
    return femto(newest.get("web_searches_kcount", 0) / 1000) or 0


def _spellings(match: dict[str, Any], prefix: str) -> list[str]:
    clauses = match.get("or_", [match])
    return [prefix + clause["equals"] for clause in clauses if "equals" in clause]


def _value(node: ast.expr) -> Any:
    """The value of an expression of constants; a call is a dictionary of its arguments."""
    match node:
        case ast.Constant(value):
            return value
        case ast.List(items) | ast.Tuple(items):
            return [_value(item) for item in items]
        case ast.Dict(keys, values):
            return {
                _value(key): _value(item) for key, item in zip(keys, values, strict=True) if key
            }
        case ast.Call(ast.Name("Decimal"), [ast.Constant(text)]):
            return Decimal(text)
        case ast.Call(ast.Attribute(_, "date"), arguments):
            return date(*map(_value, arguments))
        case ast.Call(_, [], keywords):
            return {keyword.arg: _value(keyword.value) for keyword in keywords}
        case _:
            return None
