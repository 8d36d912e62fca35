"""Files of agents, however they change, and what the ledger makes of them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.agents.test_usage_codex import counts, meta, rollout, total, turn
from tests.unit.usage.kills import kill_readings
from tests.unit.usage.world import EVER, Follower, answer, free, powerless, transcript

from ringlet.domain.pricing import Cost
from ringlet.engine.usage.noticing import Noticer
from ringlet.engine.usage.places import Place, places_in
from ringlet.store.ledger.positions import Home


@pytest.fixture
def follower(own_home: Path, tmp_path: Path) -> Follower:
    return Follower(own_home, tmp_path / "usage.db")


def append(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(lines))


def test_only_what_is_new_is_read(follower: Follower, own_home: Path) -> None:
    path = transcript(own_home)
    append(path, answer(1), answer(2))
    assert follower.refresh() == 2
    assert follower.refresh() == 0
    append(path, answer(3))
    assert follower.refresh() == 1
    (position,) = follower.ledger.files()
    assert position.offset == path.stat().st_size


def test_a_restart_goes_on_where_it_stopped(follower: Follower, own_home: Path) -> None:
    append(transcript(own_home), answer(1))
    follower.refresh()
    follower.begin()
    append(transcript(own_home), answer(2))
    assert follower.refresh() == 1
    assert follower.calls() == 2


def test_a_state_that_an_earlier_version_left_is_no_reason_not_to_read(
    follower: Follower, own_home: Path
) -> None:
    first = total(counts(100, 40, 10), counts(100, 40, 10), "2026-11-20T09:00:00.000Z")
    second = total(counts(150, 60, 15), counts(50, 20, 5), "2026-11-20T09:01:00.000Z")
    rollout(own_home, "t1", meta(), turn(), first)
    follower.refresh()
    (position,) = follower.ledger.files()
    earlier = b'{"thread":"t1","totals":{"input_tokens":100,"output_tokens":10}}'
    follower.ledger.ingest([], [position._replace(state=earlier)], free)
    follower.begin()
    rollout(own_home, "t1", meta(), turn(), first, second)
    assert follower.refresh() == 1
    assert follower.ingestion.problems == {}
    (found,) = follower.ledger.sums(EVER, (), {})
    assert (found.calls, found.tokens.prompt, found.tokens.output) == (2, 150, 15)


def test_half_a_line_waits_for_the_other_half(follower: Follower, own_home: Path) -> None:
    line = answer(1)
    append(transcript(own_home), line[:50])
    assert follower.refresh() == 0
    append(transcript(own_home), line[50:])
    assert follower.refresh() == 1


REWRITES: dict[str, Callable[[Path], object]] = {
    "truncated": lambda path: os.truncate(path, len(answer(1))),
    "emptied": lambda path: os.truncate(path, 0),
    "removed": lambda path: path.unlink(),
    "rewritten in place with other answers": lambda path: path.write_bytes(answer(7) + answer(8)),
    "longer, and all of it other answers": lambda path: path.write_bytes(
        b"".join(answer(number) for number in range(7, 17))
    ),
    "replaced by another file": lambda path: (
        path.with_suffix(".new").write_bytes(answer(7) + answer(8) + answer(9)),
        path.with_suffix(".new").rename(path),
    ),
    "moved away": lambda path: path.rename(path.with_name("s0.jsonl")),
}


@pytest.mark.parametrize("how", REWRITES)
def test_nothing_that_was_read_is_lost_or_doubled_when_a_file_is(
    follower: Follower, own_home: Path, how: str
) -> None:
    path = transcript(own_home)
    append(path, answer(1), answer(2))
    follower.refresh()
    known = follower.rows()
    REWRITES[how](path)
    follower.refresh()
    present = sum(
        (own_home / ".claude/projects/-code-app" / name).read_bytes().count(b'"usage"')
        for name in os.listdir(path.parent)
        if how.startswith(("rewritten", "longer", "replaced"))
    )
    assert follower.rows().items() >= known.items()
    assert follower.calls() == len(known) + present
    append(path, answer(99))
    assert follower.refresh() == 1


def test_links_and_special_files_are_not_read(follower: Follower, own_home: Path) -> None:
    outside = own_home.parent / "outside"
    outside.mkdir()
    (outside / "s9.jsonl").write_bytes(answer(9))
    folder = transcript(own_home).parent
    (folder / "link.jsonl").symlink_to(outside / "s9.jsonl")
    (folder / "folder").symlink_to(outside)
    os.mkfifo(folder / "fifo.jsonl")
    append(transcript(own_home), answer(1))
    assert follower.refresh() == 1


def test_a_folder_that_is_a_link_is_not_entered(follower: Follower, own_home: Path) -> None:
    other = own_home / "other"
    append(transcript(other), answer(1))
    (own_home / ".claude").symlink_to(other / ".claude")
    assert follower.refresh() == 0


def test_a_file_that_cannot_be_read_is_named_and_hinders_nothing(
    follower: Follower, own_home: Path
) -> None:
    append(transcript(own_home), answer(1))
    database = own_home / ".local/share/opencode/opencode.db"
    database.parent.mkdir(parents=True)
    database.write_bytes(b"no database" * 100)
    assert follower.refresh() == 1
    assert list(follower.ingestion.problems) == [str(database)]
    database.unlink()
    follower.refresh()
    assert follower.calls() == 1


@pytest.fixture
def watchful(own_home: Path, tmp_path: Path) -> Iterator[Follower]:
    """One that looks only where something was written."""
    if sys.platform != "linux":
        pytest.skip("inotify is of Linux")
    noticer = Noticer(lambda: None)
    yield Follower(own_home, tmp_path / "watchful.db", noticer=noticer)
    noticer.close()


def test_what_could_not_be_read_at_first_is_read_when_it_can_be(
    watchful: Follower, own_home: Path
) -> None:
    early, late = transcript(own_home, "early"), transcript(own_home, "late")
    append(early, answer(1))
    early.chmod(0)
    with powerless():
        assert watchful.refresh() == watchful.refresh() == 0
        assert list(watchful.ingestion.problems) == [str(early)]
        append(late, answer(2))
        late.chmod(0)
        assert watchful.refresh() == watchful.refresh() == 0
        for path in (early, late):
            path.chmod(0o600)
            assert watchful.refresh() == 1
        append(late, answer(3))
        late.parent.chmod(0)
        assert watchful.refresh() == 0
        late.parent.chmod(0o700)
        assert watchful.refresh() == 1
    assert not watchful.ingestion.problems


def test_a_home_that_nobody_may_enter_hinders_no_other(
    watchful: Follower, own_home: Path, tmp_path: Path
) -> None:
    append(transcript(own_home), answer(1))
    other = Home(str(tmp_path / "other"), "claude", "other")
    append(transcript(Path(other.path)), answer(2))
    places = [*places_in(other), *watchful.places()]
    os.chmod(other.path, 0)
    with powerless():
        assert watchful.ingestion.refresh(places).calls == 1
        assert f"{other.path}/.claude/projects" in watchful.ingestion.problems
        os.chmod(other.path, 0o700)
        assert watchful.ingestion.refresh(places).calls == 1
    assert not watchful.ingestion.problems


def test_a_name_that_is_no_text_hinders_no_other(follower: Follower, own_home: Path) -> None:
    path = transcript(own_home)
    append(path, answer(1))
    (path.parent / os.fsdecode(b"\xff.jsonl")).write_bytes(answer(2))
    assert follower.refresh() == 1


def test_a_file_that_is_large_does_not_delay_the_end(follower: Follower, own_home: Path) -> None:
    block = b"".join(answer(number) for number in range(6000))  # more than is read at once
    append(transcript(own_home), block)
    follower.ingestion.refresh(ending(follower))
    assert 0 < follower.calls() < 6000
    follower.begin()
    follower.refresh()
    assert follower.calls() == 6000


def ending(follower: Follower) -> Iterator[Place]:
    """The places; as soon as reading begins, it is over."""
    yield from follower.places()
    times = iter([False])
    follower.ingestion._is_over = lambda: next(times, True)


def test_no_count_is_so_large_that_its_cost_stops_the_reading(
    own_home: Path, tmp_path: Path
) -> None:
    dear = Follower(
        own_home, tmp_path / "dear.db", price=lambda call: Cost(call.tokens.output << 18)
    )
    append(transcript(own_home), answer(1, output=1 << 60), answer(2))
    assert dear.refresh() == 2


def test_a_fork_is_read_after_the_older_file_that_it_copies(
    follower: Follower, own_home: Path
) -> None:
    parent, fork = transcript(own_home, "z-parent"), transcript(own_home, "a-fork")
    append(parent, answer(1, session="parent"))
    append(fork, answer(1, session="fork"), answer(2, session="fork"))
    os.utime(parent, (1_000_000_000, 1_000_000_000))
    follower.refresh()
    found = {row.session: row.tokens.input for b in follower.ledger.records() for row in b}
    assert found == {"parent": 10, "fork": 10}


def test_many_answers_are_committed_on_the_way(follower: Follower, own_home: Path) -> None:
    append(transcript(own_home), *(answer(number) for number in range(5000)))
    assert follower.refresh() == 5000
    assert follower.refresh() == 0


_step = st.one_of(
    st.tuples(st.just("append"), st.integers(0, 30), st.integers(0, 3)),
    st.tuples(st.just("half"), st.integers(0, 30), st.integers(0, 3)),
    st.tuples(st.just("truncate"), st.integers(0, 2000), st.integers(0, 3)),
    st.tuples(st.just("replace"), st.integers(0, 30), st.integers(0, 3)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_step, max_size=14))
def test_following_a_file_step_by_step_equals_having_seen_every_state_of_it(
    steps: list[tuple[str, int, int]],
) -> None:
    """What counts is the best copy of every answer that was ever there as a complete line."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        path = transcript(home)
        path.touch()
        follower = Follower(home, Path(folder) / "one.db")
        every = b""
        for kind, number, output in steps:
            line = answer(number, output=output)
            match kind:
                case "append":
                    append(path, line)
                case "half":
                    append(path, line[: len(line) // 2])
                case "truncate":
                    os.truncate(path, min(number, path.stat().st_size))
                case "replace":
                    path.with_suffix(".new").write_bytes(line)
                    path.with_suffix(".new").rename(path)
                case _:
                    follower.begin()
            follower.refresh()
            complete, _, _ = path.read_bytes().rpartition(b"\n")
            every += complete + b"\n"
        transcript(Path(folder) / "all").write_bytes(every)
        rebuilt = Follower(Path(folder) / "all", Path(folder) / "two.db")
        rebuilt.refresh()
        assert follower.rows() == rebuilt.rows()
        assert follower.calls() == len(follower.rows())
        follower.ledger.close()
        rebuilt.ledger.close()


def test_kills_at_any_moment_neither_lose_nor_double_an_answer(tmp_path: Path) -> None:
    """A few rounds of tools/kill-readings, while files grow, are cut off and replaced."""
    outcome = kill_readings(tmp_path, rounds=8, seed=1)
    assert outcome.rows == outcome.rebuilt
    assert outcome.calls == len(outcome.rebuilt) > 0
