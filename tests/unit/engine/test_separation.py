from __future__ import annotations

import pytest

from ringlet.domain.agents import Agent, ProfileRules, Separation
from ringlet.engine.separation import separated


@pytest.mark.parametrize(
    ("version", "given", "expected"),
    [
        ("1.10.0", (), ["--alone"]),
        ("1.10.3-beta.1", ("sub",), ["--alone", "sub"]),
        ("2", ("sub", "--", "--alone"), ["--alone", "sub", "--", "--alone"]),
        ("1.11", ("sub", "--alone"), ["sub", "--alone"]),
        ("1.9.9", ("sub",), ["sub"]),
        (None, ("sub",), ["sub"]),
    ],
)
def test_options_stand_first_and_once_where_the_agent_knows_them(
    version: str | None, given: tuple[str, ...], expected: list[str]
) -> None:
    agent = Agent(
        id="mine",
        name="Mine",
        binary="mine",
        profile=ProfileRules(source_home="~/{alias}", script="mine.rhai"),
        separation=Separation(args=("--alone",), since="1.10"),
    )
    assert separated(agent, version, given) == expected
