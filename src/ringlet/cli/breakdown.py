"""Tell what ended a command in the client before it could tell anything itself."""

from __future__ import annotations

import logging

from ringlet.engine.incidents import translate


def explain(error: Exception) -> list[str]:
    """Lines of the error and the next step, as commands show them."""
    known = translate(error, logging.getLogger(__name__), "a command in the client")
    hint = f"Hint: {known.hint}".split("\n") if known.hint else []
    return [f"Error: {known.message} [{int(known.code)}]", *hint]
