"""Answers are remembered, and never given when something has changed."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from tests.unit.usage.world import Follower, answer

from ringlet.domain.billing import Billing
from ringlet.engine.usage.answers import Answers
from ringlet.engine.usage.periods import EVER, Period
from ringlet.engine.usage.reports import Query, Reports


async def test_an_answer_is_made_once_for_each_state_question_and_billing(tmp_path: Path) -> None:
    follower = Follower(tmp_path, tmp_path / "usage.db")
    transcript = tmp_path / ".claude/projects/-code-app/s1.jsonl"
    transcript.parent.mkdir(parents=True)
    answers = Answers(follower.ledger)
    plain = Query(Period("all", *EVER, UTC, "UTC"))
    made: list[Query] = []

    async def calls(query: Query = plain, billing: dict[str, Billing] | None = None) -> int:
        def make(asked: Query) -> int:
            made.append(asked)
            return Reports(follower.ledger, {}).report(asked).total.calls

        return await answers.get(make, query, billing or {})

    for number in (1, 2):
        with transcript.open("ab") as file:
            file.write(answer(number))
        follower.refresh()
        assert [await calls(), await calls()] == [number, number]
    assert len(made) == 2
    assert await calls(Query(plain.period, where={"model": "none"})) == 0
    assert await calls(Query(plain.period, by=("model",))) == 2
    assert await calls(billing={"work": Billing("free")}) == 2
    assert len(made) == 5
