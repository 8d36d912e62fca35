"""Whoever typed the command: their terminal as seen from a command."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ringlet.commands.text import Text, shown
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.legible import clean_lines, legible, writable
from ringlet.domain.secret import Secret
from ringlet.wire.relay import Invocation
from ringlet.wire.replies.runs import ExecutionContext

_CLEAR: Final = "\x1b[H\x1b[2J"
_OWN: Final = {"/proc/self/": "/proc/{pid}/", "/dev/fd/": "/proc/{pid}/fd/"}


class Caller(ABC):
    """Collects output, and asks the caller's own process for what only it can do.

    All text for the caller's terminal passes here, and is made harmless here: a name that comes
    from elsewhere may hold what a terminal would act on.
    """

    def __init__(self, invocation: Invocation) -> None:
        self.invocation = invocation
        self._out: list[str] = []
        self._err: list[str] = []

    def say(self, text: Text) -> None:
        """A line for people on the standard output, or several."""
        self._out.append(shown(text))

    def hand_out(self, text: str) -> None:
        """Lines for programs on the standard output: exact, unless it is a terminal."""
        cleaned = clean_lines if self.invocation.terminals[1] else writable
        self._out.append(cleaned(text) + "\n")

    def clear_screen(self) -> None:
        """Begin at the top of an empty terminal, if the standard output is one."""
        if self.invocation.terminals[1]:
            self._out.append(_CLEAR)

    def note(self, text: str) -> None:
        """A line on the standard error: progress, warnings, errors."""
        self._err.append(shown(text))

    def take_output(self) -> tuple[str, str]:
        """What was said and noted since the last call."""
        out, err = "".join(self._out), "".join(self._err)
        self._out.clear()
        self._err.clear()
        return out, err

    def locate(self, path: str | None) -> str | None:
        """A path as the caller means it: relative to their folder, unless it begins with ~."""
        if path is None or path.startswith("~"):
            return path
        full = os.path.join(self.invocation.cwd, path)
        # What these mean depends on who asks, and that is not this process.
        for own, theirs in _OWN.items():
            if self.client is not None and full.startswith(own):
                return theirs.format(pid=self.client[0]) + full.removeprefix(own)
        return full

    async def flush(self) -> None:
        """Show at once what was said so far."""
        await self.ask("show", {})

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Within it the command may take any time: it waits for events, or tells how far it is."""
        yield

    async def show_more(self, since: int | None = None) -> None:
        """Show at once what was said so far; without a reader the command ends.

        From now on the next daemon goes on with the command, with what came after event `since`.
        """
        await self._checked("follow", {"since": since})

    async def rejoin(self, reason: str, since: int | None = None) -> None:
        """The daemon goes: have the command go on with the next one."""
        await self._checked("rejoin", {"since": since, "reason": reason})

    def require_terminal(self, need: str, *, hint: str) -> None:
        """Raise with the hint if nobody is there to answer; `need` says what for."""
        if not self.invocation.interactive:
            message = f"{need}, but there is no terminal to ask on"
            raise RingletError(ErrorCode.INVALID_REQUEST, message, hint=hint)

    async def prompt(self, text: str, *, hint: str) -> str:
        """Ask for a line; raises with the hint if nobody is there to answer."""
        return str((await self._question(text, hint, hidden=False))["value"])

    async def prompt_secret(self, text: str, *, hint: str) -> Secret:
        """Ask for a secret without echo; raises with the hint if nobody is there to answer."""
        return Secret((await self._question(text, hint, hidden=True))["value"].strip())

    async def ask_passphrase(self, refusal: str) -> Secret:
        """Ask for the passphrase of the secret store; `refusal` tells what was wrong before."""
        if refusal:
            self.note(refusal)
        hint = "Unlock it with: ringlet secrets unlock"
        return await self.prompt_secret("Passphrase of the secret store", hint=hint)

    async def read_stdin(self) -> str:
        """The caller's whole standard input."""
        return str((await self._checked("read_stdin", {}))["value"])

    async def pieces(self, path: str) -> AsyncIterator[bytes]:
        """What is in a file or pipe that the caller names, "-" for the standard input.

        Their own process reads it: see `ringlet.cli.reading`. Raises STORAGE_ERROR.
        """
        while True:
            result = await self.ask("read_file", {"path": path})
            if failure := result.get("failure"):
                raise RingletError(ErrorCode.STORAGE_ERROR, str(failure))
            if not (data := str(result["value"]).encode("latin-1")):
                return
            yield data

    async def edit(self, path: str) -> None:
        """Open a file in the caller's editor and wait for it to be closed."""
        await self._checked("edit", {"path": path})

    async def open_browser(self, url: str) -> None:
        """Open an address in the caller's browser; raises if there is none."""
        await self._checked("open", {"url": url})

    async def run(self, plan: ExecutionContext) -> dict[str, Any]:
        """Run a plan in the caller's terminal; returns exit_code and usage figures."""
        return _succeeded(await self.carry_out(plan))

    @property
    def client(self) -> tuple[int, int] | None:
        """Process id and connection of whoever can carry out plans; None if nobody can."""
        return None

    @abstractmethod
    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        """Have the caller's process run the plan; a result with `failure` if it could not."""

    @abstractmethod
    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        """Have the caller's process carry out an action of `ringlet.cli.actions`."""

    async def _question(self, text: str, hint: str, *, hidden: bool) -> dict[str, Any]:
        self.require_terminal(f"This needs an answer ({text})", hint=hint)
        return _succeeded(await self.ask("prompt", {"text": legible(text), "hidden": hidden}), hint)

    async def _checked(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        return _succeeded(await self.ask(action, detail))


def _succeeded(result: dict[str, Any], hint: str = "") -> dict[str, Any]:
    if failure := result.get("failure"):
        status = int(result.get("exit_status", 1))
        code = ErrorCode.EXECUTION_ERROR
        raise RingletError(code, str(failure), hint=hint, exit_status=status)
    return result
