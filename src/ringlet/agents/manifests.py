"""Agent manifests: from a document to an `Agent`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from ringlet.agents.documents import Document
from ringlet.agents.problems import KeyPath
from ringlet.domain.agents import (
    Agent,
    Detect,
    Environment,
    LifecycleHooks,
    ProfileRules,
    Separation,
)
from ringlet.domain.names import is_env_name, is_identifier

_PLAIN_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_PLACEHOLDER: Final = re.compile(r"\{([^}]*)\}")
_VERSION: Final = re.compile(r"\d+(\.\d+){0,2}")
_HOME_PLACEHOLDERS: Final = {"alias", "agent-id"}
_VALUE: Final = re.compile(r"\{\{\s*(\w*)\s*\}\}")
_COMMAND_VALUES: Final = {"alias", "agent", "model", "home"}

Complaint = tuple[KeyPath, str]


def parse_agent(document: Document, *, source: str) -> Agent:
    """Return the agent that the manifest describes, or raise `ManifestError`."""
    if "source" in document.tree:
        document.reject(("source",), "this key is not known")
    document = msgspec.structs.replace(document, tree=_lift_hooks_flag(document.tree))
    agent = document.convert(Agent)
    document.refuse(_complaints(agent))
    return msgspec.structs.replace(agent, source=source)


def _lift_hooks_flag(tree: dict[str, Any]) -> dict[str, Any]:
    """Accept `supports_hooks` below `[hooks]`, where TOML puts it if it is written last."""
    hooks = tree.get("hooks")
    if not isinstance(hooks, dict) or "supports_hooks" not in hooks or "supports_hooks" in tree:
        return tree
    rest = {name: value for name, value in hooks.items() if name != "supports_hooks"}
    return {**tree, "hooks": rest, "supports_hooks": hooks["supports_hooks"]}


def _complaints(agent: Agent) -> Iterator[Complaint]:
    """What the types alone do not say."""
    if not is_identifier(agent.id):
        yield ("id",), "an id is 1 to 64 of a-z 0-9 '-' '_', beginning with a letter or digit"
    if not agent.name.strip():
        yield ("name",), "it is empty"
    if not _is_program(agent.binary):
        yield ("binary",), "it must be the name of a program or an absolute path"
    if not agent.version_flag.isprintable() or not agent.version_flag.strip():
        yield ("version_flag",), "it must be one argument, such as --version"
    if agent.prompt.args and not any("{prompt}" in arg for arg in agent.prompt.args):
        yield ("prompt", "args"), "one of the arguments must hold {prompt}"
    yield from _profile_complaints(agent.profile)
    yield from _detect_complaints(agent.detect)
    yield from _environment_complaints(agent.environment)
    yield from _separation_complaints(agent.separation)
    yield from _name_complaints(("reporting", "env"), agent.reporting.env)
    for moment in LifecycleHooks.__struct_fields__:
        for index, command in enumerate(getattr(agent.hooks, moment)):
            yield from _command_complaints(("hooks", moment, index), command)
    for name, task in agent.setup_tasks.items():
        yield from _command_complaints(("setup_tasks", name, "command"), task.command)


def _profile_complaints(profile: ProfileRules) -> Iterator[Complaint]:
    key = ("profile", "source_home")
    placeholders = set(_PLACEHOLDER.findall(profile.source_home))
    if "alias" not in placeholders:
        yield key, "it must hold {alias}, or all profiles would share one home"
    if unknown := placeholders - _HOME_PLACEHOLDERS:
        yield key, f"{{{min(unknown)}}} is not known; use {{alias}} or {{agent-id}}"
    home = PurePosixPath(profile.source_home)
    if not profile.source_home.startswith(("~/", "/")) or ".." in home.parts:
        yield key, "it must begin with ~/ or / and not climb with .."
    if not _PLAIN_FILE.fullmatch(profile.script):
        yield ("profile", "script"), "it must be a plain file name, without folders"
    if profile.default_provider is not None and not is_identifier(profile.default_provider):
        yield ("profile", "default_provider"), "it is not the id of a provider"
    yield from _name_complaints(("profile", "required_env"), profile.required_env)
    yield from _name_complaints(("profile", "optional_env"), profile.optional_env)


def _detect_complaints(detect: Detect) -> Iterator[Complaint]:
    if not 0 < detect.timeout_secs <= 600:
        yield ("detect", "timeout_secs"), "it must be more than 0 and at most 600 seconds"
    for index, command in enumerate(detect.commands):
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        if not words or not _is_program(words[0]) or not command.isprintable():
            yield ("detect", "commands", index), "it is not a program with arguments"


def _command_complaints(key: KeyPath, command: str) -> Iterator[Complaint]:
    """Commands are started without a shell, so they must be words and nothing else."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        yield key, f"its words cannot be told apart: {error}"
        return
    if not words or "\0" in command:
        yield key, "it names no program"
    if unknown := set(_VALUE.findall(command)) - _COMMAND_VALUES:
        yield key, f"{{{{ {min(unknown)} }}}} is not known; use alias, agent, model or home"


def _environment_complaints(environment: Environment) -> Iterator[Complaint]:
    yield from _name_complaints(("environment", "set"), environment.set)
    yield from _name_complaints(("environment", "passthrough"), environment.passthrough)
    if "HOME" in environment.set:
        yield ("environment", "set", "HOME"), "HOME always is the home of the profile"
    for name, value in environment.set.items():
        if "\0" in value:
            yield ("environment", "set", name), "a variable cannot hold a NUL character"


def _separation_complaints(separation: Separation) -> Iterator[Complaint]:
    if not _VERSION.fullmatch(separation.since):
        yield ("separation", "since"), "it must be a version, such as 1.2.3"
    for index, arg in enumerate(separation.args):
        if not arg.startswith("-") or "\0" in arg:
            yield ("separation", "args", index), "it must be an option"
    for index, folder in enumerate(separation.leftovers):
        if not folder or "\0" in folder or not {"", ".", ".."}.isdisjoint(folder.split("/")):
            yield (
                ("separation", "leftovers", index),
                "it must be a path inside the home, without ..",
            )


def _name_complaints(key: KeyPath, names: Iterable[str]) -> Iterator[Complaint]:
    for name in names:
        if not is_env_name(name):
            yield key, f"{name!r} is not the name of an environment variable"


def _is_program(word: str) -> bool:
    plain = "/" not in word or word.startswith("/")
    return plain and word.isprintable() and bool(word.strip()) and not word.startswith("-")
