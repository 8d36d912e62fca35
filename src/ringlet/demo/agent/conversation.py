"""The loop of the demo agent: ask the model, run the tools it calls, ask again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from ringlet.demo.agent import tools
from ringlet.demo.agent.history import History
from ringlet.demo.agent.plain import PlainStream, plain
from ringlet.demo.agent.provider import Message, Provider
from ringlet.domain.errors import ErrorCode, RingletError

_MOST_ROUNDS: Final = 50


class Conversation:
    """What was said so far, between one user and one model."""

    def __init__(self, provider: Provider, history: History, cwd: Path) -> None:
        self._provider = provider
        self._history = history
        self._cwd = cwd
        self._messages: list[Message] = []

    def ask(self, prompt: str) -> None:
        """Answer one prompt: text goes to stdout, a line per tool call to stderr.

        After an error the conversation is as it was before, so that it can go on.
        """
        before = len(self._messages)
        try:
            self._add({"role": "user", "content": prompt})
            for _ in range(_MOST_ROUNDS):
                message = self._answer()
                self._add(message)
                calls = [block for block in message["content"] if block["type"] == "tool_use"]
                if not calls:
                    return
                self._add({"role": "user", "content": [self._run(call) for call in calls]})
        except RingletError:
            del self._messages[before:]
            raise
        raise RingletError(
            ErrorCode.EXECUTION_ERROR,
            f"The model is not done after {_MOST_ROUNDS} rounds of tools",
            hint="Ask for less at a time.",
        )

    def _add(self, message: Message) -> None:
        self._messages.append(message)
        self._history.append(message, self._cwd)

    def _answer(self) -> Message:
        """The model's next message, printed as it comes in."""
        stream = PlainStream()
        message = self._provider.answer(
            self._messages, tools.DEFINITIONS, lambda piece: _print(stream.feed(piece))
        )
        _print(stream.finish())
        if any(block["type"] == "text" for block in message["content"]):
            _print("\n")
        return message

    def _run(self, call: dict[str, Any]) -> dict[str, Any]:
        """Run one tool and return its result in the form that goes back to the model."""
        print(plain(tools.summary(call["name"], call["input"])), file=sys.stderr, flush=True)
        outcome = tools.run(call["name"], call["input"], self._cwd)
        return {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": outcome.text,
            "is_error": outcome.failed,
        }


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
