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
