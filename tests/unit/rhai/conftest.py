"""Runs scripts for the tests of the interpreter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import ParseError, RhaiError, RunError, compile

Run = Callable[[str], object]


@pytest.fixture
def run() -> Run:
    """The value of a script that uses nothing of the host."""
    return lambda text: compile(text).run({})


@pytest.fixture
def prints() -> Callable[[str], list[str]]:
    """What a script prints."""

    def collect(text: str) -> list[str]:
        lines: list[str] = []
        compile(text).run({}, on_print=lines.append)
        return lines

    return collect


@pytest.fixture
def failure() -> Callable[[str], RhaiError]:
    """The error of a script that must fail."""

    def fail(text: str) -> RhaiError:
        with pytest.raises((ParseError, RunError)) as caught:
            compile(text).run({})
        return caught.value

    return fail
