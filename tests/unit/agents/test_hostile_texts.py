"""Whatever stands in a file that people write: a value, or an error that names the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.agents.test_catalog import write

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.documents import parse_document
from ringlet.agents.manifests import parse_agent
from ringlet.agents.problems import ManifestError
from ringlet.agents.providers import parse_provider
from ringlet.domain.errors import RingletError
from ringlet.engine.settings import parse_settings
from ringlet.scripting.merge import merge
from ringlet.store.paths import Paths
from ringlet.store.prices.own import read_own
from ringlet.store.prices.synced import absorb
from ringlet.store.quarantine import Quarantine
from ringlet.store.settings import load_settings

_HEAD = 'id = "x"\nname = "X"\nbinary = "x"\n[profile]\nsource_home = "~/{alias}"\nscript = "x"\n'
TEXTS: dict[str, Callable[[int], str]] = {
    "braces of a template": lambda n: "id: {{ provider }}\n",
    "a list as a key": lambda n: "? [a, b]\n: 1\n",
    "a map as a member of a set": lambda n: "a: !!set {[a]: 1}",
    "a tag of Python": lambda n: "a: !!python/object/apply:os.system [x]",
    "tags that do not fit": lambda n: "a: !!bool x\nb: !!timestamp x\n",
    "a character that is none": lambda n: 'a: "\\Uffffffff"',
    "a long number by sixties": lambda n: "a: 1" + ":1" * n + ".5",
    "a list in itself": lambda n: "a: &a [*a]",
    "a map in itself": lambda n: "a: &a {b: *a}",
    "a merge of itself": lambda n: "a: &a\n  <<: *a\n",
    "aliases of aliases": lambda n: (
        "a: &a ["
        + "x," * 9
        + "]\n"
        + "".join(
            f"{b}: &{b} [{f'*{a},' * 9}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
    ),
    "merges of merges": lambda n: (
        "a: &a {x: 1}\n"
        + "".join(
            f"{b}: &{b} {{<<: [{f'*{a},' * 9}]}}\n"
            for a, b in zip("abcdefg", "bcdefgh", strict=True)
        )
    ),
    "anchors": lambda n: "".join(f"k{i}: &a{i} 1\n" for i in range(n // 10)),
    "several documents": lambda n: "---\n" * n,
    "a key twice": lambda n: "a: 1\na: 2\n",
    "dashes": lambda n: "- " * n,
    "brackets": lambda n: "[" * n,
    "braces": lambda n: "{" * n,
    "brackets of a value": lambda n: "a = " + "[" * n + "]" * n,
    "tables in a value": lambda n: "a = " + "{a = " * n + "1" + "}" * n,
    "a key of many parts": lambda n: "a" + ".a" * n + " = 1",
    "a table of many parts": lambda n: "[a" + " . 'b'" * n + "]",
    "unknown keys": lambda n: _HEAD + "".join(f"k{i} = 1\n" for i in range(n // 8)),
    "wrong tables": lambda n: (
        _HEAD + "".join(f"[setup_tasks.t{i}]\ncommand = 1\n" for i in range(n // 30))
    ),
    "wrong names": lambda n: (
        _HEAD + "[environment.set]\n" + "".join(f'"a b{i}" = "x"\n' for i in range(n // 15))
    ),
    "a long name": lambda n: _HEAD + "b" * n + " = 1",
    "a long id": lambda n: 'id = "' + "b" * n + '"',
    "many digits": lambda n: "a = " + "1" * n,
    "numbers that are none": lambda n: "a = nan\nb = inf\nc = 1e999999999\n",
    "dates that are none": lambda n: "a = 2026-13-45\n",
    "prices that are none": lambda n: '[[price]]\nmodel = "m"\ninput = 1e99999999\noutput = 1\n',
    "a text without an end": lambda n: 'a = """' + '""x' * n,
    "escapes": lambda n: 'a = "' + "\\u0041" * n + '"',
    "lines of one letter": lambda n: "a\n" * n,
    "comments": lambda n: "#\n" * n,
    "line ends of another kind": lambda n: "a = 1\r\n" * n + "b = 1\r",
    "NULs": lambda n: "\0" * n,
    "half a character": lambda n: 'a = "\ud800"',
    "nothing": lambda n: "",
    "JSON": lambda n: '{"a": [1, NaN, Infinity, ' + "9" * 5000 + "]}",
    "JSON in JSON": lambda n: '{"a":' * n,
}


