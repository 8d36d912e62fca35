"""Which answer belongs to which path.

Agents put prefixes of their own before the paths of the APIs, so only the ends are compared.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from ringlet.demo.llm.chat import CHAT
from ringlet.demo.llm.dialect import Dialect, fresh_id
from ringlet.demo.llm.document import Document, encode
from ringlet.demo.llm.gemini import GEMINI
from ringlet.demo.llm.http import Head, HttpError, Response
from ringlet.demo.llm.messages import MESSAGES
from ringlet.demo.llm.openai import error as plain_error
from ringlet.demo.llm.reply import Reply, compose
from ringlet.demo.llm.responses import RESPONSES
from ringlet.demo.llm.seen import Seen, has_key, with_sender
from ringlet.demo.llm.turn import Turn
from ringlet.demo.llm.usage import estimate

# Paths that count tokens, and how each calls the count in its answer.
_COUNTS: Final = {"/messages/count_tokens": "input_tokens", ":countTokens": "totalTokens"}
_MODELS: Final = "/models"
_DIALECTS: Final = {
    "/messages": MESSAGES,
    "/messages/count_tokens": MESSAGES,
    "/chat/completions": CHAT,
    "/responses": RESPONSES,
    ":generateContent": GEMINI,
    ":streamGenerateContent": GEMINI,
    ":countTokens": GEMINI,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and the record of the request that it answers."""

    response: Response
    seen: Seen


@dataclass(frozen=True, slots=True)
class Routes:
    """The paths of the model. `keys` are those let in, None for all."""

    models: tuple[str, ...]
    keys: Collection[str] | None = None

    def answer(self, head: Head, body: bytes) -> Answer:
        """The answer to a request; its errors have the shape of the API that was called."""
        seen = with_sender(Seen(head.method, head.path), head.headers, self.keys)
        tail = next((one for one in _DIALECTS if head.path.endswith(one)), None)
        dialect = _DIALECTS[tail] if tail else None
        try:
            if dialect is None:
                return Answer(self._page(head), seen)
            seen = replace(seen, api=dialect.api)
            self._admit(head)
            if head.method != "POST":
                raise HttpError(405, "this path takes POST")
            turn = dialect.read(_parse(body, dialect.address(head.path)))
            if tail in _COUNTS:
                return _count(_COUNTS[tail], turn, seen)
            return _converse(dialect, turn, seen)
        except HttpError as error:
            shape = dialect.error if dialect else plain_error
            response = _json(shape(error.status, error.message), status=error.status)
            return Answer(response, replace(seen, status=error.status))

    def _admit(self, head: Head) -> None:
        if self.keys is not None and not has_key(head.headers, self.keys):
            raise HttpError(401, "this key is not known here")

    def _page(self, head: Head) -> Response:
        """The paths that no model is behind."""
        if head.method not in ("GET", "HEAD"):
            raise HttpError(404, f"there is nothing to send to {head.path}")
        if head.path.endswith(_MODELS):
            self._admit(head)
            return _json(_list(self.models))
        if head.path != "/":
            raise HttpError(404, f"there is no {head.path}")
        return Response(200, b"Ringlet's demo model\n", "text/plain; charset=utf-8")


def _parse(body: bytes, address: Document) -> Document:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "the body is not JSON") from error
    if not isinstance(document, dict):
        raise HttpError(400, "the body must be an object")
    document |= address
    if not isinstance(document.get("model"), str):
        raise HttpError(400, "the request names no model")
    return document


def _count(field: str, turn: Turn, seen: Seen) -> Answer:
    count = {field: estimate(turn.characters)}
    return Answer(_json(count), replace(seen, model=turn.model))


def _converse(dialect: Dialect, turn: Turn, seen: Seen) -> Answer:
    reply = compose(turn)
    seen = replace(
        seen,
        model=turn.model,
        stream=turn.stream,
        tools=tuple(tool.full_name for tool in turn.tools),
        step=reply.step,
        status=reply.status,
        usage=reply.usage if reply.status == 200 else None,
    )
    return Answer(_respond(dialect, turn, reply), seen)


def _respond(dialect: Dialect, turn: Turn, reply: Reply) -> Response:
    if reply.status != 200:
        message = f"the prompt asked for an error {reply.status}"
        return _json(dialect.error(reply.status, message), reply.status, reply.delay)
    if not turn.stream:
        return _json(dialect.write(turn, reply), delay=reply.delay)
    return _stream(dialect.stream(turn, reply), reply.delay)


def _stream(events: Iterable[bytes], delay: float) -> Response:
    headers = {**_request_id(), "cache-control": "no-cache"}
    return Response(200, events, "text/event-stream; charset=utf-8", headers, delay)


def _json(document: Document, status: int = 200, delay: float = 0.0) -> Response:
    return Response(status, encode(document).encode(), headers=_request_id(), delay=delay)


def _request_id() -> dict[str, str]:
    name = fresh_id("req_")
    return {"request-id": name, "x-request-id": name}


def _list(models: tuple[str, ...]) -> Document:
    """The list in the shapes of both families at once; their fields do not collide."""
    data = [
        {
            "id": name,
            "object": "model",
            "type": "model",
            "display_name": name,
            "created": 0,
            "created_at": "1970-01-01T00:00:00Z",
            "owned_by": "ringlet",
        }
        for name in models
    ]
    return {"object": "list", "data": data, "has_more": False}
