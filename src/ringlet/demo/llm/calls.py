"""Turn what a prompt asks for into a call of a tool that the agent offers."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ringlet.demo.llm.directives import Action, Bash, Tool, Write
from ringlet.demo.llm.document import child
from ringlet.demo.llm.schema import example, required
from ringlet.demo.llm.turn import OfferedTool

# Names in lower case, the preferred first. The comments name who offers them.
_SHELLS: Final = (
    "bash",  # Claude Code, OpenCode, Grok CLI
    "exec_command",  # Codex CLI
    "execute",  # Droid
    "shell_command",
    "shell",
    "run_shell_command",  # Gemini CLI, Qwen Code
)
_WRITERS: Final = (
    "write",  # Claude Code, OpenCode
    "create_file",  # Grok CLI
    "create",  # Droid
    "write_file",  # Gemini CLI, Qwen Code
)
_COMMAND: Final = ("command", "cmd")
_PATH: Final = ("file_path", "filePath", "path", "absolute_path")
_CONTENT: Final = ("content", "contents", "file_text")

Offer: TypeAlias = tuple[OfferedTool, ...]


class NoToolError(Exception):
    """The agent offers nothing that could do what the prompt asks for."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of one tool; a free-form tool gets `arguments["input"]` as its text."""

    name: str
    arguments: dict[str, Any]
    namespace: str = ""
    freeform: bool = False


def call_for(action: Action, offer: Offer) -> Call:
    """The call that does the action with the tools on offer, or NoToolError."""
    match action:
        case Bash(command):
            return _shell(command, offer)
        case Write(path, content):
            return _write(path, content, offer)
        case Tool(name, arguments):
            return _named(name, arguments, offer)


def _shell(command: str, offer: Offer) -> Call:
    tool = _find(_SHELLS, offer)
    argument = _argument(_COMMAND, tool) if tool else None
    if tool is None or argument is None:
        raise NoToolError("no shell tool")
    is_argv = child(tool.properties, argument).get("type") == "array"
    return _complete(tool, {argument: ["bash", "-c", command] if is_argv else command})


def _write(path: str, content: str, offer: Offer) -> Call:
    tool = _find(_WRITERS, offer)
    target = _argument(_PATH, tool) if tool else None
    body = _argument(_CONTENT, tool) if tool else None
    if tool is None or target is None or body is None:
        quoted = shlex.quote(path)
        print_it = f"printf %s {shlex.quote(content)} > {quoted}"
        return _shell(f'mkdir -p "$(dirname {quoted})" && {print_it}', offer)
    return _complete(tool, {target: path, body: content})


def _named(name: str, arguments: dict[str, Any], offer: Offer) -> Call:
    """A tool by its name; one that is not on offer is called all the same.

    Agents keep some tools back from the list and still know them.
    """
    if not offer:
        raise NoToolError("no tool")
    for tool in offer:
        if name in (tool.name, tool.full_name):
            return Call(tool.name, arguments, tool.namespace, tool.freeform)
    return Call(name, arguments)


def _find(names: tuple[str, ...], offer: Offer) -> OfferedTool | None:
    by_name = {tool.name.lower(): tool for tool in offer}
    return next((by_name[name] for name in names if name in by_name), None)


def _argument(names: tuple[str, ...], tool: OfferedTool) -> str | None:
    return next((name for name in names if name in tool.properties), None)


def _complete(tool: OfferedTool, arguments: dict[str, Any]) -> Call:
    """Add what the tool's schema requires beside the arguments that matter."""
    missing = [name for name in required(tool.parameters) if name not in arguments]
    rest = {name: example(child(tool.properties, name)) for name in missing}
    return Call(tool.name, {**arguments, **rest}, tool.namespace, tool.freeform)
