"""Counters, gauges and histograms. How they are written down is the business of others."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

# Seconds: from a request to a fast daemon to one that waits for an agent.
BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)

Labels = tuple[tuple[str, str], ...]
Kind = Literal["counter", "gauge", "histogram"]
Reading = float | Mapping[str, float] | Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Spread:
    """How values are spread: how many up to each of `BOUNDS`, and above the last; their sum."""

    counts: tuple[int, ...]
    sum: float


@dataclass(frozen=True, slots=True)
class Point:
    """A value and the labels that it goes with."""

    labels: Labels
    value: float | Spread


class Counter:
    """A number for each set of label values that only goes up."""

    kind: Kind = "counter"

    def __init__(self, name: str, text: str, *labels: str) -> None:
        self.name, self.text, self._labels = name, text, labels
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0}

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count something; there must be as many values as labels."""
        self._values[labels] = self._values.get(labels, 0) + amount

    def points(self) -> list[Point]:
        """The values, by label."""
        return [
            Point(tuple(zip(self._labels, labels, strict=True)), value)
            for labels, value in sorted(self._values.items())
        ]


class Gauge:
    """Numbers that are looked up when somebody asks, by the values of the labels."""

    kind: Kind = "gauge"

    def __init__(self, name: str, text: str, read: Callable[[], Reading], *labels: str) -> None:
        self.name, self.text, self._read, self._labels = name, text, read, labels

    def points(self) -> list[Point]:
        """The values, by label."""
        found = self._read()
        if not isinstance(found, Mapping):
            return [Point((), found)]
        keyed = [(each if isinstance(each, tuple) else (each,), n) for each, n in found.items()]
        return [
            Point(tuple(zip(self._labels, values, strict=True)), number)
            for values, number in sorted(keyed)
        ]


class Total(Gauge):
    """A gauge that only goes up."""

    kind: Kind = "counter"


class Histogram:
    """How long things took, for each value of one label."""

    kind: Kind = "histogram"

    def __init__(self, name: str, text: str, label: str) -> None:
        self.name, self.text, self._label = name, text, label
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def observe(self, value: str, seconds: float) -> None:
        """Something took so long."""
        counts = self._counts.setdefault(value, [0] * (len(BOUNDS) + 1))
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._sums[value] = self._sums.get(value, 0.0) + seconds

    def points(self) -> list[Point]:
        """The spreads, by label."""
        return [
            Point(((self._label, value),), Spread(tuple(counts), self._sums[value]))
            for value, counts in sorted(self._counts.items())
        ]


Instrument = Counter | Gauge | Histogram
