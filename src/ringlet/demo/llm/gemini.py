"""Google's Gemini API: `models/MODEL:generateContent` and its stream."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ringlet.demo.llm.dialect import Dialect, event, fresh_id, pieces
from ringlet.demo.llm.document import Document, child, encode, objects, text, texts
from ringlet.demo.llm.reply import Reply
from ringlet.demo.llm.turn import Item, Kind, OfferedTool, Turn, prompts
from ringlet.demo.llm.usage import Usage
from ringlet.domain.providers import Api

_CALL: Final = re.compile(r"/models/([^/:]+):(\w+)$")
_STATES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def _address(path: str) -> Document:
    """The path names the model and what is wanted of it; the body does not."""
    found = _CALL.search(path)
    if found is None:
        return {}
    return {"model": found[1], "stream": found[2] == "streamGenerateContent"}


def _read(body: Document) -> Turn:
    wanted = child(body, "generationConfig")
    return Turn(
        model=text(body.get("model")),
        stream=body.get("stream") is True,
        system="\n".join(_parts_text(child(body, "systemInstruction"))),
        items=tuple(item for content in objects(body.get("contents")) for item in _items(content)),
        tools=tuple(
            OfferedTool(text(one.get("name")), _schema(one, "parametersJsonSchema", "parameters"))
            for tool in objects(body.get("tools"))
            for one in objects(tool.get("functionDeclarations"))
        ),
        schema=_schema(wanted, "responseJsonSchema", "responseSchema") or None,
    )


def _schema(holder: Document, *names: str) -> Document:
    """The first schema there is: in JSON Schema's own terms, or in Google's."""
    return next((found for name in names if (found := child(holder, name))), {})


def _parts_text(content: Document) -> list[str]:
    return texts(content.get("parts"))


def _items(content: Document) -> Iterator[Item]:
    by_model = content.get("role") == "model"
    for part in objects(content.get("parts")):
        if "functionResponse" in part:
            yield Item(Kind.RESULT, _result(child(part, "functionResponse", "response")))
        elif "functionCall" in part:
            yield Item(Kind.CALL, text(child(part, "functionCall").get("name")))
        elif by_model and text(part.get("text")):
            yield Item(Kind.ANSWER, part["text"])
        elif not by_model:
            yield from prompts([text(part.get("text"))])


def _result(response: Document) -> str:
    """What a tool said: agents put it into `output`, its failure into `error`."""
    said = response.get("output", response.get("error"))
    return said if isinstance(said, str) else encode(response)


def _write(turn: Turn, reply: Reply) -> Document:
    parts: list[Document] = [{"text": reply.text}] if reply.text else []
    return _chunk(_head(reply), [*parts, *_calls(reply)], reply.usage)


def _head(reply: Reply) -> Document:
    return {"modelVersion": reply.model, "responseId": fresh_id("gemini-")}


def _calls(reply: Reply) -> list[Document]:
    if reply.call is None:
        return []
    return [{"functionCall": {"name": reply.call.name, "args": reply.call.arguments}}]


def _chunk(head: Document, parts: list[Document], usage: Usage | None = None) -> Document:
    """A piece of an answer; the last one has the figures and the reason of the end."""
    candidate: Document = {"content": {"role": "model", "parts": parts}, "index": 0}
    if usage is None:
        return {**head, "candidates": [candidate]}
    candidate["finishReason"] = "STOP"
    return {**head, "candidates": [candidate], "usageMetadata": _usage(usage)}


def _usage(usage: Usage) -> Document:
    """What was read from the cache is part of the prompt; what was thought is no candidate."""
    return {
        "promptTokenCount": usage.prompt,
        "cachedContentTokenCount": usage.cache_read,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "thoughtsTokenCount": usage.reasoning,
        "totalTokenCount": usage.total,
    }


def _stream(turn: Turn, reply: Reply) -> Iterator[bytes]:
    head = _head(reply)
    for piece in pieces(reply.text):
        yield event(_chunk(head, [{"text": piece}]))
    yield event(_chunk(head, _calls(reply) or [{"text": ""}], reply.usage))


def _error(status: int, message: str) -> Document:
    usual = "INTERNAL" if status >= 500 else "INVALID_ARGUMENT"
    return {"error": {"code": status, "message": message, "status": _STATES.get(status, usual)}}


GEMINI: Final = Dialect(Api.GEMINI, _read, _write, _stream, _error, _address)