def _each(text: bytes, folder: Path) -> list[str]:
    """Has every reader read the text; what they say of it."""
    folder.mkdir(exist_ok=True)
    said: list[str] = []
    for name in ("x.toml", "x.yaml", "x.yml"):
        path = folder / name
        path.write_bytes(text)
        for parse in (parse_agent, parse_provider):
            try:
                parse(parse_document(str(path), text), source="here")
            except ManifestError as error:
                assert all(problem.path == str(path) for problem in error.problems)
                said += map(str, error.problems)
    path = folder / "x.toml"
    said += [problem for _, problem in [load_settings(path)] if problem]
    for read in (lambda: parse_settings(path, text), lambda: read_own(path)):
        try:
            read()
        except RingletError as error:
            assert str(path) in error.message
            said.append(error.message)
    for kind in ("toml", "json"):
        name = f"settings.{kind}"
        produced = "a = 1\n" if kind == "toml" else '{"a": 1}'
        try:
            merge(kind, text.decode("utf-8", "replace"), produced, frozenset(), name=name)
        except RingletError as error:
            assert name in error.message
            said.append(error.message)
    return said


@pytest.mark.parametrize("what", TEXTS)
def test_every_reader_says_what_is_wrong_and_in_which_file(what: str, tmp_path: Path) -> None:
    text = TEXTS[what](1500).encode("utf-8", "surrogatepass")
    assert _each(text, tmp_path / "files")
    for form in ("utf-16", "utf-8-sig"):
        _each(TEXTS[what](50).encode(form, "surrogatepass"), tmp_path / "files")


_signs = st.sampled_from([*"[]{}()=:,.-?!&*#|>%@'\"\\\n\r\t \0ab01", '"""', "<<", "&a", "*a",
                          "!!int ", "- ", ": ", "id", "\ufeff", "\U0001f600", "--- "])  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.lists(_signs, max_size=60).map("".join), st.text()).map(
    lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60))  # fmt: skip
def test_nonsense_is_told_and_never_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    _each(text, tmp_path_factory.getbasetemp() / "nonsense")


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of some tries: what else runs here can only add to it."""
    best = float("inf")
    for _ in range(2):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("what", TEXTS)
def test_four_times_the_text_takes_about_four_times_as_long(what: str, tmp_path: Path) -> None:
    texts = [TEXTS[what](size).encode("utf-8", "surrogatepass") for size in (2000, 8000)]
    short, long = (_seconds(partial(_manifest, text)) for text in texts)
    assert long < 10 * short + 0.05


def _manifest(text: bytes) -> None:
    for path in ("x.toml", "x.yaml"):
        try:
            parse_agent(parse_document(path, text), source="here")
        except ManifestError:
            pass


def test_one_file_with_thousands_of_mistakes_tells_the_first_of_them() -> None:
    text = TEXTS["unknown keys"](90_000).encode()
    with pytest.raises(ManifestError) as caught:
        parse_agent(parse_document("x.toml", text), source="here")
    *told, last = caught.value.problems
    assert [problem.line for problem in told] == list(range(7, 57))
    assert str(last) == "x.toml: it has more mistakes than these"


def test_what_a_look_at_many_large_files_leaves_is_read_meanwhile_and_small_ones_count(
    tmp_path: Path,
) -> None:
    write(tmp_path, "mine.toml")
    for number in range(4):
        large = TEXTS["unknown keys"](20_000 + number)
        (tmp_path / f"large{number}.toml").write_text(large)
    catalogs = Catalogs(tmp_path, tmp_path / "providers.d", patience=0.001)
    first = catalogs.agents
    assert "mine" in first
    assert any("still being read" in problem.message for problem in first.problems)
    reading = catalogs._agents._shelf._reading
    if reading is not None:
        reading.join()
    later = catalogs.agents
    assert not any("still being read" in problem.message for problem in later.problems)
    assert {Path(problem.path).name for problem in later.problems} == {
        f"large{number}.toml" for number in range(4)
    }


def test_a_parser_that_trips_over_something_else_hinders_no_other_file(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path / "quarantine")
    path = tmp_path / "x.json"
    path.write_text("[" * 100_000)

    def trips(data: bytes) -> str:
        raise TypeError(f"{len(data)} bytes")

    assert quarantine.load(path, trips, limit=1 << 20) is None
    assert "100000 bytes; set aside as" in quarantine.problems[0]


@pytest.mark.parametrize("price", ["1e999999999", '"1e99999999"', '{"a": []}', "[" * 5000])
def test_a_price_list_with_an_odd_number_names_itself_or_passes_it_over(
    tmp_path: Path, price: str
) -> None:
    paths = Paths(tmp_path, tmp_path, tmp_path, tmp_path)
    paths.synced_prices.parent.mkdir(parents=True)
    entry = f'{{"m": {{"input_cost_per_token": {price}, "output_cost_per_token": 1e-6}}}}'
    paths.synced_prices.write_text(entry)
    try:
        assert absorb(paths, Quarantine(tmp_path / "quarantine")) == 0
    except RingletError as error:
        assert str(paths.synced_prices) in error.message
