"""A terminal on which a command runs as if somebody sat there."""

from __future__ import annotations

import os
import pty
import select
import termios
import time
from contextlib import suppress

from tests.e2e.world import RINGLET, World, wait_for


class Terminal:
    """A command on a terminal of its own; `answers` are typed when the screen shows their cue."""

    def __init__(self, world: World, *arguments: str, **environ: str) -> None:
        pid, self._fd = pty.fork()
        if pid == 0:
            os.chdir(world.project)
            os.execve(RINGLET, [RINGLET, *arguments], {**world.environ, **environ})
        self._pid = pid
        os.set_inheritable(self._fd, False)  # or another terminal's command would keep it open
        termios.tcsetwinsize(self._fd, (40, 120))
        self.screen = ""

    @property
    def pid(self) -> int:
        """The process id of the command."""
        return self._pid

    def hang_up(self) -> None:
        """Close the terminal, as if its window was closed, and wait for the command's end."""
        os.close(self._fd)
        os.waitpid(self._pid, 0)

    def answer(self, cue: str, text: str, enter: str = "\n") -> None:
        wait_for(lambda: cue in self.look(), f"{cue!r} on the screen")
        self.screen = self.screen.partition(cue)[2]
        os.write(self._fd, f"{text}{enter}".encode())

    def type(self, text: str) -> None:
        """Type it as it is, whatever the screen shows."""
        os.write(self._fd, text.encode())

    def look(self) -> str:
        """The screen by now, without waiting for more of it."""
        while select.select([self._fd], [], [], 0)[0] and self._read():
            pass
        return self.screen

    def end(self) -> int:
        """Read on to the end; the exit status."""
        while self._read():
            pass
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def leave(self, text: str) -> int:
        """Type it again and again until the command has ended; the exit status."""
        while self._goes_on():
            with suppress(OSError):  # it has just ended
                self.type(text)
        return self.end()

    def _goes_on(self) -> bool:
        """Read what comes for a while; whether it is not the end."""
        deadline = time.monotonic() + 0.3
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._fd], [], [], left)[0] and not self._read():
                return False
        return True

    def _read(self) -> bool:
        """Wait for more of the screen; whether there is more."""
        try:
            more = os.read(self._fd, 65536)
        except OSError:  # the other side is closed
            return False
        self.screen += more.decode(errors="replace")
        return bool(more)
