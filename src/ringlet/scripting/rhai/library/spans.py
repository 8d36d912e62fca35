"""Which part of a string or array a start and a length, or a range, mean."""

from __future__ import annotations

from ringlet.scripting.rhai.values.kinds import Range


def part_of(size: int, start: int, length: int) -> slice:
    """The slice of `length` elements from `start`, which counts from the end if negative."""
    if start < 0:
        start = max(size + start, 0)
    return slice(start, start + max(length, 0))


def span_of(size: int, span: Range) -> slice:
    """The slice that a range means; negative bounds count as 0."""
    start = max(span.start, 0)
    return slice(min(start, size), min(max(span.stop, start), size))
