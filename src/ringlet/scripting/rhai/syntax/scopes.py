"""Scopes: which variable a name means, found while parsing."""

from __future__ import annotations


class Variable:
    """A variable of the script and its slot in the frame of its function.

    A captured one is shared with a closure, so its slot holds a cell (a list of one value).
    """

    __slots__ = ("captured", "constant", "name", "slot")

    def __init__(self, name: str, slot: int, constant: bool, captured: bool = False) -> None:
        self.name = name
        self.slot = slot
        self.constant = constant
        self.captured = captured


class FunctionScope:
    """Names known inside one function, closure or the script itself.

    A closure sees the variables of the function around it (`outer`) and captures those it uses.
    A function sees nothing outside itself. `sees_host` tells whether the host's variables are
    visible.
    """

    __slots__ = ("blocks", "captures", "loops", "outer", "sees_host", "size")

    def __init__(self, outer: FunctionScope | None, sees_host: bool) -> None:
        self.outer = outer
        self.sees_host = sees_host
        self.blocks: list[dict[str, Variable]] = [{}]
        self.captures: list[tuple[Variable, Variable]] = []
        self.size = 0
        self.loops = 0

    def declare(self, name: str, constant: bool = False) -> Variable:
        """A new variable in the innermost block; it hides an older one of the same name."""
        variable = Variable(name, self.size, constant)
        self.size += 1
        self.blocks[-1][name] = variable
        return variable

    def find(self, name: str) -> Variable | None:
        """The variable that the name means here, captured from outside if need be."""
        for block in reversed(self.blocks):
            if name in block:
                return block[name]
        outside = self.outer.find(name) if self.outer else None
        if outside is None:
            return None
        outside.captured = True
        inside = Variable(name, self.size, outside.constant, captured=True)
        self.size += 1
        self.captures.append((outside, inside))
        self.blocks[0][name] = inside
        return inside
