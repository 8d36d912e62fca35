"""Events that are published are those that are described, and no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import ringlet
from ringlet.wire.event_types import EVENTS

_ROOT = Path(ringlet.__file__).parent


def _published() -> Iterator[str]:
    for path in _ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "publish"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value)


def test_every_event_that_is_published_is_described() -> None:
    assert set(_published()) <= EVENTS.keys(), "describe them in ringlet/wire/event_types.py"


def test_every_event_that_is_described_is_published() -> None:
    assert EVENTS.keys() <= set(_published())
