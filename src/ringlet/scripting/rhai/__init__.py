"""An interpreter for the Rhai scripting language, made for small configuration scripts.

`compile(text)` gives a `Program`; `program.run(scope)` runs it within `Limits` and returns plain
Python values. What goes wrong is a `ParseError` or a `RunError`, both `RhaiError`.
"""

from __future__ import annotations

from ringlet.scripting.rhai.errors import HostError, ParseError, RhaiError, RunError
from ringlet.scripting.rhai.limits import Limits
from ringlet.scripting.rhai.program import Program, compile

__all__ = ["HostError", "Limits", "ParseError", "Program", "RhaiError", "RunError", "compile"]
