"""Figures in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate

from ringlet.daemon.instruments import BOUNDS, Instrument, Labels, Spread


def exposition(instruments: Iterable[Instrument]) -> str:
    """The text of all of them."""
    lines: list[str] = []
    for each in instruments:
        lines += [f"# HELP {each.name} {each.text}", f"# TYPE {each.name} {each.kind}"]
        for point in each.points():
            if isinstance(point.value, Spread):
                lines += _spread(each.name, point.labels, point.value)
            else:
                lines.append(_sample(each.name, point.labels, point.value))
    return "\n".join([*lines, ""])


def _spread(name: str, labels: Labels, spread: Spread) -> Iterator[str]:
    bounds = (*map(str, BOUNDS), "+Inf")
    for bound, total in zip(bounds, accumulate(spread.counts), strict=True):
        yield _sample(f"{name}_bucket", (*labels, ("le", bound)), total)
    yield _sample(f"{name}_sum", labels, spread.sum)
    yield _sample(f"{name}_count", labels, sum(spread.counts))


def _sample(name: str, labels: Labels, value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{pairs}}} {value:.15g}" if pairs else f"{name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
