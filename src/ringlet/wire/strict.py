"""JSON from outside: what parsers disagree on is refused at the door.

Numbers that are none, lone surrogates and bad UTF-8 are refused by msgspec; a name that comes
twice and deep nesting are refused here.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from ringlet.domain.errors import ErrorCode, RingletError

DEEPEST: Final = 32


def parse(body: bytes) -> Any:
    """The value; raises INVALID_REQUEST that says what is wrong, without what was sent."""
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise _invalid(f"is nested deeper than {DEEPEST} levels") from None
    except UnicodeDecodeError:
        raise _invalid("is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise _invalid(f"is not valid: {error}") from None
    if _depth(value) > DEEPEST:
        raise _invalid(f"is nested deeper than {DEEPEST} levels")
    json.loads(body, object_pairs_hook=_unique)
    return value


def _depth(value: Any) -> int:
    """Levels of arrays and objects; counted without recursion."""
    depth = 0
    level = [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [
            child for each in level for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) != len(pairs):
        raise _invalid("names a field twice in one object")


def _invalid(problem: str) -> RingletError:
    return RingletError(ErrorCode.INVALID_REQUEST, f"The JSON of the request {problem}")
