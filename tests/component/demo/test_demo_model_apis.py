from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.component.demo.demo_bench import Bench, opened

FIGURES = "input=1000 output=50 cache_read=400 cache_write=40 cache_write_1h=9 reasoning=30"
USAGE = f"[[usage: {FIGURES}]]"
PATHS = ("/v1/messages", "/v1/chat/completions", "/prefix/v1/responses")
SHELL: dict[str, Any] = {"type": "object", "properties": {"command": {"type": "string"}}}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with opened() as bench:
        yield bench


def ask(path: str, prompt: str, *, tools: bool = False, **extra: Any) -> dict[str, Any]:
    """A request with one prompt, in the form that the path wants."""
    said = [{"role": "user", "content": prompt}]
    body: dict[str, Any] = {"model": "m-1", **extra}
    body["input" if path.endswith("responses") else "messages"] = said
    if tools:
        body["tools"] = [offer(path)]
    return body


def offer(path: str) -> dict[str, Any]:
    if path.endswith("messages"):
        return {"name": "Bash", "input_schema": SHELL}
    function = {"name": "bash", "parameters": SHELL}
    if path.endswith("responses"):
        return {"type": "function", **function}
    return {"type": "function", "function": function}


def spoken(path: str, document: dict[str, Any]) -> str:
    """The text of a whole answer."""
    if path.endswith("messages"):
        return "".join(block.get("text", "") for block in document["content"])
    if path.endswith("responses"):
        parts = [part for item in document["output"] for part in item.get("content", [])]
        return "".join(part["text"] for part in parts)
    return document["choices"][0]["message"]["content"] or ""


@pytest.mark.parametrize("path", PATHS)
async def test_a_prompt_without_directives_is_echoed_by_a_model_that_names_itself(
    bench: Bench, path: str
) -> None:
    got = await bench.post(path, ask(path, "Hello\n  there"))
    text = spoken(path, got.document)
    assert "Ringlet's demo model" in text
    assert "Hello there" in text


@pytest.mark.parametrize("path", PATHS)
async def test_each_answer_has_an_id_of_its_own(bench: Bench, path: str) -> None:
    first, second = [await bench.post(path, ask(path, "hi")) for _ in range(2)]
    assert first.document["id"] != second.document["id"]
    assert first.headers["request-id"] != second.headers["request-id"]
    assert spoken(path, first.document) == spoken(path, second.document)


async def test_messages_report_usage_in_anthropics_classes(bench: Bench) -> None:
    got = await bench.post("/v1/messages", ask("/v1/messages", USAGE))
    usage = got.document["usage"]
    assert usage["input_tokens"] == 1000
    assert usage["cache_read_input_tokens"] == 400
    assert usage["cache_creation_input_tokens"] == 49
    assert usage["cache_creation"] == {
        "ephemeral_5m_input_tokens": 40,
        "ephemeral_1h_input_tokens": 9,
    }
    assert usage["output_tokens"] == 50


async def test_chat_reports_cached_tokens_inside_the_prompt(bench: Bench) -> None:
    got = await bench.post(PATHS[1], ask(PATHS[1], USAGE))
    usage = got.document["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"]) == (1449, 50)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 400
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 30


async def test_responses_report_cached_tokens_inside_the_input(bench: Bench) -> None:
    got = await bench.post(PATHS[2], ask(PATHS[2], USAGE))
    usage = got.document["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (
        1449,
        50,
        1499,
    )
    assert usage["input_tokens_details"]["cached_tokens"] == 400


async def test_a_messages_stream_says_the_same_as_the_whole_answer(bench: Bench) -> None:
    prompt = f"[[say: one two three four]] [[bash: echo a b]] {USAGE}"
    body = ask("/v1/messages", prompt, tools=True, stream=True)
    events = (await bench.post("/v1/messages", body)).events
    assert [events[0]["type"], events[-1]["type"]] == ["message_start", "message_stop"]
    deltas = [one["delta"] for one in events if one["type"] == "content_block_delta"]
    assert "".join(one.get("text", "") for one in deltas) == "one two three four"
    arguments = "".join(one.get("partial_json", "") for one in deltas)
    assert json.loads(arguments) == {"command": "echo a b"}
    end = next(one for one in events if one["type"] == "message_delta")
    assert end["delta"]["stop_reason"] == "tool_use"
    assert end["usage"]["output_tokens"] == 50
    assert events[0]["message"]["usage"]["output_tokens"] == 1


async def test_a_chat_stream_reports_usage_only_when_asked(bench: Bench) -> None:
    body = ask(PATHS[1], f"[[bash: echo a b c d]] {USAGE}", tools=True, stream=True)
    got = await bench.post(PATHS[1], body)
    assert got.body.endswith(b"data: [DONE]\n\n")
    assert not any("usage" in one for one in got.events)
    calls = [
        call for one in got.events for call in one["choices"][0]["delta"].get("tool_calls", [])
    ]
    joined = "".join(call["function"]["arguments"] for call in calls)
    assert json.loads(joined) == {"command": "echo a b c d"}
    asked = await bench.post(PATHS[1], {**body, "stream_options": {"include_usage": True}})
    assert asked.events[-1]["usage"]["total_tokens"] == 1499


