"""Token counts as Codex writes them."""

from __future__ import annotations

from operator import lt, sub
from typing import TypeAlias

import msgspec

from ringlet.agents.usage.lines import number
from ringlet.domain.usage import Tokens

Numbers: TypeAlias = tuple[int, ...]
"""The five numbers of `Counts` in its order, none of them missing or negative."""


class Counts(msgspec.Struct, frozen=True):
    """Cached and cache-written tokens are inside `input_tokens`, reasoning inside output."""

    input_tokens: int | None = 0
    cached_input_tokens: int | None = 0
    cache_write_input_tokens: int | None = 0
    output_tokens: int | None = 0
    reasoning_output_tokens: int | None = 0

    def numbers(self) -> Numbers:
        """What is to be reckoned with."""
        return tuple(map(number, msgspec.structs.astuple(self)))


def fell(now: Numbers, before: Numbers) -> bool:
    """Whether any count is lower than before: the counter began anew."""
    return any(map(lt, now, before))


def growth(now: Numbers, before: Numbers) -> Numbers:
    """What the counts grew by since `before`."""
    return tuple(map(sub, now, before))


def tokens_of(numbers: Numbers) -> Tokens:
    """The counts in classes that do not overlap."""
    prompt, cached, written, output, reasoning = numbers
    cached = min(cached, prompt)
    written = min(written, prompt - cached)
    return Tokens(
        input=prompt - cached - written,
        output=output,
        cache_read=cached,
        cache_write_5m=written,
        reasoning=min(reasoning, output),
    )
