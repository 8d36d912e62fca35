from __future__ import annotations

import asyncio
import io
import json
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ringlet.demo.agent import main
from ringlet.demo.agent.plain import PlainStream, plain
from ringlet.demo.agent.tools import run
from ringlet.demo.llm import LoopbackModel, Seen


@pytest.fixture
def seen() -> list[Seen]:
    return []


@pytest.fixture
def model(seen: list[Seen]) -> Iterator[str]:
    """The base URL of a model in a thread of its own: the agent blocks the test's thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = LoopbackModel(keys={"sk-demo"}, on_request=seen.append)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    yield server.base_url
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def home(tmp_path: Path, model: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for the agent, and a working folder beside it."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANTHROPIC_BASE_URL", model)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "sk-demo")
    monkeypatch.setenv("ANTHROPIC_MODEL", "m-env")
    return tmp_path / "home"


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


Output = Callable[[], tuple[str, str]]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Output:
    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return read


def test_it_says_its_version(output: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert output()[0] == "0.1.0 (Ringlet demo agent)\n"


@pytest.mark.usefixtures("home")
def test_it_answers_one_prompt(output: Output, seen: list[Seen]) -> None:
    assert main(["-p", "hello"]) == 0
    assert output() == ("Hello from Ringlet's demo model. You wrote: hello\n", "")
    assert (seen[0].model, seen[0].key_tail) == ("m-env", "demo")
    assert seen[0].tools == ("Bash", "Write")


@pytest.mark.usefixtures("home")
def test_an_option_chooses_the_model(seen: list[Seen]) -> None:
    assert main(["-p", "hello", "--model", "m-flag"]) == 0
    assert seen[0].model == "m-flag"


@pytest.mark.usefixtures("home")
def test_it_runs_the_tools_that_the_model_calls(output: Output, tmp_path: Path) -> None:
    assert main(["-p", "[[write: a.txt | hi]] [[bash: cat a.txt > b.txt]] [[say: Made.]]"]) == 0
    assert (tmp_path / "work" / "b.txt").read_text() == "hi"
    assert output() == ("Made.\n", "Write: a.txt\nBash: cat a.txt > b.txt\n")


@pytest.mark.usefixtures("home")
def test_the_key_does_not_reach_the_commands_of_the_model(output: Output) -> None:
    assert main(["-p", "[[bash: env]]"]) == 0
    assert "sk-demo" not in output()[0]


def test_it_keeps_a_private_transcript_with_usage(home: Path) -> None:
    assert main(["-p", "[[bash: true]] [[usage: input=7 output=3]]"]) == 0
    file = home / ".demo-agent" / "history.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    messages = [line["message"] for line in lines]
    assert [one["role"] for one in messages] == ["user", "assistant", "user", "assistant"]
    assert messages[1]["usage"]["input_tokens"] == 7
    assert messages[1]["usage"]["output_tokens"] == 3
    assert messages[1]["id"] != messages[3]["id"]
    assert len({line["session"] for line in lines}) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.usefixtures("home")
def test_without_a_prompt_it_talks_line_by_line_and_survives_errors(
    output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "one\n\n[[fail: 500]]\ntwo\n/exit\nthree\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert main([]) == 0
    out, err = output()
    assert [line.rpartition(" ")[2] for line in out.splitlines()] == ["one", "two"]
    assert "500" in err


@pytest.mark.usefixtures("home")
def test_a_refused_key_is_an_error(output: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "sk-wrong")
    assert main(["-p", "hello"]) == 1
    out, err = output()
    assert out == ""
    assert err.startswith("Error: The provider refuses the key (401: ")
    assert "sk-wrong" not in err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ANTHROPIC_BASE_URL", "http://127.0.0.1:1", "does not answer"),
        ("ANTHROPIC_BASE_URL", "127.0.0.1:1", "not an HTTP address"),
        ("ANTHROPIC_BASE_URL", "http://[::", "not an HTTP address"),
        ("ANTHROPIC_BASE_URL", "", "is not set"),
        ("ANTHROPIC_AUTH_TOKEN", "sk-a\nb", "characters that no key has"),
    ],
)
def test_settings_that_lead_nowhere_are_an_error(
    output: Output, monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["-p", "hello"]) == 1
    assert message in output()[1]


@pytest.mark.usefixtures("home")
def test_what_would_steer_the_terminal_is_not_printed(output: Output) -> None:
    assert main(["-p", "[[say: a\x1b[31mred\x1b]0;title\x07 \x9b2Jz\x00]]"]) == 0
    assert output()[0] == "ared z\n"


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x1b(Bx\x1b7\x1b=", "x"),
        ("a\rb\x08\x7f\x85\tc\n", "ab\tc\n"),
        ("\x1b[", "["),
    ],
)
def test_sequences_are_taken_out_whole(text: str, rest: str) -> None:
    assert plain(text) == rest
    stream = PlainStream()
    assert "".join(stream.feed(one) for one in text) + stream.finish() == rest


def test_a_sequence_without_end_does_not_hold_the_text_back_for_ever() -> None:
    stream = PlainStream()
    assert stream.feed("\x1b]" + "x" * 5000).endswith("x" * 100)


@pytest.mark.parametrize("path", ["../out.txt", "/etc/out.txt", "link/out.txt", "."])
def test_files_outside_the_working_folder_are_not_written(tmp_path: Path, path: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "link").symlink_to(tmp_path)
    assert run("Write", {"file_path": path, "content": "x"}, work).failed
    assert not (tmp_path / "out.txt").exists()
    assert not Path("/etc/out.txt").exists()


@pytest.mark.usefixtures("home")
def test_a_terminated_agent_takes_its_tool_with_it(tmp_path: Path) -> None:
    prompt = "[[bash: echo $$ > pid; exec sleep 600]]"
    with subprocess.Popen([sys.executable, "-m", "ringlet.demo.agent", "-p", prompt]) as process:
        file = tmp_path / "work" / "pid"
        wait_for(lambda: file.exists() and file.read_text().endswith("\n"))
        process.terminate()
        assert process.wait(10) == 128 + signal.SIGTERM
    tool = int(file.read_text())
    wait_for(lambda: not psutil.pid_exists(tool) or _is_zombie(tool))  # until it is reaped


def test_a_signal_while_a_tool_is_being_started_does_not_lose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Disturbed(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self.pid)
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Disturbed)
    earlier = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(number))
    try:
        with pytest.raises(SystemExit):
            run("Bash", {"command": "exec sleep 600"}, tmp_path)
    finally:
        signal.signal(signal.SIGTERM, earlier)
    (tool,) = started
    wait_for(lambda: not psutil.pid_exists(tool) or _is_zombie(tool))


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_failing_command_and_an_unknown_tool_are_told_to_the_model(tmp_path: Path) -> None:
    assert run("Bash", {"command": "echo no; exit 3"}, tmp_path).text == "no\n\nexit status 3"
    assert run("Bash", {"cmd": "x"}, tmp_path).failed
    assert run("Read", {}, tmp_path).failed
