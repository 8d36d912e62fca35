"""The ledger: one row for each answer, sums that equal the rows, nothing lost or doubled."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ringlet.domain.errors import RingletError
from ringlet.domain.pricing import Cost
from ringlet.domain.usage import Call, Tokens
from ringlet.store.ledger import schema
from ringlet.store.ledger.exchange import Record
from ringlet.store.ledger.ledger import Ledger
from ringlet.store.ledger.positions import Home, Position
from ringlet.store.ledger.pricing import PIECE
from ringlet.store.ledger.queries import Span, Sum
from ringlet.store.ledger.rows import QUARTER_MS, Row, key_of
from ringlet.store.ledger.runs import Run

NOON = 1_795_608_000_000
EVER = [Span("all", 0, 1 << 40)]


def priced(call: Call) -> Cost | None:
    """A dollar for each million tokens of any kind; no price for the model `mystery`."""
    if call.model == "mystery":
        return None
    tokens = call.tokens
    return Cost(
        1000 * tokens.total,
        1000 * tokens.input,
        1000 * tokens.output,
        1000 * tokens.cache_read,
        1000 * tokens.cache_write,
        version=1,
    )


def free(call: Call) -> Cost | None:
    return Cost(0, version=2)


def call(native_id: str = "a", **changes: object) -> Call:
    plain = Call(
        source="claude",
        native_id=native_id,
        time=NOON,
        tokens=Tokens(input=10, output=5, cache_read=3, cache_write_5m=2, cache_write_1h=1),
        agent="claude",
        model="sonnet",
        session="s1",
        profile="work",
    )
    return replace(plain, **changes)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "usage.db")


def total(ledger: Ledger, **where: str) -> Sum:
    (found,) = ledger.sums(EVER, (), where)
    return found


def test_its_file_is_readable_by_its_owner_only(ledger: Ledger) -> None:
    ledger.ingest([call()], [], priced)
    for path in ledger.path.parent.glob("usage.db*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_copies_of_an_answer_are_one_row(ledger: Ledger) -> None:
    ledger.ingest([call(), call()], [], priced)
    ledger.ingest([call()], [], priced)
    assert total(ledger).calls == 1
    assert total(ledger).tokens.total == 21


def test_answers_with_equal_numbers_are_two_rows(ledger: Ledger) -> None:
    ledger.ingest([call("a"), call("b")], [], priced)
    assert total(ledger).calls == 2


def test_one_native_id_of_two_sources_is_two_rows(ledger: Ledger) -> None:
    ledger.ingest([call(), call(source="codex")], [], priced)
    assert total(ledger).calls == 2


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("backwards", [True, False])
def test_the_finished_answer_wins_over_the_growing_one(
    ledger: Ledger, together: bool, backwards: bool
) -> None:
    growing = call(tokens=Tokens(input=10, output=1))
    copies = [growing, call(tokens=Tokens(input=10, output=50), time=NOON + QUARTER_MS)]
    if backwards:
        copies.reverse()
    for batch in [copies] if together else [[copy] for copy in copies]:
        ledger.ingest(batch, [], priced)
    found = total(ledger)
    assert found.tokens == Tokens(input=10, output=50)
    assert found.first == found.last == NOON // QUARTER_MS + 1


@pytest.mark.parametrize("backwards", [True, False])
def test_the_main_conversation_wins_over_a_side_chain(ledger: Ledger, backwards: bool) -> None:
    side = call(sub_agent=True, tokens=Tokens(output=500))
    for copy in [call(), side] if backwards else [side, call()]:
        ledger.ingest([copy], [], priced)
    assert total(ledger).tokens.output == 5


def test_an_answer_belongs_to_the_session_and_profile_that_had_it_first(ledger: Ledger) -> None:
    ledger.ingest([call()], [], priced)
    fork = call(session="s2", profile="play", project="/fork", tokens=Tokens(output=9))
    ledger.ingest([fork], [], priced)
    (found,) = ledger.sums(EVER, ("session", "profile", "project"), {})
    assert found.names == ("s1", "work", "")
    assert found.tokens.output == 9


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_replay_in_a_side_chain_under_another_request_is_the_same_answer(
    ledger: Ledger, order: tuple[int, ...]
) -> None:
    answers = [
        call("1\0req-a", replay_id="1\0s1"),
        call("1\0req-b", replay_id="1\0s1", sub_agent=True),
        call("1\0req-c", replay_id="1\0s1", sub_agent=True),
    ]
    for index in (*order, *order):
        ledger.ingest([answers[index]], [], priced)
    assert total(ledger).calls == 1
    assert ledger.sums(EVER, (), {})[0].tokens.output == 5


def test_short_ids_of_two_requests_outside_side_chains_are_two_answers(ledger: Ledger) -> None:
    both = [call("1\0req-a", replay_id="1\0s1"), call("1\0req-b", replay_id="1\0s1")]
    ledger.ingest(both, [], priced)
    ledger.ingest(both, [], priced)
    assert total(ledger).calls == 2


def test_an_unknown_price_is_no_cost_and_is_counted(ledger: Ledger) -> None:
    ledger.ingest([call("a"), call("b", model="mystery")], [], priced)
    assert total(ledger).cost.total == 21_000
    assert total(ledger).unpriced == 1
    assert total(ledger, model="mystery").unpriced == 1


def test_what_the_agent_was_charged_wins_over_any_price(ledger: Ledger) -> None:
    ledger.ingest([call(model="mystery", reported_cost_nano=7)], [], priced)
    assert (total(ledger).cost.total, total(ledger).unpriced) == (7, 0)


def test_new_prices_change_rows_and_sums(ledger: Ledger) -> None:
    ledger.ingest([call(str(n), model="mystery") for n in range(5)], [], priced)
    assert ledger.reprice(free) == 5
    assert ledger.reprice(free) == 0
    assert (total(ledger).cost.total, total(ledger).unpriced) == (0, 0)
    assert ledger.reprice(priced) == 5
    assert total(ledger).unpriced == 5


def test_rows_and_sums_agree_after_a_repricing_that_was_cut_off_and_the_next_one_ends_it(
    ledger: Ledger,
) -> None:
    count = 2 * PIECE + 5
    ledger.ingest([call(str(number)) for number in range(count)], [], priced)
    seen = []

    def cut_off(asked: Call) -> Cost | None:
        seen.append(asked)
        if len(seen) > PIECE + 5:
            raise KeyboardInterrupt
        return free(asked)

    with pytest.raises(KeyboardInterrupt):
        ledger.keep_priced(cut_off, "new")
    rows = [row for block in ledger.records() for row in block]
    assert sum(row.cost == 0 for row in rows) == PIECE, "a piece counts as a whole or not at all"
    assert total(ledger).cost.total == sum(row.cost or 0 for row in rows)
    assert ledger.keep_priced(free, "new") == count - PIECE
    assert total(ledger).cost.total == 0
    assert ledger.keep_priced(priced, "new") == 0, "in this state of the lists that is done"


def test_a_renamed_profile_takes_along_what_it_used_in_its_time(ledger: Ledger) -> None:
    earlier, later = call("a", time=NOON - 5000), call("c", time=NOON + 5000)
    ledger.ingest([earlier, call("b"), later, call("d", profile="lab")], [], priced)
    ran = [Run(name, "work", "claude", "", "", "", start, start, 1.0)
           for name, start in (("r1", NOON - 5000), ("r2", NOON))]  # fmt: skip
    ledger.note_runs(ran, [])
    assert ledger.rename_profile(("work", "office"), (NOON - 1, NOON + 1)) == 1
    assert ledger.rename_profile(("work", "office"), (NOON - 1, NOON + 1)) == 0
    calls = {found.names[0]: found.calls for found in ledger.sums(EVER, ("profile",), {})}
    assert calls == {"work": 2, "office": 1, "lab": 1}
    assert total(ledger, profile="office").tokens == call().tokens
    runs = ledger.run_sums("profile", 0, NOON * 2, {})
    assert {found.name: found.runs for found in runs} == {"work": 1, "office": 1}


def test_calls_and_file_positions_come_together_or_not_at_all(ledger: Ledger) -> None:
    def broken(call: Call) -> Cost | None:
        raise RuntimeError("the price list is damaged")

    position = Position("/a", 1, 2, 3, 4, 5, b"tail", b"state")
    with pytest.raises(RuntimeError):
        ledger.ingest([call()], [position], broken)
    assert ledger.files() == []
    assert ledger.sums(EVER, (), {}) == []
    ledger.ingest([call()], [position], priced)
    assert ledger.files() == [position]
    assert total(ledger).calls == 1


def test_it_says_what_is_new_in_a_batch(ledger: Ledger) -> None:
    assert len(ledger.ingest([call("a"), call("b")], [], priced)) == 2
    before = ledger.generation
    assert ledger.ingest([call("a")], [], priced) == []
    assert ledger.generation == before
    assert [t.call.native_id for t in ledger.ingest([call("a"), call("c")], [], priced)] == ["c"]


def test_spans_group_by_what_is_asked_for_and_filters_narrow(ledger: Ledger) -> None:
    day = NOON // QUARTER_MS
    ledger.ingest(
        [
            call("a"),
            call("b", profile="play", time=NOON + 4 * QUARTER_MS),
            call("c", profile="play", session="s2", model="opus"),
        ],
        [],
        priced,
    )
    spans = [Span("one", day, day + 1), Span("two", day + 1, day + 9), Span("no", 0, 1)]
    found = ledger.sums(spans, ("profile",), {})
    assert [(s.label, s.names, s.calls, s.sessions) for s in found] == [
        ("one", ("work",), 1, 1),
        ("one", ("play",), 1, 1),
        ("two", ("play",), 1, 1),
    ]
    assert [s.label for s in ledger.sums(spans, (), {"model": "opus"})] == ["one"]
    assert ledger.sums(spans, (), {"model": "never seen"}) == []
    assert ledger.quarters(0, 1 << 40, {"profile": "play"}) == [day, day + 4]
    assert ledger.bounds() == (day, day + 5)


def test_a_ledger_of_another_machine_merges_without_loss_or_doubling(
    ledger: Ledger, tmp_path: Path
) -> None:
    other = Ledger(tmp_path / "other.db")
    assert other.machine != ledger.machine
    ledger.ingest([call("mine"), call("shared")], [], priced)
    other.ingest([call("theirs"), call("shared")], [], priced)
    export = [record for block in other.records() for record in block]
    assert ledger.merge(export, priced) == 1
    assert ledger.merge(export, priced) == 0
    assert total(ledger).calls == 3
    other.ingest([call("theirs", tokens=Tokens(output=99))], [], priced)
    newer = [record for block in other.records() for record in block]
    assert ledger.merge(newer, priced) == 1
    assert ledger.merge(export, priced) == 0
    assert total(ledger).tokens.output == 99 + 5 + 5


def test_a_merged_row_keeps_its_machine_and_number(ledger: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other.db")
    other.ingest([call(sub_agent=True, branch="main", service_tier="fast")], [], priced)
    (sent,) = next(other.records())
    ledger.merge([sent], priced)
    assert next(ledger.records()) == [sent]
    assert sent.machine == other.machine


def test_a_number_is_never_used_again(ledger: Ledger, tmp_path: Path) -> None:
    """Or a machine that has the older row would take the new one for it."""
    other = Ledger(tmp_path / "other.db")
    ledger.ingest([call("x")], [], priced)
    other.ingest([call("x", tokens=Tokens(output=77))], [], priced)
    ledger.merge(next(other.records()), priced)
    ledger.ingest([call("y")], [], priced)
    rows: list[Record] = next(ledger.records())
    assert {(r.machine == ledger.machine, r.seq) for r in rows} == {(False, 1), (True, 2)}


def test_two_rows_under_one_number_of_a_machine_are_both_kept(
    ledger: Ledger, tmp_path: Path
) -> None:
    """A machine that went back to an older copy of its ledger gives its numbers a second time."""
    other = Ledger(tmp_path / "other.db")
    other.ingest([call("first", tokens=Tokens(output=3))], [], priced)
    (first,) = next(other.records())
    other.ingest([call("second", tokens=Tokens(output=4))], [], priced)
    (second,) = (record for record in next(other.records()) if record.seq != first.seq)
    second = replace(second, seq=first.seq)
    ledger.merge([first], priced)
    assert ledger.merge([second], priced) == 1
    assert ledger.merge([first, second], priced) == 0
    assert ledger.count() == total(ledger).calls == 2
    assert total(ledger).tokens.output == 7


def test_two_rows_that_claim_one_number_at_once_are_both_kept(ledger: Ledger) -> None:
    ledger.merge([_sent("a", 7), _sent("b", 7, output=4)], priced)
    assert ledger.count() == total(ledger).calls == 2


def test_what_a_ledger_lost_and_took_in_again_is_not_overwritten(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Somebody restored an older copy of it, and merged what was exported since."""
    ledger.ingest([call("a"), call("b")], [], priced)
    export = next(ledger.records())
    restored = Ledger(tmp_path / "restored.db")
    export = [replace(record, machine=restored.machine) for record in export]
    restored.merge(export, priced)
    restored.ingest([call("c"), call("d")], [], priced)
    assert restored.count() == total(restored).calls == 4


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_states_of_a_row_in_one_file_the_better_one_counts(
    ledger: Ledger, backwards: bool
) -> None:
    """Two exports in one file, in any order."""
    records = [_sent("a", 1), _sent("a", 2, output=99)]
    ledger.merge(records[::-1] if backwards else records, priced)
    assert total(ledger).tokens.output == 99
    assert ledger.merge(records, priced) == 0


