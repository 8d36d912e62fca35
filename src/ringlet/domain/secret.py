"""A value that must not be shown."""

from __future__ import annotations

from typing import Final, final


@final
class Secret:
    """Text that stays out of logs, tracebacks and replies; `reveal()` is the only way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text: Final = text

    def reveal(self) -> str:
        """The text itself, for the one place that hands it to an agent or a secret store."""
        return self._text

    def masked(self) -> str:
        """A form for people: the last four characters, if the text is long enough to spare them."""
        return f"****{self._text[-4:]}" if len(self._text) >= 16 else "****"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Secret is not pickled")
