from __future__ import annotations

import pytest

from ringlet.demo.llm.calls import Call, NoToolError, call_for
from ringlet.demo.llm.directives import (
    Bash,
    Claim,
    Delay,
    Directive,
    Fail,
    Say,
    Tool,
    Write,
    parse,
)
from ringlet.demo.llm.script import find_script
from ringlet.demo.llm.turn import Item, Kind, OfferedTool, prompts
from ringlet.demo.llm.usage import Usage


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("[[bash: ls -l]]", Bash("ls -l")),
        ("[[bash: if [[ -f a ]]; then ls; fi]]", Bash("if [[ -f a ]]; then ls; fi")),
        ("[[bash: echo ${a[1]]]", Bash("echo ${a[1]")),
        ("[[write: a/b.txt | x | y]]", Write("a/b.txt", "x | y")),
        ('[[tool: Read {"file": "[[say: x]]", "n": [[1]]}]]', None),
        ("[[tool: TaskList]]", Tool("TaskList", {})),
        ("[[say: two\nlines]]", Say("two\nlines")),
        ("[[fail: 529]]", Fail(529)),
        ("[[delay: 1.5]]", Delay(1.5)),
        ("[[delay: 1e9]]", Delay(600)),
        ("[[model: m-2]]", Claim("m-2")),
        ("[[usage: input=7 cache_write_1h=3]]", Usage(input=7, cache_write_1h=3)),
    ],
)
def test_a_directive_is_read_from_its_brackets(text: str, directive: Directive | None) -> None:
    wanted = directive or Tool("Read", {"file": "[[say: x]]", "n": [[1]]})
    assert parse(f"Please {text} now") == (wanted,)


def test_directives_keep_their_order() -> None:
    assert parse("[[bash: a]] then [[say: b]][[fail: 500]]") == (Bash("a"), Say("b"), Fail(500))


@pytest.mark.parametrize("text", ["plain", "[[bash: open", "[[unknown: x]]", "[bash: x]"])
def test_other_text_holds_no_directives(text: str) -> None:
    assert parse(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "[[fail: 200]]",
        "[[fail: soon]]",
        "[[delay: x]]",
        "[[usage: tokens=1]]",
        "[[usage: input=-1]]",
        "[[write: no text]]",
        "[[tool: X {broken]]",
        "[[tool: ]]",
    ],
)
def test_a_directive_that_makes_no_sense_is_answered_with_the_reason(text: str) -> None:
    (directive,) = parse(text)
    assert isinstance(directive, Say)
    assert directive.text.startswith("I cannot read [[")


def test_prompts_are_freed_of_reminders_and_of_the_quotes_around_them() -> None:
    said = [
        "<system-reminder>[[bash: no]]</system-reminder>",
        '"say \\"hi\\" [[say: a]]"',
        "<system-reminder>x</system-reminder>\nhello",
    ]
    assert [item.text for item in prompts(said)] == ['say "hi" [[say: a]]', "hello"]


PROMPT = Item(Kind.PROMPT, "[[bash: a]] [[say: done]]")
CALL, RESULT = Item(Kind.CALL, "Bash"), Item(Kind.RESULT, "")
ANSWER, NEXT = Item(Kind.ANSWER, "done"), Item(Kind.PROMPT, "thanks")


def test_the_tool_results_behind_the_prompt_tell_the_step() -> None:
    first, second = find_script([PROMPT]), find_script([PROMPT, CALL, RESULT])
    assert first is not None and first.due() == [Bash("a")]
    assert second is not None and second.due() == [Say("done")]


def test_results_of_an_earlier_prompt_do_not_count() -> None:
    script = find_script([NEXT, CALL, RESULT, ANSWER, PROMPT])
    assert script is not None and script.step == 0


def test_notes_that_an_agent_adds_do_not_end_a_script() -> None:
    script = find_script([PROMPT, ANSWER, CALL, RESULT, NEXT])
    assert script is not None and script.step == 1


def test_a_script_ends_when_the_user_goes_on_to_something_else() -> None:
    assert find_script([PROMPT, CALL, RESULT, ANSWER, NEXT]) is None


def offered(name: str, *properties: str, **schemas: dict[str, object]) -> OfferedTool:
    known = {one: {"type": "string"} for one in properties}
    return OfferedTool(name, {"properties": {**known, **schemas}, "required": [*known, *schemas]})


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        (offered("Bash", "command"), {"command": "ls"}),
        (offered("exec_command", "cmd"), {"cmd": "ls"}),
        (offered("shell", command={"type": "array"}), {"command": ["bash", "-c", "ls"]}),
        (
            offered("Execute", "command", "summary", riskLevel={"enum": ["low", "high"]}),
            {"command": "ls", "summary": "Ringlet demo", "riskLevel": "low"},
        ),
    ],
)
def test_a_command_goes_to_the_shell_tool_on_offer(
    tool: OfferedTool, arguments: dict[str, object]
) -> None:
    assert call_for(Bash("ls"), (offered("Read", "path"), tool)) == Call(tool.name, arguments)


@pytest.mark.parametrize(
    ("name", "path"),
    [("Write", "file_path"), ("write", "filePath"), ("create_file", "path")],
)
def test_a_file_goes_to_the_write_tool_on_offer(name: str, path: str) -> None:
    call = call_for(Write("a.txt", "hi"), (offered(name, path, "content"),))
    assert call == Call(name, {path: "a.txt", "content": "hi"})


def test_without_a_write_tool_the_shell_writes_the_file_with_everything_quoted() -> None:
    call = call_for(Write("a b/c.txt", "it's $HOME"), (offered("bash", "command"),))
    assert call.arguments["command"] == (
        "mkdir -p \"$(dirname 'a b/c.txt')\" && printf %s 'it'\"'\"'s $HOME' > 'a b/c.txt'"
    )


def test_a_tool_in_a_namespace_is_called_by_both_names() -> None:
    inner = OfferedTool("read", namespace="mcp__files")
    assert call_for(Tool("mcp__files.read", {}), (inner,)) == Call("read", {}, "mcp__files")


def test_a_tool_that_is_kept_back_is_called_all_the_same() -> None:
    assert call_for(Tool("Hidden", {"a": 1}), (offered("Bash", "command"),)).name == "Hidden"


def test_nothing_is_called_where_nothing_fits() -> None:
    with pytest.raises(NoToolError):
        call_for(Bash("ls"), (offered("Read", "path"),))
