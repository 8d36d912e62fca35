"""The table of built-in functions, by name and types of arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

from ringlet.scripting.rhai.values.kinds import Char, FloatSteps, FnPtr, Range

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., object])

Types = tuple[type, ...]

UNIT: Types = (type(None),)
BOOL: Types = (bool,)
INT: Types = (int,)
FLOAT: Types = (float,)
NUMBER: Types = (int, float)
CHAR: Types = (Char,)
TEXT: Types = (str,)
TEXT_OR_CHAR: Types = (str, Char)
ARRAY: Types = (list,)
MAP: Types = (dict,)
RANGE: Types = (Range,)
FUNCTION: Types = (FnPtr,)
# Where a function is wanted, a string with its name will do.
CALLBACK: Types = (FnPtr, str)
ANY: Types = (
    type(None), bool, int, float, Char, str, list, dict, Range, FnPtr, range, FloatSteps,
)  # fmt: skip

# What a built-in does with its first argument.
READS = "reads"
CHANGES = "changes"
REPLACES = "replaces"


class Native:
    """A built-in function.

    It gets the running machine and the arguments. One that `REPLACES` its first argument
    returns the new value and the result. `cost` is how many elements or characters of the
    first argument count as one operation; 0 if its size does not matter.
    """

    __slots__ = ("cost", "effect", "function")

    def __init__(self, function: Callable[..., Any], effect: str, cost: int) -> None:
        self.function = function
        self.effect = effect
        self.cost = cost


_NATIVES: dict[tuple[str | type, ...], Native] = {}
_PROPERTIES: dict[tuple[type, str], Callable[..., object]] = {}
_loaded = False


def find_native(name: str, arguments: Iterable[object]) -> Native | None:
    """The built-in function of that name for arguments of these types."""
    return _NATIVES.get((name, *map(type, arguments))) if _loaded or _load() else None


def find_getter(kind: type, name: str) -> Callable[..., object] | None:
    """The built-in property of that name for values of this type."""
    return _PROPERTIES.get((kind, name)) if _loaded or _load() else None


def _load() -> bool:
    """Fill the tables, at the first use: importing the interpreter shall be quick.

    Whoever comes while another thread is at it waits for the import.
    """
    global _loaded
    import ringlet.scripting.rhai.library.standard  # noqa: F401

    _loaded = True
    return True


ARRAY_COST = 8
TEXT_COST = 256


def _register(
    name: str, types: tuple[Types, ...], effect: str, linear: bool
) -> Callable[[Function], Function]:
    def add(function: Function) -> Function:
        for combination in product(*types):
            first = combination[0] if combination else type(None)
            cost = TEXT_COST if first is str else ARRAY_COST if first in (list, dict) else 0
            _NATIVES[name, *combination] = Native(function, effect, cost if linear else 0)
        return function

    return add


def reads(name: str, *types: Types, linear: bool = True) -> Callable[[Function], Function]:
    """Register a function that leaves its arguments alone."""
    return _register(name, types, READS, linear)


def changes(name: str, *types: Types, linear: bool = True) -> Callable[[Function], Function]:
    """Register a function that changes its first argument, an array or map, in place."""
    return _register(name, types, CHANGES, linear)


def replaces(name: str, *types: Types) -> Callable[[Function], Function]:
    """Register a function that gives its first argument a new value."""
    return _register(name, types, REPLACES, True)


def getter(name: str, types: Types) -> Callable[[Function], Function]:
    """Register a property, which also is a method without arguments."""

    def add(function: Function) -> Function:
        for kind in types:
            _PROPERTIES[kind, name] = function
        return reads(name, types, linear=False)(function)

    return add
