"""Stand-ins for standard modules that take longer to load than the command line takes to run.

Type checkers see the originals; see the imports of `process` and `tree`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class NamedTuple(tuple):
        """`typing.NamedTuple` as far as plain fields go."""

        __slots__ = ()

        def __init_subclass__(cls) -> None:
            for index, name in enumerate(cls.__annotations__):
                setattr(cls, name, property(lambda self, index=index: self[index]))

        def __new__(cls, *values, **named):
            left = list(cls.__annotations__)[len(values) :]
            return tuple.__new__(cls, (*values, *(named[name] for name in left)))


__all__ = ["NamedTuple"]
