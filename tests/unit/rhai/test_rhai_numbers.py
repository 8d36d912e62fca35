"""Arithmetic and functions on numbers and ranges."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from ringlet.scripting.rhai import RhaiError

Run = Callable[[str], object]
Failure = Callable[[str], RhaiError]
LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("7 / 2.0", 3.5),
        ("2 ** 10", 1024),
        ("0 ** 0", 1),
        ("(-1) ** 9223372036854775807", -1),
        ("2.0 ** -1", 0.5),
        ("1 << 63", -(2**63)),
        ("1 << 64", 0),
        ("8 >> 2", 2),
        ("8 << -2", 2),
        ("6 & 3 | 8", 10),
        ("5 ^ 1", 4),
        ("true ^ true", False),
        ("let x = 7; x -= 2; x *= 3; x /= 2; x %= 4; x **= 2; x", 9),
        ("let x = 6; x &= 3; x |= 4; x <<= 1; x ^= 1; x >>= 1; x", 6),
        ("5.0 % 0.0 == 5.0 % 0.0", False),
        ("-5.7.to_int()", -5),
        ("2.5.round()", 3.0),
        ("-2.5.round()", -3.0),
        ("2.7.floor + 2.2.ceiling + 2.9.int", 7.0),
        ("3.25.fraction", 0.25),
        ("[-3.abs(), -3.sign(), 0.0.sign()]", [3, -1, 0]),
        ("[4.is_even, 4.is_odd(), 0.is_zero]", [True, False, True]),
        ("[255.to_hex(), 8.to_octal(), 5.to_binary(), -1.to_hex()]", ["ff", "10", "101", "f" * 16]),
        ("'A'.to_int()", 65),
        ("[max(1, 2.5), min(3, 2), max(\"a\", \"b\")]", [2.5, 2, "b"]),
        ("9.0.sqrt()", 3.0),
        ("(-1.0).sqrt().is_nan", True),
        ("1000.0.exp().is_infinite", True),
        ("100.0.log()", 2.0),
        ("8.0.log(2)", 3.0),
        ("[parse_int(\" 12 \"), parse_int(\"-ff\", 16), parse_float(\"1.5\")]", [12, -255, 1.5]),
    ],
)  # fmt: skip
def test_arithmetic(run: Run, script: str, value: object) -> None:
    result = run(script)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"{LARGEST} + 1", f"Addition overflow: {LARGEST} + 1"),
        (f"-{LARGEST} - 2", f"Subtraction overflow: -{LARGEST} - 2"),
        (f"{LARGEST} * 2", f"Multiplication overflow: {LARGEST} * 2"),
        ("1 / 0", "Division by zero: 1 / 0"),
        ("1 % 0", "Modulo division by zero or overflow: 1 % 0"),
        ("-9223372036854775808 / -1", "Division overflow: -9223372036854775808 / -1"),
        ("10 ** 19", "Exponential overflow: 10 ** 19"),
        (f"10 ** {LARGEST}", f"Exponential overflow: 10 ** {LARGEST}"),
        ("2 ** -1", "Integer raised to a negative power: 2 ** -1"),
        ("let x = -9223372036854775808; -x", "Negation overflow: --9223372036854775808"),
        ('parse_int("1_000")', "Error parsing integer number '1_000'"),
        ('parse_int("9999999999999999999")', "Error parsing integer number '9999999999999999999'"),
        ("1e300.to_int()", "Integer overflow: to_int(1e+300)"),
    ],
)  # fmt: skip
def test_numbers_never_overflow_silently(failure: Failure, script: str, message: str) -> None:
    error = failure(script)
    assert (error.name, error.message) == ("ErrorArithmetic", message)
    assert error.line == 1


def test_float_division_by_zero_is_infinite(run: Run) -> None:
    assert run("[1.0 / 0, -1.0 / 0.0]") == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("loop", "items"),
    [
        ("0..3", [0, 1, 2]),
        ("1..=3", [1, 2, 3]),
        ("3..1", []),
        ("range(0, 5, 2)", [0, 2, 4]),
        ("range(5..0, -2)", [5, 3, 1]),
        ("range(0, 3, -1)", []),
        ("range(0.0, 1.0, 0.5)", [0.0, 0.5]),
        ("range(1, 4)", [1, 2, 3]),
    ],
)
def test_ranges_in_loops(run: Run, loop: str, items: list[object]) -> None:
    assert run(f"let a = []; for x in {loop} {{ a.push(x) }} a") == items


def test_properties_of_ranges(run: Run) -> None:
    script = "let r = 2..=5; [r.start, r.end, r.is_inclusive, r.is_exclusive, r.is_empty, 5 in r]"
    assert run(script) == [2, 5, True, False, False, True]


@pytest.mark.parametrize("script", ["range(0, 1, 0)", "range(0.0, 1.0, 0.0)"])
def test_a_step_of_zero_is_an_error(failure: Failure, script: str) -> None:
    assert failure(script).name == "ErrorArithmetic"
