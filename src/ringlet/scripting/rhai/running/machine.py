"""One run of a script: its limits, its functions and those of the host, and all calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from ringlet.scripting.rhai.errors import Position, RunError
from ringlet.scripting.rhai.library.registry import (
    CHANGES,
    READS,
    REPLACES,
    Native,
    find_native,
)
from ringlet.scripting.rhai.limits import Limits
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.budget import BYTES_SHIFT, Budget
from ringlet.scripting.rhai.running.functions import Frame, Function
from ringlet.scripting.rhai.running.hosting import call_host
from ringlet.scripting.rhai.running.signals import ReturnSignal
from ringlet.scripting.rhai.running.spots import Spot
from ringlet.scripting.rhai.values.copying import copy_value
from ringlet.scripting.rhai.values.kinds import FnPtr

HostFunctions = Mapping[str, Callable[..., object]]


class Machine:
    """Everything that belongs to one run.

    `scope` holds the variables that the host gave, `caught` the errors of the handlers that are
    running, `at` the place of the call to a built-in that is running. `charge(n)` counts work and
    ends the script if there was too much; compiling took `used` seconds of that.
    """

    __slots__ = (
        "_calls",
        "at",
        "caught",
        "charge",
        "constants",
        "functions",
        "host_functions",
        "limits",
        "modules",
        "print",
        "scope",
    )

    def __init__(
        self,
        limits: Limits,
        scope: dict[str, object],
        functions: dict[tuple[str, int], Function],
        modules: Mapping[str, HostFunctions],
        host_functions: HostFunctions,
        on_print: Callable[[str], None] | None,
        used: float,
    ) -> None:
        self.limits = limits
        self.scope = scope
        self.functions = functions
        self.modules = modules
        self.host_functions = host_functions
        self.print = on_print
        self.constants: dict[str, object] = {}
        self.caught: list[RunError] = []
        self.at: Position = (1, 1)
        self.charge = Budget(limits, used).charge
        self._calls = 0

    def charge_text(self, text: str) -> None:
        """Count the making of a text."""
        self.charge(sys.getsizeof(text) >> BYTES_SHIFT)

    def invoke(
        self,
        function: Function,
        arguments: list[object],
        this: Spot | None = None,
        captured: tuple[list[object], ...] = (),
    ) -> object:
        """Run a function of the script. It gets copies of its arguments."""
        self.charge(function.operations)
        if self._calls + 1 >= self.limits.calls:
            raise faults.stack_overflow()
        values = [
            copy_value(argument, self) if type(argument) in (list, dict) else argument
            for argument in arguments
        ]
        values.extend([None] * (function.size - len(values)))
        for slot in function.shared:
            values[slot] = [values[slot]]
        for slot, cell in zip(function.captured, captured, strict=True):
            values[slot] = cell
        self._calls += 1
        try:
            result = function.body(Frame(self, values, this))
        except ReturnSignal as signal:
            return signal.value
        finally:
            self._calls -= 1
        return result if function.fresh else copy_value(result, self)

    def call_outside(
        self, name: str, arguments: list[object], target: Spot | None, at: Position
    ) -> object:
        """Call a function of the host or a built-in one.

        `target` is the place of the first argument, for built-ins that change it.
        """
        host = self.host_functions.get(name)
        if host is not None:
            return call_host(self, host, name, arguments)
        native = find_native(name, arguments)
        if native is None:
            raise faults.function_not_found(name, arguments, at)
        self.at = at
        return self._call_native(native, arguments, target or Spot(None))

    def run_function(
        self, function: Function, arguments: list[object], this: Spot | None, at: Position
    ) -> object:
        """Run a function of the script; an error in it remembers the call at `at`."""
        try:
            return self.invoke(function, arguments, this)
        except RunError as error:
            error.trace(function.name, at)
            raise

    def call_method(self, target: Spot, name: str, arguments: list[object], at: Position) -> object:
        """`target.name(arguments)`"""
        value = target.value
        if isinstance(value, FnPtr) and name == "call":
            return self.call_pointer(value, arguments, None, at)
        if isinstance(value, FnPtr) and name == "curry":
            return self._curry(value, arguments)
        if isinstance(value, dict) and isinstance(value.get(name), FnPtr):
            return self.call_pointer(value[name], arguments, target, at)
        if name == "call" and arguments and isinstance(arguments[0], FnPtr):
            return self.call_pointer(arguments[0], arguments[1:], target, at)
        function = self.functions.get((name, len(arguments)))
        if function is not None:
            return self.run_function(function, arguments, target, at)
        return self.call_outside(name, [value, *arguments], target, at)

    def call_pointer(
        self, pointer: FnPtr, arguments: list[object], this: Spot | None, at: Position
    ) -> object:
        """Call a function value, with `this` if it is called like a method."""
        arguments = [*pointer.arguments, *arguments]
        closure = pointer.closure
        if closure is None:
            return self._call_named(pointer.name, arguments, this, at)
        if closure.arity != len(arguments):
            raise faults.function_not_found(pointer.name, arguments, at)
        try:
            return self.invoke(closure, arguments, this, pointer.captured)
        except RunError as error:
            error.trace(pointer.name, at)
            raise

    def _curry(self, pointer: FnPtr, arguments: list[object]) -> FnPtr:
        self.charge(len(pointer.arguments))
        return pointer.curry([copy_value(argument, self) for argument in arguments])

    def _call_named(
        self, name: str, arguments: list[object], this: Spot | None, at: Position
    ) -> object:
        function = self.functions.get((name, len(arguments)))
        if function is not None:
            return self.run_function(function, arguments, this, at)
        if this is not None:
            return self.call_outside(name, [this.value, *arguments], this, at)
        return self.call_outside(name, arguments, None, at)

    def accepts(self, pointer: FnPtr, arguments: list[object], this: Spot | None) -> bool:
        """Whether a function value can be called in this way."""
        count = len(pointer.arguments) + len(arguments)
        if pointer.closure is not None:
            return pointer.closure.arity == count
        if (pointer.name, count) in self.functions or pointer.name in self.host_functions:
            return True
        given = [*pointer.arguments, *arguments]
        if this is not None:
            given.insert(0, this.value)
        return find_native(pointer.name, given) is not None

    def _call_native(self, native: Native, arguments: list[object], target: Spot) -> object:
        self.charge()
        if native.cost and isinstance(arguments[0], (str, list, dict)):
            self.charge(len(arguments[0]) // native.cost)
        if native.effect is not READS and target.constant:
            message = f"Non-pure method cannot be called on constant {target.constant}"
            raise RunError("ErrorNonPureMethodCallOnConstant", message)
        result = native.function(self, *arguments)
        if native.effect is REPLACES:
            value, answer = result
            self.charge_text(value)
            if type(answer) is str:
                self.charge_text(answer)
            target.write(value)
            return answer
        if type(result) is str:
            self.charge_text(result)
        elif type(result) is list and isinstance(arguments[0], str):  # pieces of the text
            self.charge(sum(map(sys.getsizeof, result)) >> BYTES_SHIFT)
        return result if native.effect is CHANGES else copy_value(result, self)

    def call_module(self, module: str, name: str, arguments: list[object], at: Position) -> object:
        """`module::name(arguments)`; modules come from the host only."""
        functions = self.modules.get(module)
        if functions is None:
            message = f"Module not found: {module}"
            raise RunError("ErrorModuleNotFound", message, at, module=module)
        if name not in functions:
            raise faults.function_not_found(f"{module}::{name}", arguments, at)
        return call_host(self, functions[name], f"{module}::{name}", arguments)
