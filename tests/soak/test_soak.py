"""The soak of `tools/soak` in short: long enough for a restart, too short for a slope."""

from __future__ import annotations

from pathlib import Path

from tests.soak.figures import Figures, growths
from tests.soak.soak import soak

_HOMES = Path(__file__).resolve().parents[2] / ".test-homes"


def test_under_load_nothing_fails_and_no_event_is_lost(own_home: Path) -> None:
    _HOMES.mkdir(exist_ok=True)
    lifetimes = soak(_HOMES, seconds=20, clients=8, life=8, seed=1, answers=50)
    for lifetime in lifetimes:
        assert lifetime.failures == []
        assert lifetime.gaps == []
        assert lifetime.heard > 10
        assert {"commands", "requests", "runs", "changes", "imports"} <= lifetime.done.keys()
        assert lifetime.looks
    steady, restarted = lifetimes
    assert "interrupted" not in steady.done
    assert restarted.restarts > 0
    assert restarted.done["commands"] > 10 * restarted.done.get("interrupted", 0)


def test_a_figure_that_grows_is_told_from_one_that_jumps() -> None:
    leaking = [Figures(float(age), 30_000 + 10 * age, 20, 9, 12) for age in range(50)]
    jumping = [Figures(float(age), 30_000 + (9000 if age == 30 else age % 3), 20, 9, 12)
               for age in range(50)]  # fmt: skip
    assert growths(leaking)["memory"].grown == 490
    assert abs(growths(jumping)["memory"].grown) < 10
    assert growths(leaking)["descriptors"].grown == 0
