"""Importing this fills the table of built-in functions."""

from __future__ import annotations

from ringlet.scripting.rhai.library import (
    array_callbacks,
    array_order,
    array_parts,
    arrays,
    chars,
    core,
    floats,
    integers,
    json,
    maps,
    pointers,
    ranges,
    text,
    text_changes,
    text_parts,
)

__all__ = [
    "array_callbacks",
    "array_order",
    "array_parts",
    "arrays",
    "chars",
    "core",
    "floats",
    "integers",
    "json",
    "maps",
    "pointers",
    "ranges",
    "text",
    "text_changes",
    "text_parts",
]
