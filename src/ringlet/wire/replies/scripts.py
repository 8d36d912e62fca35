"""What is said of scripts."""

from __future__ import annotations

import msgspec


class ScriptInfo(msgspec.Struct, frozen=True):
    """A script: `origin` is user, registry or built-in, `path` its file unless built-in."""

    name: str
    origin: str
    path: str | None
    agents: tuple[str, ...]


class ScriptText(ScriptInfo, frozen=True):
    """A script with its text."""

    text: str


class ScriptRemark(msgspec.Struct, frozen=True):
    """Something in a script that looks wrong, counted from line 1 and column 1."""

    line: int
    column: int
    message: str


class ScriptTrial(msgspec.Struct, frozen=True):
    """What a script made of a made-up profile; `${API_KEY}` stands for the key."""

    script: str
    source: str
    agent_id: str
    provider_id: str
    files: dict[str, str]
    env: dict[str, str]
    args: tuple[str, ...]
    printed: list[str]
    remarks: list[ScriptRemark]
    milliseconds: float


class ScriptFile(msgspec.Struct, frozen=True):
    """A script of the user's own."""

    path: str