@pytest.mark.parametrize(
    "change",
    [{"seq": 0}, {"seq": 1 << 40}, {"seq": (1 << 40) - 1}, {"time": 1 << 60}, {"time": -1},
     {"tokens": {"output": -1}}, {"tokens": {"input": 1 << 62}}, {"reported": -1}],
)  # fmt: skip
def test_records_that_no_ledger_can_have_written_are_refused(change: dict[str, object]) -> None:
    plain = msgspec.to_builtins(_sent("a", 1))
    assert msgspec.convert(plain, Record) == _sent("a", 1)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(plain | change, Record)


def _sent(native_id: str, seq: int, output: int = 5) -> Record:
    """A record of another machine."""
    return Record(
        f"{key_of('claude', native_id) % (1 << 64):016x}", "another", seq, NOON,
        Tokens(output=output), source="claude", agent="claude", model="sonnet", session="s1",
        project="", branch="", profile="work", provider="", account="", run="", sub_agent=False,
        tier="", geo="", reported=None, cost=None,
    )  # fmt: skip


def test_a_ledger_of_the_first_version_keeps_its_rows(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new.db")
    ledger.ingest([call("one"), call("two", tokens=Tokens(output=9))], [], priced)
    rows = [replace(r, machine="m") for r in next(ledger.records())]
    with closing(_first_version(tmp_path / "old.db", ledger)) as raw:
        assert raw.execute("SELECT count(*) FROM call").fetchone() == (2,)
    old = Ledger(tmp_path / "old.db")
    assert [replace(r, machine="m") for r in next(old.records())] == rows
    assert total(old) == total(ledger)
    old.ingest([call("one", tokens=Tokens(output=50)), call("three")], [], priced)
    assert total(old).calls == old.count() == 3
    assert total(old).tokens.output == 50 + 9 + 5


def _first_version(path: Path, ledger: Ledger) -> sqlite3.Connection:
    """A file as the first version made them, with what another ledger holds."""
    raw = sqlite3.connect(path, isolation_level=None)
    for statement in schema._STEPS[0].split(";"):
        raw.execute(statement)
    raw.execute("ATTACH ? AS new", (str(ledger.path),))
    for table in ("meta", "word", "cell", "roll"):
        raw.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")  # noqa: S608
    columns = ", ".join(Row._fields[1:])
    raw.execute(
        f"INSERT INTO main.call (machine, seq, {columns})"  # noqa: S608
        f" SELECT id >> 40, id & ((1 << 40) - 1), {columns} FROM new.call"
    )
    raw.execute("PRAGMA user_version = 1")
    return raw


def test_a_question_does_not_wait_for_a_writer(ledger: Ledger) -> None:
    ledger.ingest([call("a")], [], priced)
    writing, asked = threading.Event(), threading.Event()

    def slow(call: Call) -> Cost | None:
        writing.set()
        assert asked.wait(20)
        return priced(call)

    writer = threading.Thread(target=ledger.ingest, args=([call("b")], [], slow))
    writer.start()
    assert writing.wait(20)
    assert total(ledger).calls == 1
    asked.set()
    writer.join(20)
    assert total(ledger).calls == 2


def test_the_sums_of_a_snapshot_are_of_one_moment(ledger: Ledger) -> None:
    ledger.ingest([call("a")], [], priced)
    with ledger.snapshot():
        assert total(ledger).calls == 1
        ledger.ingest([call("b")], [], priced)
        assert total(ledger).calls == 1
    assert total(ledger).calls == 2


def test_a_long_question_can_be_ended(ledger: Ledger) -> None:
    ledger.ingest([call(str(n), time=NOON + n * QUARTER_MS) for n in range(2000)], [], priced)
    endless = [Span(str(n), 0, 1 << 40) for n in range(20_000)]
    stop = threading.Timer(0.2, ledger.interrupt)
    stop.start()
    with pytest.raises(RingletError, match="interrupted"):
        ledger.sums(endless, ("session",), {})


def test_nothing_long_goes_on_once_it_is_to_end(ledger: Ledger) -> None:
    ledger.ingest([call()], [], priced)
    with pytest.raises(RingletError, match="interrupted"), ledger.snapshot():
        assert total(ledger).calls == 1
        ledger.interrupt()
        total(ledger)
    assert ledger.reprice(free) is None
    ledger.close()


def test_records_of_a_time_only(ledger: Ledger) -> None:
    ledger.ingest([call("a"), call("b", time=NOON + 5)], [], priced)
    assert len(next(ledger.records(NOON, NOON + 5))) == 1


def test_imported_homes_are_remembered(ledger: Ledger) -> None:
    ledger.add_home(Home("/old", "claude", ""))
    ledger.add_home(Home("/old", "claude", "work"))
    ledger.close()
    assert Ledger(ledger.path).homes() == [Home("/old", "claude", "work")]


def test_homes_that_an_earlier_version_imported_stay(ledger: Ledger, tmp_path: Path) -> None:
    raw = _first_version(tmp_path / "old.db", ledger)
    raw.execute("INSERT INTO main.home VALUES ('/old', 'claude', 'work')")
    raw.close()
    old = Ledger(tmp_path / "old.db")
    old.add_home(Home("/old", "claude", "", "elsewhere"))
    assert old.homes() == [
        Home("/old", "claude", "work"),
        Home("/old", "claude", "", "elsewhere"),
    ]


def test_imported_homes_follow_the_profile_that_they_belong_to(ledger: Ledger) -> None:
    for home in (Home("/a", "claude", "work"), Home("/b", "claude", "lab")):
        ledger.add_home(home)
    ledger.rename_homes("work", "office")
    assert [home.profile for home in ledger.homes()] == ["office", "lab"]


def test_a_ledger_of_a_later_version_is_left_alone(ledger: Ledger) -> None:
    ledger.close()
    with sqlite3.connect(ledger.path) as raw:
        raw.execute("PRAGMA user_version = 99")
    with pytest.raises(RingletError, match="version 99"):
        Ledger(ledger.path)


def test_what_is_no_database_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = tmp_path / "usage.db"
    path.write_bytes(b"this is not a database, but long enough to be taken for one" * 20)
    with pytest.raises(RingletError, match="Cannot use the ledger"):
        Ledger(path)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "usage.db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RingletError):
        Ledger(tmp_path / "usage.db")
    assert not (tmp_path / "elsewhere").exists()


_copies = st.lists(
    st.builds(
        lambda key, output, side, minutes, session: call(
            key,
            tokens=Tokens(input=7, output=output),
            sub_agent=side,
            time=NOON + minutes * 60_000,
            session=session,
        ),
        st.sampled_from("abcd"),
        st.integers(0, 3),
        st.booleans(),
        st.integers(0, 40),
        st.sampled_from(["s1", "s2"]),
    ),
    max_size=12,
)


@given(_copies, st.data())
def test_numbers_do_not_depend_on_the_order_and_sums_equal_the_rows(
    copies: list[Call], data: st.DataObject
) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        one, other = Ledger(Path(folder) / "one.db"), Ledger(Path(folder) / "other.db")
        one.ingest(copies, [], priced)
        for copy in data.draw(st.permutations(copies)):
            other.ingest([copy], [], priced)

        def numbers(ledger: Ledger) -> list[tuple[str, int, Tokens, bool]]:
            blocks = ledger.records()
            return sorted(
                ((r.key, r.time, r.tokens, r.sub_agent) for block in blocks for r in block),
                key=lambda row: row[0],
            )

        assert numbers(one) == numbers(other)
        for ledger in (one, other):
            rows = [record for block in ledger.records() for record in block]
            sums = ledger.sums(EVER, ("session",), {})
            assert sum(s.calls for s in sums) == len(rows)
            assert sum(s.tokens.total for s in sums) == sum(r.tokens.total for r in rows)
            assert sum(s.cost.total for s in sums) == sum(r.cost or 0 for r in rows)
            ledger.close()


def test_each_block_of_an_export_may_be_asked_for_by_another_thread(ledger: Ledger) -> None:
    """As the daemon does, whose loop takes whichever thread is free."""
    ledger.ingest([call()], [], priced)
    blocks = ledger.records()
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        assert one.submit(next, blocks, None).result()
        assert other.submit(next, blocks, None).result() is None
