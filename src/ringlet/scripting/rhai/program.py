"""A compiled script, which can run any number of times."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

from ringlet.scripting.rhai.compiling.compiler import Compiler
from ringlet.scripting.rhai.errors import RhaiError, RunError
from ringlet.scripting.rhai.limits import Limits
from ringlet.scripting.rhai.running import faults
from ringlet.scripting.rhai.running.functions import Frame
from ringlet.scripting.rhai.running.machine import HostFunctions, Machine
from ringlet.scripting.rhai.running.signals import ExitSignal, ReturnSignal
from ringlet.scripting.rhai.syntax.parser import parse
from ringlet.scripting.rhai.values.copying import measure
from ringlet.scripting.rhai.values.exchange import give_out, take_in

_DEFAULT_LIMITS = Limits()
_NOTHING: Mapping[str, object] = {}


def compile(text: str, *, name: str = "<script>") -> Program:
    """Parse and compile a script; `name` is for messages. Raises ParseError."""
    try:
        return Program(text, name)
    except RhaiError as error:
        error.attach_source(name, text)
        raise


class Program:
    """A script ready to run."""

    __slots__ = ("_body", "_functions", "_size", "_text", "_used", "name")

    def __init__(self, text: str, name: str) -> None:
        began = time.thread_time()
        script = parse(text)
        compiler = Compiler(script)
        self.name = name
        self._text = text
        self._body = compiler.compile(script.body)
        self._functions = compiler.functions
        self._size = script.size
        self._used = time.thread_time() - began

    def run(
        self,
        scope: Mapping[str, object] = _NOTHING,
        *,
        limits: Limits = _DEFAULT_LIMITS,
        modules: Mapping[str, HostFunctions] | None = None,
        functions: HostFunctions | None = None,
        on_print: Callable[[str], None] | None = None,
    ) -> object:
        """Run the script and return its value in plain Python types.

        `scope` holds the variables that the script sees, `modules` functions that it calls as
        `module::name()`, `functions` those it calls as `name()`. Raises RunError.
        """
        return give_out(self.evaluate(scope, limits, modules or {}, functions or {}, on_print))

    def evaluate(
        self,
        scope: Mapping[str, object],
        limits: Limits,
        modules: Mapping[str, HostFunctions],
        functions: HostFunctions,
        on_print: Callable[[str], None] | None,
    ) -> object:
        """Like `run`, but the value keeps the types of the language (see `values.kinds`)."""
        try:
            variables = {name: take_in(value) for name, value in scope.items()}
            machine = Machine(
                limits, variables, self._functions, modules, functions, on_print, self._used
            )
            return self._finish(machine)
        except RecursionError:
            error = faults.stack_overflow()
            error.attach_source(self.name, self._text)
            raise error from None
        except RunError as error:
            error.attach_source(self.name, self._text)
            if not error.catchable:
                _free(error)
            raise

    def _finish(self, machine: Machine) -> object:
        try:
            value = self._body(Frame(machine, [None] * self._size, None))
        except (ReturnSignal, ExitSignal) as signal:
            value = signal.value
        measure(value, machine.limits)
        return value


def _free(error: RunError) -> None:
    """Let go of what a script held that went too far: closures may hold each other.

    The collector looks at young objects only, which is quick, and the script's are young.
    """
    error.__traceback__ = None
    gc.collect(1)
