"""Ways to leave a statement early. They are exceptions, but never errors."""

from __future__ import annotations


class Signal(Exception):
    """Carries a value to the place that the script jumps to."""

    def __init__(self, value: object = None) -> None:
        super().__init__(value)
        self.value = value


class BreakSignal(Signal):
    """`break`, out of the innermost loop."""


class ContinueSignal(Signal):
    """`continue`, to the next turn of the innermost loop."""


class ReturnSignal(Signal):
    """`return`, out of the function or the script."""


class ExitSignal(Signal):
    """`exit()`, out of the script from any depth."""
