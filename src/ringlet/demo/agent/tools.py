"""The two tools of the demo agent."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TIMEOUT_SECONDS: Final = 120.0
_LONGEST_OUTPUT: Final = 30_000
_TOKEN: Final = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105 - the name of the variable, not a token


def _describe(name: str, description: str, *arguments: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {argument: {"type": "string"} for argument in arguments},
        "required": list(arguments),
    }
    return {"name": name, "description": description, "input_schema": schema}


DEFINITIONS: Final = (
    _describe("Bash", "Run a shell command in the working folder.", "command"),
    _describe("Write", "Write a text file inside the working folder.", "file_path", "content"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gave back for the model to read."""

    text: str
    failed: bool = False


def summary(name: str, arguments: dict[str, Any]) -> str:
    """One line for people about a call."""
    subject = arguments.get("command") if name == "Bash" else arguments.get("file_path")
    return f"{name}: {subject}"


def run(name: str, arguments: dict[str, Any], cwd: Path) -> Outcome:
    """Carry out one call of the model; trouble is an outcome, for the model to deal with."""
    match name, arguments:
        case "Bash", {"command": str(command)}:
            return _bash(command, cwd)
        case "Write", {"file_path": str(path), "content": str(content)}:
            return _write(path, content, cwd)
        case _:
            return Outcome(f"there is no tool {name} with these arguments", failed=True)


def _bash(command: str, cwd: Path) -> Outcome:
    """Run the command in a session of its own, and leave nothing of it behind.

    What the model runs has no business with the key, so the variable stays out.
    """
    environ = {name: value for name, value in os.environ.items() if name != _TOKEN}
    process: subprocess.Popen[bytes] | None = None
    try:
        with _undisturbed():
            # Running what the model asks for is what the tool is there for.
            process = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", command],
                cwd=cwd,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
    except OSError as error:
        return Outcome(f"the command cannot be started: {error.strerror or error}", failed=True)
    except subprocess.TimeoutExpired:
        return Outcome(f"the command took longer than {_TIMEOUT_SECONDS:.0f} s", failed=True)
    finally:
        if process is not None:
            _end(process)
    text = output.decode(errors="replace")[:_LONGEST_OUTPUT]
    if process.returncode:
        return Outcome(f"{text}\nexit status {process.returncode}".lstrip(), failed=True)
    return Outcome(text)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A signal that ends us waits: in the midst of a start nobody would know what to end."""
    came: list[int] = []
    earlier = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
        for each in came:
            signal.raise_signal(each)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the command's process group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of a dead group
        pass
    process.wait()


def _write(path: str, content: str, cwd: Path) -> Outcome:
    """Write inside the folder only; a link that leads out of it does not count as inside."""
    root = cwd.resolve()
    target = (root / path).resolve()
    if not target.is_relative_to(root) or target == root:
        return Outcome(f"{path} is not a file inside {root}", failed=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    except OSError as error:
        return Outcome(f"{path} cannot be written: {error.strerror or error}", failed=True)
    return Outcome(f"wrote {target.relative_to(root)}")
