"""Lines of any length and content: what they cost, and that they hinder nothing else."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.agents.test_usage_others import NOW, OpenCode, droid_file
from tests.unit.agents.usage_world import write
from tests.unit.usage.world import Follower, answer, transcript

from ringlet.agents.usage.lines import scavenge
from ringlet.agents.usage.logs import LONGEST
from ringlet.domain.usage import Tokens
from ringlet.engine.usage.verification import verify

_BEGUN = answer(99)[:-2]  # an answer without its last brace and line end
_COUNTS = b'{"output_tokens":'
_IO = Path("/proc/self/io")


@pytest.fixture
def follower(own_home: Path, tmp_path: Path) -> Follower:
    return Follower(own_home, tmp_path / "usage.db")


def append(path: Path, *lines: bytes) -> None:
    with path.open("ab") as file:
        file.write(b"".join(lines))


def _bytes_read() -> int:
    return int(_IO.read_text().split("rchar:")[1].split()[0])


def test_a_line_that_is_too_long_is_passed_over_once_and_what_follows_counts(
    follower: Follower, own_home: Path
) -> None:
    path = transcript(own_home)
    append(path, answer(1), _BEGUN, b',"x":"', b"y" * (LONGEST + 5), b'"}\n', answer(2))
    assert follower.refresh() == 2
    assert follower.ingestion.unreadable == {str(path): 1}
    follower.begin()
    append(path, answer(3))
    assert follower.refresh() == 1
    assert follower.ingestion.unreadable == {}


def test_a_long_line_may_come_in_pieces_over_several_readings_and_restarts(
    follower: Follower, own_home: Path
) -> None:
    path = transcript(own_home)
    append(path, answer(1), b"y" * LONGEST)
    assert follower.refresh() == 1
    append(path, b"y" * 5)  # from here on it is too long
    follower.refresh()
    counted = dict(follower.ingestion.unreadable)
    follower.begin()
    append(path, b"y" * 5, answer(2), answer(3))  # the first of them ends the long line
    assert follower.refresh() == 1
    assert counted == {str(path): 1}
    assert follower.ingestion.unreadable == {}
    assert follower.calls() == 2


@pytest.mark.skipif(not _IO.exists(), reason="only Linux tells how much was read")
@pytest.mark.parametrize("size", [LONGEST // 2, 3 * LONGEST])
def test_a_long_line_without_an_end_is_looked_through_once_while_it_grows(
    follower: Follower, own_home: Path, size: int
) -> None:
    path = transcript(own_home)
    append(path, answer(1), b"y" * size)
    follower.refresh()
    before = _bytes_read()
    for _ in range(20):
        append(path, b"y")
        follower.refresh()
    assert _bytes_read() - before < size
    append(path, b"\n", answer(2))
    assert follower.refresh() == 1


_ODD = {
    "nested too deeply": _BEGUN + b',"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested without an end": b'{"a":' * 100_000 + _COUNTS,
    "half an answer": _BEGUN[:-8],
    "large and torn": _BEGUN + b',"x":"' + b"y" * (3 << 20),
    "a number of many digits": _BEGUN + b',"costUSD":' + b"9" * 20_000 + b"}",
    "a name without an end": answer(98).replace(b"sonnet", b"s" * 100_000)[:-1],
    "no text at all": _COUNTS + bytes(range(128, 256)) * 1000,
    "many small things": _COUNTS + b"1}" + b"{}" * 100_000,
    "half characters": _BEGUN + b',"x":"' + rb"\ud83d" * 400_000 + b'"}',
}


@pytest.mark.parametrize("what", _ODD)
def test_an_odd_line_hinders_neither_its_neighbours_nor_other_files(
    follower: Follower, own_home: Path, what: str
) -> None:
    good = [answer(number, output=1000 + number) for number in range(3)]
    append(transcript(own_home, "first"), good[0], _ODD[what], b"\n", good[1])
    append(transcript(own_home, "second"), good[2])
    write(own_home / ".gemini/tmp/app/chats/session-1.jsonl", b'"tokens"' + _ODD[what] + b"\n")
    write(own_home / ".qwen/projects/app/chats/1.jsonl", b'"token"' + _ODD[what] + b"\n")
    head = b'{"timestamp":"2026-11-20T09:00:00.500Z","type":"session_meta","payload":'
    write(own_home / ".codex/sessions/rollout-t1.jsonl", head + _ODD[what] + b"\n")
    follower.refresh()
    assert {Tokens(10, 1000 + number) for number in range(3)} <= set(follower.rows().values())
    assert follower.ingestion.problems == {}
    assert follower.refresh() == 0


def test_verify_tells_how_many_lines_cannot_be_read(follower: Follower, own_home: Path) -> None:
    odd = [_ODD["nested without an end"], _ODD["large and torn"], b"y" * (LONGEST + 1)]
    append(transcript(own_home), answer(1), *(line + b"\n" for line in odd))
    follower.refresh()
    found = verify(follower.ledger, follower.places(), own_home)
    assert (found.unreadable, found.in_files, found.agree) == (3, 1, True)


def test_a_message_of_opencode_that_is_too_large_is_not_fetched(
    follower: Follower, own_home: Path
) -> None:
    store = OpenCode(own_home)
    for number in range(4):
        times = {"created": NOW + number, "completed": NOW + number + 1}
        text = "y" * (6 << 20) if number == 1 else ""
        store.message(f"m{number}", time=times, text=text)
    assert follower.refresh() == 3
    told = dict(follower.ingestion.unreadable)
    store.message("m5", time={"created": NOW + 5, "completed": NOW + 6})
    assert follower.refresh() == 1
    assert told == follower.ingestion.unreadable == {str(store.path): 1}


def test_totals_of_droid_that_are_too_large_are_told_and_read_when_they_are_not(
    follower: Follower, own_home: Path
) -> None:
    path = droid_file(own_home)
    whole = path.read_bytes()
    path.write_bytes(b" " * (2 << 20) + whole)
    assert follower.refresh() == 0
    assert follower.ingestion.unreadable == {str(path): 1}
    path.write_bytes(whole)
    assert follower.refresh() == 1
    assert follower.ingestion.unreadable == {}


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of some tries: what else runs here can only add to it."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize(
    "unit", [b'{"a":[' * 8 + b'1,"', b'{"a":"', b"{}", rb"\ud83d{", b"{" + b"9" * 100]
)
def test_looking_for_records_in_a_line_takes_time_in_proportion(unit: bytes) -> None:
    short, long = (unit * (size // len(unit)) for size in (200_000, 800_000))
    assert _seconds(lambda: scavenge(long)) < 10 * _seconds(lambda: scavenge(short)) + 0.01


@pytest.mark.parametrize(
    "parts",
    [
        """(b'{"a":' * 200, *[b'y' * (1 << 20)] * 60, b'\\n')""",
        """(answer(2)[:-4], b',"iterations":[', b'{},' * 2_300_000, b'{}]}}}\\n')""",
    ],
    ids=["long", "of many parts"],
)
def test_no_line_takes_more_memory_than_a_few_times_the_longest_that_is_read(
    own_home: Path, tmp_path: Path, parts: str
) -> None:
    """In a process of its own, whose memory is this alone."""
    path = transcript(own_home)
    append(path, answer(1))
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.unit.usage.world import Follower, answer\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10\n"
        "follower, path = Follower(Path(sys.argv[1]), Path(sys.argv[2])), Path(sys.argv[3])\n"
        "follower.refresh(); before = peak()\n"
        "with path.open('ab') as file:\n"
        f"    for part in {parts}: file.write(part)\n"
        "assert follower.refresh() == 0 and follower.ingestion.unreadable\n"
        "print(peak() - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(own_home), str(tmp_path / "usage.db"), str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 4 * (LONGEST >> 20)  # MiB


def test_text_of_an_answer_is_only_so_long(follower: Follower, own_home: Path) -> None:
    append(transcript(own_home), answer(1).replace(b"/code/app", b"/" * 100_000), answer(2))
    assert follower.refresh() == 1
    assert set(follower.rows().values()) == {Tokens(10, 5)}
