"""Counters, gauges and histograms, and the text that Prometheus reads."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

Labels = tuple[str, ...]

# Seconds: from a request to a fast daemon to one that waits for an agent.
_BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)


class Counter:
    """A number for each set of label values that only goes up."""

    kind = "counter"

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self.name, self.text, self._labels = name, text, labels
        self._values: dict[Labels, float] = {} if labels else {(): 0}

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count something; there must be as many values as labels."""
        self._values[labels] = self._values.get(labels, 0) + amount

    def samples(self) -> Iterator[str]:
        """The lines of the values."""
        for labels, value in sorted(self._values.items()):
            yield _sample(self.name, zip(self._labels, labels, strict=True), value)


class Gauge:
    """Numbers that are looked up when somebody asks, by the value of one label or none."""

    kind = "gauge"

    def __init__(
        self, name: str, text: str, read: Callable[[], float | Mapping[str, float]], label: str = ""
    ) -> None:
        self.name, self.text, self._read, self._label = name, text, read, label

    def samples(self) -> Iterator[str]:
        """The lines of the values."""
        found = self._read()
        if not isinstance(found, Mapping):
            yield _sample(self.name, (), found)
            return
        for value, number in sorted(found.items()):
            yield _sample(self.name, [(self._label, value)], number)


class Total(Gauge):
    """A gauge that only goes up, which Prometheus calls a counter."""

    kind = "counter"


class Histogram:
    """How long things took, for each value of one label."""

    kind = "histogram"

    def __init__(self, name: str, text: str, label: str) -> None:
        self.name, self.text, self._label = name, text, label
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def observe(self, value: str, seconds: float) -> None:
        """Something took so long."""
        counts = self._counts.setdefault(value, [0] * (len(_BOUNDS) + 1))
        counts[bisect_left(_BOUNDS, seconds)] += 1
        self._sums[value] = self._sums.get(value, 0.0) + seconds

    def samples(self) -> Iterator[str]:
        """The lines of the buckets, sums and counts."""
        for value, counts in sorted(self._counts.items()):
            label, total = (self._label, value), 0
            for bound, count in zip((*map(str, _BOUNDS), "+Inf"), counts, strict=True):
                total += count
                yield _sample(f"{self.name}_bucket", [label, ("le", bound)], total)
            yield _sample(f"{self.name}_sum", [label], self._sums[value])
            yield _sample(f"{self.name}_count", [label], total)


Instrument = Counter | Gauge | Histogram


def exposition(instruments: Iterable[Instrument]) -> str:
    """All of them in Prometheus' text format."""
    lines: list[str] = []
    for each in instruments:
        lines += [f"# HELP {each.name} {each.text}", f"# TYPE {each.name} {each.kind}"]
        lines += each.samples()
    return "\n".join([*lines, ""])


def _sample(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    pairs = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{pairs}}} {value:.15g}" if pairs else f"{name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
