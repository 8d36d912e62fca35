"""One request to the model, whatever API it came by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from ringlet.demo.llm.document import child

_REMINDER: Final = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)


class Kind(Enum):
    """What one item of a conversation is."""

    PROMPT = auto()
    ANSWER = auto()
    CALL = auto()
    RESULT = auto()


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of the conversation; `text` of a call is the name of its tool."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """A tool that the agent offers. `parameters` is the JSON schema of its arguments.

    A free-form tool takes plain text instead. `namespace` is "" for a tool of its own.
    """

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    namespace: str = ""
    freeform: bool = False

    @property
    def full_name(self) -> str:
        """The name, behind that of its namespace and a full stop if it has one."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

    @property
    def properties(self) -> dict[str, Any]:
        """Schemas of the arguments by name."""
        return child(self.parameters, "properties")


@dataclass(frozen=True, slots=True)
class Turn:
    """A request: what was said so far, what may be called, and what form the answer has.

    `schema` is the JSON schema that the answer must meet, if any. `counts_stream` tells whether
    a stream is to report its usage.
    """

    model: str
    stream: bool
    system: str
    items: tuple[Item, ...]
    tools: tuple[OfferedTool, ...] = ()
    schema: dict[str, Any] | None = None
    counts_stream: bool = True

    @property
    def characters(self) -> int:
        """Length of all text that was sent."""
        return len(self.system) + sum(len(item.text) for item in self.items)

    @property
    def last_prompt(self) -> str:
        """The newest text of the user, or ""."""
        prompts = (item.text for item in reversed(self.items) if item.kind is Kind.PROMPT)
        return next(prompts, "")


def prompts(texts: Iterable[str]) -> Iterator[Item]:
    """What the user wrote, without the notes that agents add to it."""
    for text in texts:
        own = _unquote(_REMINDER.sub("", text).strip())
        if own:
            yield Item(Kind.PROMPT, own)


def _unquote(text: str) -> str:
    """OpenCode hands the prompt of its command line on in double quotes."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('\\"', '"')
    return text
