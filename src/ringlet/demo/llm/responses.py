"""OpenAI Responses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from ringlet.demo.llm.calls import Call
from ringlet.demo.llm.dialect import Dialect, event, fresh_id, pieces
from ringlet.demo.llm.document import Document, child, encode, objects, text, texts
from ringlet.demo.llm.openai import error, instructions, spoken
from ringlet.demo.llm.reply import Reply
from ringlet.demo.llm.turn import Item, Kind, OfferedTool, Turn
from ringlet.demo.llm.usage import Usage
from ringlet.domain.providers import Api


def _read(body: Document) -> Turn:
    given = body.get("input")
    history = [{"role": "user", "content": given}] if isinstance(given, str) else objects(given)
    tools = objects(body.get("tools"))
    return Turn(
        model=text(body.get("model")),
        stream=body.get("stream") is True,
        system="\n".join([text(body.get("instructions")), *instructions(history)]),
        items=tuple(item for one in history for item in _items(one)),
        tools=tuple(offered for tool in tools for offered in _tools(tool)),
        schema=child(body, "text", "format", "schema") or None,
    )


def _items(item: Document) -> Iterator[Item]:
    kind = text(item.get("type"))
    if kind.endswith("_call_output"):
        yield Item(Kind.RESULT, "\n".join(texts(item.get("output"))))
    elif kind.endswith("_call"):
        yield Item(Kind.CALL, text(item.get("name")))
    else:
        yield from spoken(item)


def _tools(tool: Document, namespace: str = "") -> Iterator[OfferedTool]:
    """The tools in an entry of the list; those that the provider itself would run count not."""
    name = text(tool.get("name"))
    match tool.get("type"):
        case "function":
            yield OfferedTool(name, child(tool, "parameters"), namespace)
        case "custom":
            yield OfferedTool(name, namespace=namespace, freeform=True)
        case "namespace":
            for inner in objects(tool.get("tools")):
                yield from _tools(inner, name)


def _write(turn: Turn, reply: Reply) -> Document:
    return _response(reply, "completed", _output(reply))


def _response(reply: Reply, status: str, output: list[Document]) -> Document:
    done = status == "completed"
    return {
        "id": fresh_id("resp_"),
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "model": reply.model,
        "output": output,
        "error": None,
        "incomplete_details": None,
        "parallel_tool_calls": False,
        "usage": _usage(reply.usage) if done else None,
    }


def _output(reply: Reply) -> list[Document]:
    output = [_message(reply.text)] if reply.text or not reply.call else []
    return [*output, _call(reply.call)] if reply.call else output


def _message(said: str) -> Document:
    return {
        "type": "message",
        "id": fresh_id("msg_"),
        "status": "completed",
        "role": "assistant",
        "content": [_part(said)],
    }


def _part(said: str) -> Document:
    return {"type": "output_text", "text": said, "annotations": []}


def _call(call: Call) -> Document:
    ids = {"id": fresh_id("fc_"), "call_id": fresh_id("call_"), "status": "completed"}
    space = {"namespace": call.namespace} if call.namespace else {}
    if call.freeform:
        given = text(call.arguments.get("input"))
        return {"type": "custom_tool_call", **ids, "name": call.name, **space, "input": given}
    arguments = encode(call.arguments)
    return {"type": "function_call", **ids, "name": call.name, **space, "arguments": arguments}


def _usage(usage: Usage) -> Document:
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.written,
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }


def _stream(turn: Turn, reply: Reply) -> Iterator[bytes]:
    for number, data in enumerate(_events(reply)):
        yield event({**data, "sequence_number": number}, named=True)


def _events(reply: Reply) -> Iterator[Document]:
    output = _output(reply)
    final = _response(reply, "completed", output)
    started = {**_response(reply, "in_progress", []), "id": final["id"]}
    yield {"type": "response.created", "response": started}
    yield {"type": "response.in_progress", "response": started}
    for index, item in enumerate(output):
        yield from _item_events(index, item)
    yield {"type": "response.completed", "response": final}


# By type of item: its field that is streamed, what it starts as, and the name of its events.
_STREAMED: Final[dict[str, tuple[str, Any, str]]] = {
    "message": ("content", [], "output_text"),
    "function_call": ("arguments", "", "function_call_arguments"),
    "custom_tool_call": ("input", "", "custom_tool_call_input"),
}


def _item_events(index: int, item: Document) -> Iterator[Document]:
    field, empty, name = _STREAMED[item["type"]]
    opened = {**item, field: empty, "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": index, "item": opened}
    place: Document = {"item_id": item["id"], "output_index": index}
    if item["type"] == "message":
        part = item["content"][0]
        place["content_index"] = 0
        yield {"type": "response.content_part.added", **place, "part": {**part, "text": ""}}
        yield from _deltas(name, place, "text", part["text"])
        yield {"type": "response.content_part.done", **place, "part": part}
    else:
        yield from _deltas(name, place, field, item[field])
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _deltas(name: str, place: Document, field: str, whole: str) -> Iterator[Document]:
    for piece in pieces(whole):
        yield {"type": f"response.{name}.delta", **place, "delta": piece}
    yield {"type": f"response.{name}.done", **place, field: whole}


RESPONSES: Final = Dialect(Api.RESPONSES, _read, _write, _stream, error)
