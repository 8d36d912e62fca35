"""What is planned: where and how a run was asked for, and what starting it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ringlet.domain.secret import Secret
from ringlet.runtime.environment import Environment

if TYPE_CHECKING:
    from ringlet.scripting.result import ScriptResult


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and how a run was asked for: the caller's folder and environment."""

    cwd: str
    environ: Mapping[str, str] = field(repr=False)
    trust: bool = False

    def with_path(self, path: str) -> Situation:
        """The same with another PATH."""
        return replace(self, environ={**self.environ, "PATH": path})


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that starting a program under a profile takes; `environment` hides its keys.

    `asked_for` is the key, if the agent asks for it by a command.
    """

    binary: str
    args: list[str]
    working_dir: str
    environment: Environment
    asked_for: Secret | None = None


@dataclass(frozen=True, slots=True)
class Configured:
    """What a profile comes to in a situation; `own_files` are Ringlet's, written as they are.

    `asked_for` is the key, if the agent asks for it by a command; then the variable
    `key_variable` is for other programs only.
    """

    result: ScriptResult
    environment: Environment
    own_files: Mapping[str, str]
    asked_for: Secret | None = None
    key_variable: str = ""

    @property
    def for_agent(self) -> Environment:
        """The environment as the agent gets it."""
        if self.asked_for is None or self.key_variable in self.result.env:
            return self.environment
        return self.environment.without(self.key_variable)
