"""The command line of the demo agent."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Final

from ringlet import __version__
from ringlet.demo.agent.conversation import Conversation
from ringlet.demo.agent.history import History
from ringlet.demo.agent.plain import plain
from ringlet.demo.agent.provider import Provider
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret

_DEFAULT_MODEL: Final = "ringlet-demo"
_LEAVE: Final = ("/exit", "/quit")


def main(argv: list[str] | None = None) -> int:
    """Answer the prompt of `-p`, or those that come in on stdin; returns the exit status.

    Without `argv` it is a program of its own: it reads the arguments of the process and ends
    on SIGTERM by way of an exception, so that a running tool is ended too.
    """
    if argv is None:
        signal.signal(signal.SIGTERM, _leave)
    options = _parser().parse_args(argv)
    try:
        conversation = _open(os.environ, options.model)
        if options.prompt is not None:
            conversation.ask(options.prompt)
        else:
            _talk(conversation)
    except RingletError as error:
        _report(error)
        return 1
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        # Nobody reads on, or the disk is full; keep the interpreter from flushing once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(plain(f"Error: {error}"), file=sys.stderr)
        return 1
    return 0


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo-agent", description="Ringlet's demo agent.")
    version = f"{__version__} (Ringlet demo agent)"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("-p", dest="prompt", metavar="PROMPT", help="answer this and exit")
    parser.add_argument("--model", help="instead of ANTHROPIC_MODEL")
    return parser


def _open(environ: Mapping[str, str], model: str | None) -> Conversation:
    base_url = environ.get("ANTHROPIC_BASE_URL")
    if not base_url:
        raise RingletError(
            ErrorCode.INVALID_ENDPOINT,
            "ANTHROPIC_BASE_URL is not set",
            hint="Start the agent by a profile, or set the address of a provider.",
        )
    provider = Provider(
        base_url,
        Secret(environ.get("ANTHROPIC_AUTH_TOKEN", "")),
        model or environ.get("ANTHROPIC_MODEL") or _DEFAULT_MODEL,
    )
    home = Path(environ.get("HOME") or Path.home())
    return Conversation(provider, History(home / ".demo-agent" / "history.jsonl"), Path.cwd())


def _talk(conversation: Conversation) -> None:
    """Answer one line after the other; an error ends the answer, not the talk."""
    for prompt in _prompts():
        try:
            conversation.ask(prompt)
        except RingletError as error:
            _report(error)


def _prompts() -> Iterator[str]:
    mark = "> " if sys.stdin.isatty() else ""
    while True:
        try:
            prompt = input(mark).strip()
        except EOFError:
            return
        if prompt in _LEAVE:
            return
        if prompt:
            yield prompt


def _report(error: RingletError) -> None:
    hint = f"\n{error.hint}" if error.hint else ""
    print(plain(f"Error: {error.message}{hint}"), file=sys.stderr)
