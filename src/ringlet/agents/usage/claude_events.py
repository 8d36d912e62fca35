"""What Claude Code reports while it runs: one event for each answer of the provider.

It tells of answers that never get into a transcript, such as the titles of sessions. `cost_usd` is
the agent's own guess and is not taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ringlet.agents.usage.lines import number
from ringlet.agents.usage.otlp import Event, integer
from ringlet.agents.usage.times import plausible
from ringlet.domain.usage import REPORTED, Call, Tokens

_ANSWER: Final = "claude_code.api_request"
_LONGEST_TEXT: Final = 256


def call_of(event: Event) -> Iterator[Call]:
    """The answer that the event is about.

    None without the id of the request: then nobody could tell whether a transcript has it, too.
    """
    given = event.attributes
    request = _text(given.get("request_id"))
    time = plausible(event.time)
    if event.name != _ANSWER or not request or time is None:
        return
    tokens = Tokens(
        input=_count(given, "input_tokens"),
        output=_count(given, "output_tokens"),
        cache_read=_count(given, "cache_read_tokens"),
        cache_write_5m=_count(given, "cache_creation_tokens"),
    )
    if tokens.total:
        yield Call(
            source=REPORTED,
            native_id=f"claude\0{request}",
            time=time,
            tokens=tokens,
            agent="claude",
            model=_text(given.get("model")),
            session=_text(given.get("session.id")),
            account=_text(given.get("user.email")) or _text(given.get("user.account_uuid")),
            service_tier="fast" if given.get("speed") == "fast" else "",
        )


def _count(given: dict[str, Any], name: str) -> int:
    return number(integer(given.get(name)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value[:_LONGEST_TEXT].encode("utf-8", "replace").decode()
