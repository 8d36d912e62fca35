"""A caller in our own process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ringlet.commands.caller import Caller
from ringlet.wire.relay import Invocation
from ringlet.wire.replies.runs import ExecutionContext


class DirectCaller(Caller):
    """Writes to our own terminal with `write` and carries out actions with `perform`."""

    def __init__(
        self,
        invocation: Invocation,
        perform: Callable[[str, dict[str, Any]], dict[str, Any]],
        write: Callable[[int, bytes], None],
    ) -> None:
        super().__init__(invocation)
        self._perform = perform
        self._write = write

    def write(self) -> None:
        """Write out what was said so far."""
        out, err = self.take_output()
        for fd, text in ((1, out), (2, err)):
            self._write(fd, text.encode(errors="surrogateescape"))

    async def carry_out(self, plan: ExecutionContext) -> dict[str, Any]:
        return {"failure": "programs are run for clients of the daemon only"}

    async def ask(self, action: str, detail: dict[str, Any]) -> dict[str, Any]:
        self.write()
        return self._perform(action, detail)
