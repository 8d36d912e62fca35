"""OpenAI Chat Completions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from ringlet.demo.llm.calls import Call
from ringlet.demo.llm.dialect import Dialect, event, fresh_id, pieces
from ringlet.demo.llm.document import Document, child, encode, objects, text, texts
from ringlet.demo.llm.openai import error, instructions, spoken
from ringlet.demo.llm.reply import Reply
from ringlet.demo.llm.turn import Item, Kind, OfferedTool, Turn
from ringlet.demo.llm.usage import Usage
from ringlet.domain.providers import Api


def _read(body: Document) -> Turn:
    messages = objects(body.get("messages"))
    functions = [child(tool, "function") for tool in objects(body.get("tools"))]
    return Turn(
        model=text(body.get("model")),
        stream=body.get("stream") is True,
        system="\n".join(instructions(messages)),
        items=tuple(item for message in messages for item in _items(message)),
        tools=tuple(
            OfferedTool(text(function.get("name")), child(function, "parameters"))
            for function in functions
        ),
        schema=child(body, "response_format", "json_schema", "schema") or None,
        counts_stream=child(body, "stream_options").get("include_usage") is True,
    )


def _items(message: Document) -> Iterator[Item]:
    if message.get("role") == "tool":
        yield Item(Kind.RESULT, "\n".join(texts(message.get("content"))))
        return
    yield from spoken(message)
    for call in objects(message.get("tool_calls")):
        yield Item(Kind.CALL, text(child(call, "function").get("name")))


def _write(turn: Turn, reply: Reply) -> Document:
    message: Document = {"role": "assistant", "content": reply.text or None}
    if reply.call:
        message["tool_calls"] = [_tool_call(reply.call, encode(reply.call.arguments))]
    choice = {"index": 0, "message": message, "finish_reason": _finish_reason(reply)}
    return {
        **_head("chat.completion", reply.model),
        "choices": [choice],
        "usage": _usage(reply.usage),
    }


def _head(kind: str, model: str) -> Document:
    return {
        "id": fresh_id("chatcmpl-"),
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _tool_call(call: Call, arguments: str) -> Document:
    return {
        "id": fresh_id("call_"),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    }


def _finish_reason(reply: Reply) -> str:
    return "tool_calls" if reply.call else "stop"


def _usage(usage: Usage) -> Document:
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.written,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


def _stream(turn: Turn, reply: Reply) -> Iterator[bytes]:
    head = _head("chat.completion.chunk", reply.model)

    def chunk(delta: Document, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return event({**head, "choices": [choice]})

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(reply.text):
        yield chunk({"content": piece})
    if reply.call:
        yield chunk({"tool_calls": [{"index": 0, **_tool_call(reply.call, "")}]})
        for piece in pieces(encode(reply.call.arguments)):
            yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    yield chunk({}, _finish_reason(reply))
    if turn.counts_stream:
        yield event({**head, "choices": [], "usage": _usage(reply.usage)})
    yield b"data: [DONE]\n\n"


CHAT: Final = Dialect(Api.CHAT, _read, _write, _stream, error)
