"""The instructions a prompt may hold, each in double brackets.

    [[bash: CMD]]          run CMD with the agent's shell tool
    [[write: PATH | TEXT]] write TEXT to PATH with the agent's file tool, else with its shell
    [[tool: NAME {json}]]  call any tool; `[[tool: space.name {…}]]` for one in a namespace
    [[say: TEXT]]          answer with TEXT
    [[fail: STATUS]]       answer with this HTTP error
    [[delay: SECONDS]]     wait before the answer
    [[usage: input= output= cache_read= cache_write= cache_write_1h= reasoning=]]
    [[model: NAME]]        claim to be this model

They run in the order written, one tool call per answer. `fail` and `delay` belong to the answer
where they stand; `usage` and `model` hold for all answers. The model keeps no state: the number
of tool results after the prompt says which answer is due.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

from ringlet.demo.llm.usage import Usage

_OPEN: Final = re.compile(r"\[\[(bash|write|tool|say|fail|delay|usage|model):")
_BRACKETS: Final = re.compile(r"\[\[|\]\](?!\])")
_TOOL: Final = re.compile(r"\s*([\w.:-]+)\s*")
_LONGEST_DELAY: Final = 600.0
_STATUS: Final = range(400, 600)


@dataclass(frozen=True, slots=True)
class Bash:
    """Run a shell command."""

    command: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a file."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """Call a tool by its name."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Fail:
    """Answer with an HTTP error."""

    status: int


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait for so many seconds first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Claim:
    """Say that another model answers."""

    model: str


Action: TypeAlias = Bash | Write | Tool
Directive: TypeAlias = Action | Say | Fail | Delay | Claim | Usage


def parse(text: str) -> tuple[Directive, ...]:
    """The directives of a prompt in their order; one that makes no sense becomes a `Say`."""
    return tuple(_scan(text))


def _scan(text: str) -> Iterator[Directive]:
    position = 0
    while found := _OPEN.search(text, position):
        name, start = found[1], found.end()
        end = _end_of_tool(text, start) if name == "tool" else _end(text, start)
        if end is None:
            position = start
            continue
        body, position = text[start:end].strip(), end + 2
        try:
            yield _read(name, body)
        except ValueError as error:
            yield Say(f"I cannot read [[{name}: {body}]]: {error}.")


def _end(text: str, start: int) -> int | None:
    """Where the closing brackets stand; pairs of brackets inside belong to the body."""
    depth = 1
    for bracket in _BRACKETS.finditer(text, start):
        depth += 1 if bracket[0] == "[[" else -1
        if depth == 0:
            return bracket.start()
    return None


def _end_of_tool(text: str, start: int) -> int | None:
    """Like `_end`, but brackets inside the JSON need not pair."""
    name = _TOOL.match(text, start)
    if name and text.startswith("{", name.end()):
        try:
            _, end = json.JSONDecoder().raw_decode(text, name.end())
        except ValueError:
            return _end(text, start)
        closing = text.find("]]", end)
        return closing if closing >= 0 and not text[end:closing].strip() else None
    return _end(text, start)


def _read(name: str, body: str) -> Directive:
    """One directive; raises ValueError with the reason if the body does not fit."""
    match name:
        case "bash":
            return Bash(body)
        case "write":
            return _read_write(body)
        case "tool":
            return _read_tool(body)
        case "fail":
            return _read_fail(body)
        case "delay":
            return Delay(min(max(float(body), 0.0), _LONGEST_DELAY))
        case "usage":
            return _read_usage(body)
        case "model":
            return Claim(body)
        case _:
            return Say(body)


def _read_write(body: str) -> Write:
    path, bar, text = body.partition("|")
    if not bar or not path.strip():
        raise ValueError("it needs PATH | TEXT")
    return Write(path.strip(), text.strip())


def _read_tool(body: str) -> Tool:
    name = _TOOL.match(body)
    if not name:
        raise ValueError("it needs NAME {json}")
    arguments = json.loads(body[name.end() :] or "{}")
    if not isinstance(arguments, dict):
        raise ValueError("the arguments must be a JSON object")
    return Tool(name[1], arguments)


def _read_fail(body: str) -> Fail:
    status = int(body)
    if status not in _STATUS:
        raise ValueError("the status must be 400 to 599")
    return Fail(status)


def _read_usage(body: str) -> Usage:
    known = {field.name for field in fields(Usage)}
    figures: dict[str, int] = {}
    for word in body.replace(",", " ").split():
        name, _, figure = word.partition("=")
        if name not in known or not figure.isdecimal():
            raise ValueError(f"{word} is not one of {', '.join(sorted(known))} with a number")
        figures[name] = int(figure)
    return Usage(**figures)
