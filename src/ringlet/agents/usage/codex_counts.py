"""Token counts as Codex writes them."""

from __future__ import annotations

import msgspec

from ringlet.agents.usage.lines import number
from ringlet.domain.usage import Tokens


class Counts(msgspec.Struct, frozen=True):
    """Cached and cache-written tokens are inside `input_tokens`, reasoning inside output."""

    input_tokens: int | None = 0
    cached_input_tokens: int | None = 0
    cache_write_input_tokens: int | None = 0
    output_tokens: int | None = 0
    reasoning_output_tokens: int | None = 0

    def fell(self, before: Counts) -> bool:
        """Whether any count is lower than before: the counter began anew."""
        return any(now < then for now, then in zip(_plain(self), _plain(before), strict=True))

    def minus(self, before: Counts) -> Counts:
        """The growth since `before`."""
        pairs = zip(_plain(self), _plain(before), strict=True)
        return Counts(*(now - then for now, then in pairs))

    def plus(self, more: Counts) -> Counts:
        """Both together."""
        pairs = zip(_plain(self), _plain(more), strict=True)
        return Counts(*(one + other for one, other in pairs))


def tokens_of(counts: Counts) -> Tokens:
    """The counts in classes that do not overlap."""
    prompt, cached, written, output, reasoning = _plain(counts)
    cached = min(cached, prompt)
    written = min(written, prompt - cached)
    return Tokens(
        input=prompt - cached - written,
        output=output,
        cache_read=cached,
        cache_write_5m=written,
        reasoning=min(reasoning, output),
    )


def _plain(counts: Counts) -> list[int]:
    return [number(value) for value in msgspec.structs.astuple(counts)]
