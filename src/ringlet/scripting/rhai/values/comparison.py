"""Comparison of values: equality never fails, ordering may, floats compare with an epsilon."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable

from ringlet.scripting.rhai.values.kinds import Char, FnPtr, Range

EPSILON = 2.220446049250313e-16

Number = int | float
_NUMBERS = (int, float)
_TEXTS = (str, Char)


def floats_equal(left: Number, right: Number) -> bool:
    """Whether two numbers differ by no more than the precision of floats."""
    if left == right:
        return True
    scale = max(abs(left), abs(right)) if left and right else 1.0
    return abs(left - right) / scale <= EPSILON


def equals(left: object, right: object) -> bool:
    """`==`: deep for arrays and maps, false across types except int/float and char/string."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        if kind is int and other is int:
            return left == right
        return floats_equal(left, right)  # type: ignore[arg-type]  # both are numbers
    if kind in _TEXTS and other in _TEXTS:
        return left == right
    if kind is not other:
        return False
    if kind is list:
        return _arrays_equal(left, right)  # type: ignore[arg-type]  # both are lists
    if kind is dict:
        return _maps_equal(left, right)  # type: ignore[arg-type]  # both are dicts
    if kind is FnPtr:
        return left is right
    return left == right


def _arrays_equal(left: list[object], right: list[object]) -> bool:
    return len(left) == len(right) and all(map(equals, left, right))


def _maps_equal(left: dict[str, object], right: dict[str, object]) -> bool:
    return left.keys() == right.keys() and all(equals(left[key], right[key]) for key in left)


_ORDERS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(sign: str, left: object, right: object) -> bool | None:
    """`<`, `<=`, `>`, `>=`; false across types, None where the type has no order."""
    kind, other = type(left), type(right)
    order = _ORDERS[sign]
    if kind in _NUMBERS and other in _NUMBERS:
        if (kind is float or other is float) and floats_equal(left, right):  # type: ignore[arg-type]  # both are numbers
            return sign in ("<=", ">=")
        return order(left, right)
    if kind in _TEXTS and other in _TEXTS:
        return order(left, right)
    if kind is not other or left is None:
        return False
    return order(left, right) if kind is bool else None


def switch_key(value: object) -> Hashable:
    """What a `switch` looks for: equal for equal values of the same type only."""
    kind = type(value)
    if kind is list:
        return kind, tuple(map(switch_key, value))  # type: ignore[call-overload]  # a list
    if kind is dict:
        items = value.items()  # type: ignore[attr-defined]  # a dict
        return kind, frozenset((key, switch_key(item)) for key, item in items)
    if kind in (FnPtr, Range):
        return kind, value if kind is Range else id(value)
    return kind, value
