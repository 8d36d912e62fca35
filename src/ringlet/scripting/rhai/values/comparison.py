"""Comparison of values: equality never fails, ordering may, floats compare with an epsilon."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable

EPSILON = 2.220446049250313e-16

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeGuard

Number = int | float


def floats_equal(left: Number, right: Number) -> bool:
    """Whether two numbers differ by no more than the precision of floats."""
    if left == right:
        return True
    scale = max(abs(left), abs(right)) if left and right else 1.0
    return abs(left - right) / scale <= EPSILON


def equals(left: object, right: object) -> bool:
    """`==`: deep for arrays and maps, false across types except int/float and char/string."""
    if is_number(left) and is_number(right):
        return left == right if type(left) is type(right) is int else floats_equal(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equals, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            equals(value, right[key]) for key, value in left.items()
        )
    return type(left) is type(right) and left == right


def is_number(value: object) -> TypeGuard[Number]:
    """Whether the value is an integer or a float; a bool is neither."""
    return type(value) is int or type(value) is float


ORDERS: dict[str, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(sign: str, left: object, right: object) -> bool | None:
    """`<`, `<=`, `>`, `>=`; false across types, None where the type has no order."""
    order = ORDERS[sign]
    if is_number(left) and is_number(right):
        if type(left) is type(right) is int or not floats_equal(left, right):
            return order(left, right)
        return sign in ("<=", ">=")
    if isinstance(left, str) and isinstance(right, str):
        return order(left, right)
    if type(left) is not type(right) or left is None:
        return False
    return order(left, right) if type(left) is bool else None


def switch_key(value: object) -> Hashable:
    """What a `switch` looks for: equal for equal values of the same type only."""
    kind = type(value)
    if isinstance(value, list):
        return kind, tuple(map(switch_key, value))
    if isinstance(value, dict):
        return kind, frozenset((key, switch_key(item)) for key, item in value.items())
    return kind, value
