from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.component.demo.demo_bench import Bench, opened

from ringlet.domain.providers import Api

WHOLE = "/v1beta/models/gemini-x:generateContent"
STREAM = "/prefix/v1beta/models/gemini-x:streamGenerateContent?alt=sse"
COUNT = "/v1beta/models/gemini-x:countTokens"
USAGE = "[[usage: input=1000 output=50 cache_read=400 reasoning=30]]"
FIGURES = {
    "promptTokenCount": 1400,
    "cachedContentTokenCount": 400,
    "candidatesTokenCount": 20,
    "thoughtsTokenCount": 30,
    "totalTokenCount": 1450,
}
SCHEMA = {
    "type": "OBJECT",
    "properties": {"command": {"type": "STRING"}, "loud": {"type": "BOOLEAN"}},
    "required": ["command", "loud"],
}


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with opened() as bench:
        yield bench


def said(role: str, **part: Any) -> dict[str, Any]:
    return {"role": role, "parts": [part]}


def ask(prompt: str, *more: dict[str, Any], schema: str = "parameters") -> dict[str, Any]:
    """A request with one prompt and a shell tool, and what followed the prompt."""
    tool = {"name": "run_shell_command", schema: SCHEMA}
    return {
        "contents": [said("user", text=prompt), *more],
        "tools": [{"functionDeclarations": [tool]}],
        "systemInstruction": said("user", text="Be kind."),
    }


def parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["candidates"][0]["content"]["parts"]
    return found


@pytest.mark.parametrize("schema", ["parameters", "parametersJsonSchema"])
async def test_an_answer_has_text_and_call_and_fills_in_what_the_tool_requires(
    bench: Bench, schema: str
) -> None:
    prompt = f"[[say: Look.]] [[bash: echo a b]] {USAGE}"
    got = (await bench.post(WHOLE, ask(prompt, schema=schema))).document
    call = {"name": "run_shell_command", "args": {"command": "echo a b", "loud": False}}
    assert parts(got) == [{"text": "Look."}, {"functionCall": call}]
    assert got["candidates"][0]["finishReason"] == "STOP"
    assert got["usageMetadata"] == FIGURES
    assert got["modelVersion"] == "gemini-x"


async def test_a_stream_says_the_same_and_ends_with_the_figures(bench: Bench) -> None:
    prompt = f"[[say: one two three four five]] [[bash: true]] {USAGE}"
    events = (await bench.post(STREAM, ask(prompt))).events
    texts = [part.get("text", "") for one in events for part in parts(one)]
    assert "".join(texts) == "one two three four five"
    assert parts(events[-1])[0]["functionCall"]["args"]["command"] == "true"
    assert [one.get("usageMetadata") for one in events] == [None] * (len(events) - 1) + [FIGURES]
    assert len({one["responseId"] for one in events}) == 1


async def test_the_record_names_the_model_of_the_path_and_where_the_key_came_in(
    bench: Bench,
) -> None:
    await bench.post(STREAM, ask("hi"), x_goog_api_key="key-0123")
    seen = bench.seen[0]
    assert (seen.api, seen.model, seen.stream) == (Api.GEMINI, "gemini-x", True)
    assert (seen.auth_header, seen.key_tail) == ("x-goog-api-key", "0123")
    assert seen.tools == ("run_shell_command",)


@pytest.mark.parametrize(
    ("response", "last"),
    [({"output": "Monday"}, "Monday"), ({"error": "no date"}, "no date"), ({"n": 1}, '{"n":1}')],
)
async def test_a_script_goes_on_behind_the_result_of_its_call(
    bench: Bench, response: dict[str, Any], last: str
) -> None:
    call = said("model", functionCall={"name": "run_shell_command", "args": {}})
    result = said("user", functionResponse={"name": "run_shell_command", "response": response})
    got = await bench.post(WHOLE, ask("[[bash: date]]", call, result))
    assert parts(got.document) == [{"text": f"Done. The tool answered: {last}"}]
    assert bench.seen[0].step == 1


async def test_an_answer_under_a_schema_fits_it(bench: Bench) -> None:
    body = ask("Which model?")
    del body["tools"]
    body["generationConfig"] = {"responseJsonSchema": SCHEMA}
    assert parts((await bench.post(WHOLE, body)).document) == [
        {"text": '{"command": "Ringlet demo", "loud": false}'}
    ]


async def test_a_failure_has_the_shape_of_the_api(bench: Bench) -> None:
    got = await bench.post(STREAM, ask("[[fail: 429]]"))
    error = got.document["error"]
    assert (got.status, error["code"], error["status"]) == (429, 429, "RESOURCE_EXHAUSTED")


async def test_an_unknown_key_is_refused_in_the_shape_of_the_api() -> None:
    async with opened("the-right-one") as bench:
        got = await bench.post(WHOLE, ask("hi"), x_goog_api_key="another")
        assert (got.status, got.document["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert (await bench.post(WHOLE, ask("hi"), x_goog_api_key="the-right-one")).status == 200


async def test_tokens_can_be_counted_without_an_answer(bench: Bench) -> None:
    got = await bench.post(COUNT, {"contents": [said("user", text="x" * 400)]})
    assert got.document == {"totalTokens": 100}


async def test_a_path_without_a_model_is_refused(bench: Bench) -> None:
    got = await bench.post("/v1beta/models/:generateContent", ask("hi"))
    assert (got.status, got.document["error"]["message"]) == (400, "the request names no model")


async def test_strange_but_valid_json_gets_an_answer(bench: Bench) -> None:
    body = {
        "contents": [1, {"parts": [None, {"text": 5}, {"functionResponse": 3}, {"text": "x"}]}],
        "tools": [{"functionDeclarations": [{"name": None}, 7]}, "x"],
        "systemInstruction": "x",
        "generationConfig": [],
    }
    assert (await bench.post(WHOLE, body)).status == 200
