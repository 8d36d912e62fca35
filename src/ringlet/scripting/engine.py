"""Run a script for a profile."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.scripting import host, rhai
from ringlet.scripting.context import ScriptInput, build_context
from ringlet.scripting.locating import Script
from ringlet.scripting.result import ScriptResult, parse_result


def run_script(
    script: Script, given: ScriptInput, *, on_print: Callable[[str], None] | None = None
) -> ScriptResult:
    """What the script makes of its input; SCRIPT_ERROR with line and column if it fails.

    It may compute for some tenths of a second, so that an event loop calls it in a thread.
    """
    try:
        value = _compile(script.name, script.text).run(
            build_context(given),
            limits=rhai.Limits(),
            modules=host.MODULES,
            functions=host.FUNCTIONS,
            on_print=on_print or _discard,
        )
    except rhai.RhaiError as error:
        raise _translate(script, error) from error
    return parse_result(script.name, value, given.agent.profile)


def check_script(script: Script) -> None:
    """Raise SCRIPT_ERROR with line and column if the text is no script."""
    try:
        _compile(script.name, script.text)
    except rhai.RhaiError as error:
        raise _translate(script, error) from error


@lru_cache(maxsize=64)
def _compile(name: str, text: str) -> rhai.Program:
    return rhai.compile(text, name=name)


def _translate(script: Script, error: rhai.RhaiError) -> RingletError:
    place = f", line {error.line}, column {error.column}" if error.position else ""
    trail = [f"in call to {name} (line {line}, column {at})" for name, (line, at) in error.trail]
    return RingletError(
        ErrorCode.SCRIPT_ERROR,
        f"Script {script.name}{place}: {error.message}",
        hint=[part for part in (script.source, *error.excerpt.split("\n"), *trail) if part],
    )


def _discard(text: str) -> None:
    """Printing is for trying a script out; a run has nobody to read it."""
