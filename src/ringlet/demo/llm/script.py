"""Follow the directives of a prompt from one answer to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringlet.demo.llm.directives import Action, Bash, Claim, Directive, Tool, Write, parse
from ringlet.demo.llm.turn import Item, Kind
from ringlet.demo.llm.usage import Usage


@dataclass(frozen=True, slots=True)
class Script:
    """The directives of the prompt that is being worked on, and the answer that is due."""

    directives: tuple[Directive, ...]
    step: int

    @property
    def claim(self) -> str | None:
        """The model to claim to be, if any."""
        claims = (one.model for one in self.directives if isinstance(one, Claim))
        return next(claims, None)

    @property
    def usage(self) -> Usage | None:
        """The figures to report, if any are given."""
        return next((one for one in self.directives if isinstance(one, Usage)), None)

    def due(self) -> list[Directive]:
        """The directives of this answer: those behind the last call, up to the next one."""
        calls = 0
        due: list[Directive] = []
        for directive in self.directives:
            if calls == self.step:
                due.append(directive)
            calls += isinstance(directive, Bash | Write | Tool)
        return due


def find_script(items: Sequence[Item]) -> Script | None:
    """The last prompt with directives, unless the talk went on to something else after it."""
    results = 0
    newer_prompt = False
    for item in reversed(items):
        match item.kind:
            case Kind.RESULT:
                results += 1
            case Kind.CALL:
                newer_prompt = False
            case Kind.ANSWER if newer_prompt:
                return None
            case Kind.PROMPT:
                if directives := parse(item.text):
                    return Script(directives, results)
                newer_prompt = True
    return None


def action_in(directives: Sequence[Directive]) -> Action | None:
    """The tool call among the directives of one answer, if there is one."""
    return next((one for one in directives if isinstance(one, Bash | Write | Tool)), None)