async def test_a_responses_stream_ends_with_the_whole_answer(bench: Bench) -> None:
    body = ask(PATHS[2], f"[[say: a b c d]] {USAGE}", stream=True)
    events = (await bench.post(PATHS[2], body)).events
    assert [one["sequence_number"] for one in events] == list(range(len(events)))
    deltas = [one["delta"] for one in events if one["type"] == "response.output_text.delta"]
    final = events[-1]["response"]
    assert events[-1]["type"] == "response.completed"
    assert "".join(deltas) == spoken(PATHS[2], final) == "a b c d"
    assert final["id"] == events[0]["response"]["id"]


async def test_tools_in_namespaces_and_free_form_tools_are_called_in_their_own_form(
    bench: Bench,
) -> None:
    tools = [
        {"type": "namespace", "name": "mcp__x", "tools": [{"type": "function", "name": "go"}]},
        {"type": "custom", "name": "apply_patch"},
    ]
    prompt = '[[tool: mcp__x.go {"a":1}]] [[tool: apply_patch {"input":"***"}]]'
    first = {**ask(PATHS[2], prompt), "tools": tools}
    done = {"type": "function_call_output", "call_id": "c", "output": "ok"}
    second = {**first, "input": [*first["input"], done]}
    space = (await bench.post(PATHS[2], first)).document["output"][0]
    free = (await bench.post(PATHS[2], second)).document["output"][0]
    assert (space["namespace"], space["name"], space["arguments"]) == ("mcp__x", "go", '{"a":1}')
    assert (free["type"], free["input"]) == ("custom_tool_call", "***")
    assert bench.seen[0].tools == ("mcp__x.go", "apply_patch")


@pytest.mark.parametrize("path", PATHS)
async def test_requests_for_titles_do_not_run_directives(bench: Bench, path: str) -> None:
    body = ask(path, "Write a title for: [[bash: ls]] [[fail: 500]] [[usage: input=9]]")
    got = await bench.post(path, body)
    assert got.status == 200
    assert spoken(path, got.document) == "Ringlet demo"


async def test_an_answer_under_a_schema_is_json_that_fits_it(bench: Bench) -> None:
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "kind": {"enum": ["a", "b"]}},
        "required": ["title", "kind"],
    }
    body = ask("/v1/messages", "[[bash: ls]]")
    body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    got = await bench.post("/v1/messages", body)
    assert json.loads(spoken("/v1/messages", got.document)) == {
        "title": "Ringlet demo",
        "kind": "a",
    }


async def test_a_script_without_a_last_word_ends_with_what_the_tool_said(bench: Bench) -> None:
    body = ask("/v1/messages", "[[bash: date]]", tools=True)
    result = {"type": "tool_result", "tool_use_id": "t", "content": "Monday"}
    body["messages"] += [
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "Bash"}]},
        {"role": "user", "content": [result]},
    ]
    got = await bench.post("/v1/messages", body)
    assert spoken("/v1/messages", got.document) == "Done. The tool answered: Monday"
    assert bench.seen[0].step == 1


async def test_a_call_that_no_tool_can_do_is_declined_in_words(bench: Bench) -> None:
    got = await bench.post("/v1/messages", ask("/v1/messages", "[[bash: ls]]"))
    assert "no shell tool" in spoken("/v1/messages", got.document)


@pytest.mark.parametrize(
    ("path", "kind"),
    [(PATHS[0], "overloaded_error"), (PATHS[1], "server_error"), (PATHS[2], "server_error")],
)
async def test_a_failure_on_request_has_the_status_and_the_shape_of_the_api(
    bench: Bench, path: str, kind: str
) -> None:
    got = await bench.post(path, ask(path, "[[fail: 529]]", stream=True))
    assert got.status == 529
    assert got.document["error"]["type"] == kind
    assert (bench.seen[0].status, bench.seen[0].usage) == (529, None)


async def test_the_answer_can_claim_another_model_than_was_asked_for(bench: Bench) -> None:
    got = await bench.post("/v1/messages", ask("/v1/messages", "[[model: other]] [[say: x]]"))
    assert got.document["model"] == "other"
    assert bench.seen[0].model == "m-1"


async def test_tokens_can_be_counted_without_an_answer(bench: Bench) -> None:
    body = ask("/v1/messages", "x" * 400)
    got = await bench.post("/v1/messages/count_tokens", body)
    assert got.document == {"input_tokens": 100}


async def test_models_are_listed_for_both_families(bench: Bench) -> None:
    listed = (await bench.request("GET", "/v1/models")).document["data"]
    assert listed[0]["id"] == listed[0]["display_name"] == "ringlet-demo"
    assert listed[0]["object"] == "model"


@pytest.mark.parametrize("path", PATHS)
async def test_strange_but_valid_json_gets_an_answer(bench: Bench, path: str) -> None:
    body = {
        "model": "m",
        "messages": [1, {"role": "user", "content": [None, {"text": 5}]}],
        "input": [{"type": 3}, "x"],
        "tools": [{"name": None}, 7, {"type": "namespace"}],
        "system": 4,
        "text": [],
        "stream_options": "x",
    }
    assert (await bench.post(path, body)).status == 200
