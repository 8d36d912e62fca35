"""What agents wrote and what must be reported of it, worked out by hand: see `known/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.usage.player import Player
from tests.unit.usage.questions import check_sums, rows
from tests.unit.usage.scenarios import Scenario, scenarios

ALL = scenarios()
ZONES = ("UTC", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe")


@pytest.mark.parametrize("eager", [False, True], ids=["at once", "line by line"])
@pytest.mark.parametrize("scenario", ALL, ids=[f"{each.subject}: {each.name}" for each in ALL])
def test_what_is_reported_is_the_known_answer(
    tmp_path: Path, scenario: Scenario, eager: bool
) -> None:
    player = Player(tmp_path, eager=eager)
    player.play(scenario)
    for asked in scenario.reports:
        found, expected = rows(player, asked)
        assert found == expected, scenario.name
    check_sums(player, ZONES)
    player.follower.ledger.close()


def test_there_are_enough_of_them(record_property: Callable[[str, Any], None]) -> None:
    names = Counter(each.name for each in ALL)
    assert max(names.values()) == 1
    assert all(each.reports for each in ALL)
    assert len(ALL) >= 60
    subjects = Counter(each.subject for each in ALL)
    told = ", ".join(f"{name} {count}" for name, count in sorted(subjects.items()))
    record_property("count", f"{len(ALL)} known-answer scenarios of usage: {told}")
