"""Rules that hold for every script: no crash, no wrong number."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ringlet.scripting.rhai import Limits, RhaiError, RunError, compile
from ringlet.scripting.rhai.syntax import tokens
from ringlet.scripting.rhai.syntax.lexer import Lexer

_SMALL = Limits(operations=2000, text=4096, array=200, map=200, calls=16)
_WORDS = st.sampled_from(
    [
        *tokens.KEYWORDS,
        *tokens.SYMBOLS,
        *"x y f a m 1 2 -3 0 2.5 \"s\" 'c' `t` `${ } `".split(),
        *"push( pop() len keys() map( filter( sort( call( curry( Fn( print( 0..3".split(),
    ]
)
_NUMBERS = st.integers(min_value=-(2**63), max_value=2**63 - 1)


def _survives(text: str) -> None:
    """Either a value or an error of the language."""
    try:
        compile(text).run({"x": [1, {"k": "v"}], "m": {"a": 1}}, limits=_SMALL)
    except RhaiError as error:
        assert str(error)
        assert error.excerpt is not None


@given(st.text(max_size=80))
def test_no_text_crashes_the_interpreter(text: str) -> None:
    _survives(text)


@given(st.lists(_WORDS, max_size=30))
@settings(max_examples=400, deadline=None)
def test_no_mix_of_words_crashes_the_interpreter(words: list[str]) -> None:
    _survives(" ".join(words))


@given(st.text(alphabet="`${}\"'\\/*#ab \n", max_size=40))
def test_no_quoting_crashes_the_lexer(text: str) -> None:
    try:
        found = list(Lexer(text).read())
    except RhaiError as error:
        assert error.line is not None
    else:
        assert found[-1].kind == tokens.END


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_any_string_survives_its_own_quoting(text: str) -> None:
    literal = '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'
    assert compile(literal).run() == text


@given(_NUMBERS, st.sampled_from(["+", "-", "*", "/", "%"]), _NUMBERS)
def test_integers_are_exact_or_an_error(left: int, sign: str, right: int) -> None:
    quotient = abs(left) // (abs(right) or 1) * (1 if (left < 0) == (right < 0) else -1)
    exact = {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": quotient,
        "%": left - right * quotient,
    }[sign]
    program = compile(f"a {sign} b")
    try:
        result = program.run({"a": left, "b": right})
    except RunError as error:
        assert error.name == "ErrorArithmetic"
        assert right == 0 or not -(2**63) <= exact < 2**63 or (sign == "%" and right == -1)
    else:
        assert result == exact


@given(st.floats(), st.sampled_from(["+", "-", "*", "/", "%", "**", "<", "=="]), st.floats())
def test_floats_never_fail(left: float, sign: str, right: float) -> None:
    assert compile(f"a {sign} b").run({"a": left, "b": right}) is not None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_displayed_floats_read_back_as_themselves(value: float) -> None:
    text = compile('"" + x').run({"x": value})
    assert isinstance(text, str)
    assert float(text) == value
    assert "." in text or "e" in text


_PLAIN = st.recursive(
    st.none() | st.booleans() | _NUMBERS | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_PLAIN)
def test_plain_values_pass_through_unchanged(value: object) -> None:
    assert compile("let y = x; y").run({"x": value}) == value


@given(_PLAIN)
def test_json_of_a_map_parses_to_the_same_map(value: object) -> None:
    assert compile("parse_json(x.to_json())").run({"x": {"k": value}}) == {"k": value}


@given(_PLAIN, _PLAIN)
def test_a_copy_is_not_changed_with_the_original(value: object, other: object) -> None:
    script = "let a = [x]; let b = a; let m = #{k: a}; a.push(y); a[0] = y; [b, m.k]"
    assert compile(script).run({"x": value, "y": other}) == [[value], [value]]


@given(_PLAIN)
def test_a_function_cannot_change_what_it_is_given(value: object) -> None:
    script = "fn f(a) { a.push(1); a[0] = 2; } let a = [x]; f(a); a"
    assert compile(script).run({"x": value}) == [value]


@given(_PLAIN, _PLAIN)
def test_equality_is_deep_and_never_fails(left: object, right: object) -> None:
    assert compile("x == x && !(x != x)").run({"x": left}) is True
    assert compile("x == y").run({"x": left, "y": right}) is (
        compile("y == x").run({"x": left, "y": right})
    )


@given(st.text(max_size=12), st.integers(-15, 15), st.integers(-15, 15))
def test_parts_of_strings_never_lead_out_of_them(text: str, start: int, end: int) -> None:
    for script in ("s.sub_string(a, b)", "s.sub_string(a..b)", "s.chars(a, b)"):
        part = compile(script).run({"s": text, "a": start, "b": end})
        assert "".join(part if isinstance(part, list) else str(part)) in text


@given(st.lists(_NUMBERS, max_size=20))
def test_sorting_reversing_and_folding_agree_with_what_they_say(values: list[int]) -> None:
    def run(script: str) -> object:
        return compile(script).run({"a": values})

    assert run("let b = a; b.sort(); b") == sorted(values)
    assert run("let b = a; b.reverse(); b") == values[::-1]
    assert run("a.filter(|x| x > 0)") == [value for value in values if value > 0]
    assert run("a.map(|x| x.to_string())") == [str(value) for value in values]
    assert run("a.reduce(|n, x| (n ?? 0) + 1)") == (len(values) or None)
    assert run("let n = 0; for x in a { n += 1; } n") == len(values)


@given(st.dictionaries(st.text(max_size=4), _NUMBERS, max_size=8))
def test_maps_are_in_the_order_of_their_keys(entries: dict[str, int]) -> None:
    keys = sorted(entries)
    assert compile("m.keys()").run({"m": entries}) == keys
    assert compile("m.values()").run({"m": entries}) == [entries[key] for key in keys]
    assert compile("let n = 0; for k in m.keys() { if k in m { n += 1; } } n").run(
        {"m": entries}
    ) == len(entries)


_EXPRESSIONS = st.recursive(
    st.integers(0, 9).map(str),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join)
        | inner.map(lambda text: f"({text})")
        | inner.map(lambda text: f"-({text})")
    ),
    max_leaves=8,
)


@given(_EXPRESSIONS)
def test_operators_bind_as_in_arithmetic(text: str) -> None:
    assert compile(text).run() == eval(text)  # noqa: S307 - digits, operators and parentheses


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8, unique=True), st.integers(-6, 6))
def test_a_switch_takes_the_case_of_its_label(labels: list[int], value: int) -> None:
    cases = ", ".join(f"{label} => {index}" for index, label in enumerate(labels))
    wanted = labels.index(value) if value in labels else None
    assert compile(f"switch x {{ {cases} }}").run({"x": value}) == wanted


@given(st.lists(st.integers(0, 99), max_size=10))
def test_closures_share_what_they_capture(values: list[int]) -> None:
    script = "let n = 0; let add = |x| { n += x; }; for x in a { add.call(x); } n"
    assert compile(script).run({"a": values}) == sum(values)


@given(st.text(alphabet="ab\n\t \"'\\\\$`é", max_size=20))
def test_a_text_between_backticks_is_itself(text: str) -> None:
    literal = "`" + text.replace("`", "``") + "`"
    if "${" not in text and not text.startswith("\n"):
        assert compile(literal).run() == text


@given(st.integers(0, 2**63 - 1))
def test_numbers_may_be_written_in_any_base(value: int) -> None:
    for spelling in (f"{value:#x}", f"{value:#o}", f"{value:#b}", f"{value:_}", f"{value}"):
        assert compile(spelling).run() == value


@given(_PLAIN, st.integers(1, 6))
def test_an_error_says_where_and_how_it_was_reached(value: object, lines: int) -> None:
    script = "\n" * (lines - 1) + "fn f(x) { throw x } f(x)"
    try:
        compile(script).run({"x": value})
    except RunError as error:
        assert error.payload == value
        assert (error.line, error.column) == (lines, 11)
        assert error.trail == [("f", (lines, 21))]
        assert error.excerpt.endswith("\n" + " " * 10 + "^")
    else:
        raise AssertionError("it did not fail")
