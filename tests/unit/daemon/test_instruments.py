"""Counters and the like, and their text."""

from __future__ import annotations

from ringlet.daemon.exposition import exposition
from ringlet.daemon.instruments import Counter, Gauge, Histogram
from ringlet.daemon.metrics import Metrics
from ringlet.engine.events import EventStream


def test_a_histogram_counts_what_is_below_each_bound() -> None:
    histogram = Histogram("h", "Text.", "kind")
    for seconds in (0.0004, 0.0005, 0.2, 100.0):
        histogram.observe("a", seconds)
    lines = exposition([histogram]).splitlines()
    assert lines[:2] == ["# HELP h Text.", "# TYPE h histogram"]
    assert 'h_bucket{kind="a",le="0.0005"} 2' in lines
    assert 'h_bucket{kind="a",le="0.25"} 3' in lines
    assert 'h_bucket{kind="a",le="+Inf"} 4' in lines
    assert 'h_count{kind="a"} 4' in lines


def test_label_values_are_escaped() -> None:
    counter = Counter("c", "Text.", "label")
    counter.add('a"b\\c\nd')
    assert exposition([counter]).splitlines()[2:] == ['c{label="a\\"b\\\\c\\nd"} 1']


def test_gauges_are_read_when_somebody_asks() -> None:
    values = {"b": 2.0}
    gauge = Gauge("g", "Text.", lambda: values, "of")
    values["a"] = 1.5
    assert exposition([gauge]).splitlines()[2:] == ['g{of="a"} 1.5', 'g{of="b"} 2']


def test_runs_are_counted_by_how_they_ended_also_those_before() -> None:
    stream = EventStream()
    ended = {"alias": "x", "run_id": "1", "exit_code": 0, "runtime_secs": 2.5, "outcome": "exited"}
    stream.publish("ProfileStopped", ended)
    metrics = Metrics(stream)
    stream.publish("ProfileStopped", ended | {"outcome": "lost"})
    lines = metrics.text().splitlines()
    assert 'ringlet_runs_ended_total{outcome="exited"} 1' in lines
    assert 'ringlet_runs_ended_total{outcome="lost"} 1' in lines
    assert "ringlet_run_seconds_total 5" in lines
