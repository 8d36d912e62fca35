"""What Chat Completions and Responses share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringlet.demo.llm.document import Document, texts
from ringlet.demo.llm.turn import Item, Kind, prompts

_ERRORS: Final = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "permission_denied"),
    404: ("invalid_request_error", "not_found"),
    429: ("requests", "rate_limit_exceeded"),
}


def spoken(message: Document) -> Iterator[Item]:
    """The items of a message of the user or the model; other roles have none."""
    said = texts(message.get("content"))
    match message.get("role"):
        case "user":
            yield from prompts(said)
        case "assistant":
            yield from (Item(Kind.ANSWER, one) for one in said if one)


def instructions(messages: list[Document]) -> list[str]:
    """The texts of the messages that steer the model."""
    steering = [one for one in messages if one.get("role") in ("system", "developer")]
    return [text for message in steering for text in texts(message.get("content"))]


def error(status: int, message: str) -> Document:
    """The body of an error."""
    usual = ("server_error", None) if status >= 500 else ("invalid_request_error", None)
    kind, code = _ERRORS.get(status, usual)
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}
