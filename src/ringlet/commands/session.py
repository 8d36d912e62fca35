"""What a command works with: its caller, the use cases, and how to show results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from ringlet.commands.caller import Caller
from ringlet.commands.json_text import as_json
from ringlet.commands.table import facts, table
from ringlet.commands.text import Text
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.rights import USER, Origin
from ringlet.engine.services import Services

if TYPE_CHECKING:
    from ringlet.engine.plans import Situation


class DaemonControl(Protocol):
    """What `ringlet daemon …` needs of the process that it runs in."""

    def start(self, options: list[str]) -> dict[str, Any]:
        """Start a daemon if none runs; returns its status."""

    def restart(self, options: list[str]) -> dict[str, Any]:
        """Start a daemon in the place of the one that runs, if any; returns its status."""

    def status(self) -> dict[str, Any] | None:
        """The status of the running daemon; never starts one."""

    def adjust(self, change: dict[str, Any]) -> dict[str, Any]:
        """Change how the running daemon was started; returns its status."""

    def obstacle(self) -> str:
        """What stands in the way of a daemon; "" if nothing does."""

    def stop(self) -> bool:
        """End the daemon; False if none ran."""

    def rotate_token(self) -> bool:
        """Replace the token of HTTP; False if no daemon runs."""

    def serve(self, options: list[str]) -> None:
        """Become the daemon, in this process, once the command has ended."""


class Session(msgspec.Struct, frozen=True):
    """One command invocation. `services` is None where no daemon is needed or to be had.

    `origin` is who gives the command.
    """

    caller: Caller
    json: bool
    services: Services | None = None
    control: DaemonControl | None = None
    offline: str = ""
    log_level: str = ""
    origin: Origin = USER

    @property
    def use(self) -> Services:
        """The use cases; raises if this process has none."""
        if self.services is None:
            raise RingletError(
                ErrorCode.DAEMON_UNREACHABLE, f"No daemon can be reached: {self.offline}"
            )
        return self.services

    @property
    def change(self) -> Services:
        """The use cases for something that changes state: only the daemon may do that."""
        if self.offline:
            raise RingletError(
                ErrorCode.DAEMON_UNREACHABLE,
                f"This needs the daemon, which cannot be started: {self.offline}",
            )
        return self.use

    @property
    def situation(self) -> Situation:
        """Where and with what environment the command was typed."""
        from ringlet.engine.plans import Situation  # loaded for commands that plan something

        invocation = self.caller.invocation
        return Situation(invocation.cwd, invocation.environ)

    def show(self, data: Any, text: Callable[[], Text]) -> None:
        """Say the result: `data` with --json, else `text` for people."""
        if self.json:
            self.caller.hand_out(msgspec.json.format(as_json(data), indent=2).decode())
        else:
            self.caller.say(text())

    def hand_out(self, data: Any, text: Callable[[], str]) -> None:
        """Like `show`, where programs read the text as well."""
        if self.json:
            self.show(data, str)
        else:
            self.caller.hand_out(text())

    def line(self, data: Any) -> None:
        """Say `data` as one line of JSON."""
        self.caller.hand_out(as_json(data).decode())

    def succeed(self, message: str, notes: Sequence[str] = ()) -> None:
        """Say that something was done; notes go to the standard error."""
        self.notes(notes)
        self.show({"success": message}, lambda: message)

    def notes(self, notes: Iterable[str]) -> None:
        """Say something beside the result, on the standard error."""
        for note in notes:
            self.caller.note(note)

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str
    ) -> list[str]:
        """A table for the caller's terminal, or `empty` if there are no rows; lines."""
        if not rows:
            return [empty]
        bold = self.caller.invocation.colour
        return table(heads, rows, columns=self._columns, bold=bold)

    def facts(self, *pairs: tuple[str, str]) -> list[str]:
        """Lines of aligned names and values; pairs without a value are left out."""
        return facts(pairs, columns=self._columns)

    @property
    def _columns(self) -> int:
        """Those of the caller's terminal; what goes into files and programs is never folded."""
        invocation = self.caller.invocation
        return invocation.columns if invocation.terminals[1] else 10_000
