"""Decide what the model answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Final

from ringlet.demo.llm.calls import Call, NoToolError, call_for
from ringlet.demo.llm.directives import Delay, Fail, Say
from ringlet.demo.llm.schema import example_object
from ringlet.demo.llm.script import action_in, find_script
from ringlet.demo.llm.turn import Kind, Turn
from ringlet.demo.llm.usage import Usage, estimate

_DIRECTIVES: Final = re.compile(r"\[\[.*?\]\]", re.DOTALL)
_SIDE_WORK: Final = re.compile(r"\b(titles?|summar\w+)\b", re.IGNORECASE)
_LONGEST_ECHO: Final = 80
_LONGEST_RESULT: Final = 1000


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: a text, then a call of a tool, either of which may be missing.

    `status` is 200 or the HTTP error to answer with instead; `delay` is in seconds; `step`
    counts the answers to one prompt from 0.
    """

    model: str
    text: str = ""
    call: Call | None = None
    usage: Usage = field(default_factory=Usage)
    step: int = 0
    status: int = 200
    delay: float = 0.0


def compose(turn: Turn) -> Reply:
    """The answer to a request; the same request always gets the same answer."""
    script = None if _is_side_work(turn) else find_script(turn.items)
    if script is None:
        return _measured(turn, Reply(turn.model, _chat(turn)), None)
    due = script.due()
    status = next((one.status for one in due if isinstance(one, Fail)), 200)
    words = [one.text for one in due if isinstance(one, Say)]
    call = None
    if action := action_in(due):
        try:
            call = call_for(action, turn.tools)
        except NoToolError as error:
            words.append(f"I cannot do that: this request offers {error}.")
    reply = Reply(
        model=script.claim or turn.model,
        text="\n".join(words) or ("" if call else _last_words(turn)),
        call=call,
        step=script.step,
        status=status,
        delay=sum(one.seconds for one in due if isinstance(one, Delay)),
    )
    return _measured(turn, reply, script.usage)


def _is_side_work(turn: Turn) -> bool:
    """Whether the agent wants a title or a summary for itself: such a request offers no tools.

    The prompt is often quoted in it and must not run twice.
    """
    if turn.tools:
        return False
    order = turn.system + _DIRECTIVES.sub("", turn.last_prompt)
    return turn.schema is not None or bool(_SIDE_WORK.search(order))


def _chat(turn: Turn) -> str:
    """What the model says when nobody tells it what to do."""
    if turn.schema is not None:
        return json.dumps(example_object(turn.schema))
    if _is_side_work(turn):
        return "Ringlet demo"
    prompt = " ".join(turn.last_prompt.split())
    echo = prompt if len(prompt) <= _LONGEST_ECHO else prompt[:_LONGEST_ECHO].rstrip() + "…"
    return f"Hello from Ringlet's demo model. You wrote: {echo}"


def _last_words(turn: Turn) -> str:
    """The end of a script that has none of its own: what came of its last call."""
    if turn.schema is not None:
        return json.dumps(example_object(turn.schema))
    results = (item.text for item in reversed(turn.items) if item.kind is Kind.RESULT)
    result = next(results, "").strip()
    return f"Done. The tool answered: {result[:_LONGEST_RESULT]}" if result else "Done."


def _measured(turn: Turn, reply: Reply, usage: Usage | None) -> Reply:
    """The reply with the figures asked for, else with those of the length of the texts."""
    if usage is None:
        spoken = len(reply.text) + (len(json.dumps(reply.call.arguments)) if reply.call else 0)
        usage = Usage(input=estimate(turn.characters), output=estimate(spoken))
    return replace(reply, usage=usage)
