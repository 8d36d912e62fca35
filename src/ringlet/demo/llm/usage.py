"""Token figures of one reply."""

from __future__ import annotations

from dataclasses import dataclass

_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one reply, in classes that do not overlap but for `reasoning`.

    `input` is what was neither read from nor written to the cache; `cache_write` is kept for
    five minutes and `cache_write_1h` for an hour; `reasoning` is the part of `output` that was
    thought and not said.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0

    @property
    def written(self) -> int:
        """Tokens written to the cache, for either time."""
        return self.cache_write + self.cache_write_1h

    @property
    def prompt(self) -> int:
        """Tokens of the whole prompt, cached or not: what OpenAI's APIs call input."""
        return self.input + self.cache_read + self.written

    @property
    def total(self) -> int:
        """Tokens of prompt and reply together."""
        return self.prompt + self.output


def estimate(characters: int) -> int:
    """Tokens that a text of so many characters counts as: a quarter, and at least one."""
    return max(1, characters // _CHARACTERS_PER_TOKEN)
