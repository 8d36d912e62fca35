"""Anthropic Messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ringlet.demo.llm.calls import Call
from ringlet.demo.llm.dialect import Dialect, event, fresh_id, pieces
from ringlet.demo.llm.document import Document, child, encode, objects, text, texts
from ringlet.demo.llm.reply import Reply
from ringlet.demo.llm.turn import Item, Kind, OfferedTool, Turn, prompts
from ringlet.demo.llm.usage import Usage
from ringlet.domain.providers import Api

_ERRORS: Final = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def _read(body: Document) -> Turn:
    messages = objects(body.get("messages"))
    notes = [one for message in messages if message.get("role") == "system" for one in _of(message)]
    answer = child(body, "output_config", "format") or child(body, "output_format")
    return Turn(
        model=text(body.get("model")),
        stream=body.get("stream") is True,
        system="\n".join(texts(body.get("system")) + notes),
        items=tuple(item for message in messages for item in _items(message)),
        tools=tuple(
            OfferedTool(text(tool.get("name")), child(tool, "input_schema"))
            for tool in objects(body.get("tools"))
        ),
        schema=child(answer, "schema") or None,
    )


def _of(message: Document) -> list[str]:
    return texts(message.get("content"))


def _items(message: Document) -> Iterator[Item]:
    role, content = message.get("role"), message.get("content")
    blocks = objects(content) or [{"type": "text", "text": one} for one in texts(content)]
    for block in blocks:
        match role, block.get("type"):
            case "user", "text":
                yield from prompts([text(block.get("text"))])
            case "user", "tool_result":
                yield Item(Kind.RESULT, "\n".join(_of(block)))
            case "assistant", "text":
                yield Item(Kind.ANSWER, text(block.get("text")))
            case "assistant", "tool_use":
                yield Item(Kind.CALL, text(block.get("name")))


def _write(turn: Turn, reply: Reply) -> Document:
    content: list[Document] = []
    if reply.text:
        content.append({"type": "text", "text": reply.text})
    if reply.call:
        content.append({**_tool_use(reply.call), "input": reply.call.arguments})
    return {
        **_message(reply.model),
        "content": content,
        "stop_reason": _stop_reason(reply),
        "usage": _usage(reply.usage, reply.usage.output),
    }


def _message(model: str) -> Document:
    return {
        "id": fresh_id("msg_"),
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _tool_use(call: Call) -> Document:
    return {"type": "tool_use", "id": fresh_id("toolu_"), "name": call.name, "input": {}}


def _stop_reason(reply: Reply) -> str:
    return "tool_use" if reply.call else "end_turn"


def _usage(usage: Usage, output: int) -> Document:
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
        },
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        "service_tier": "standard",
    }


def _stream(turn: Turn, reply: Reply) -> Iterator[bytes]:
    # A real server knows only the first token's worth of output when a stream begins.
    message = {**_message(reply.model), "usage": _usage(reply.usage, 1)}
    yield event({"type": "message_start", "message": message}, named=True)
    index = 0
    if reply.text or not reply.call:
        deltas = [{"type": "text_delta", "text": piece} for piece in pieces(reply.text)]
        yield from _block(index, {"type": "text", "text": ""}, deltas)
        index += 1
    if reply.call:
        deltas = [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in pieces(encode(reply.call.arguments))
        ]
        yield from _block(index, _tool_use(reply.call), deltas)
    yield event(
        {
            "type": "message_delta",
            "delta": {"stop_reason": _stop_reason(reply), "stop_sequence": None},
            "usage": _usage(reply.usage, reply.usage.output),
        },
        named=True,
    )
    yield event({"type": "message_stop"}, named=True)


def _block(index: int, start: Document, deltas: list[dict[str, str]]) -> Iterator[bytes]:
    yield event({"type": "content_block_start", "index": index, "content_block": start}, named=True)
    for delta in deltas:
        yield event({"type": "content_block_delta", "index": index, "delta": delta}, named=True)
    yield event({"type": "content_block_stop", "index": index}, named=True)


def _error(status: int, message: str) -> Document:
    usual = "api_error" if status >= 500 else "invalid_request_error"
    kind = _ERRORS.get(status, usual)
    return {"type": "error", "error": {"type": kind, "message": message}}


MESSAGES: Final = Dialect(Api.MESSAGES, _read, _write, _stream, _error)
