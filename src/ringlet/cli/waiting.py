"""Wait for the program that we started, and for the orphans that we adopt meanwhile."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal

_SETTLE_SECONDS = 0.02
_HANGUP_SECONDS = 5.0


class Waiting:
    """Collects ended children; `cpu` (seconds) and `peak` (bytes) are what they have used."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.cpu = 0.0
        self.peak = 0

    def until_end(self) -> int:
        """Wait for the program's end, and stop when it stops by itself; returns its status."""
        while True:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
            if found is None:
                continue
            if found.si_code != os.CLD_STOPPED:
                status = self._collect(found.si_pid)
                if found.si_pid == self._pid:
                    return status
            elif found.si_pid == self._pid:
                self._stop_with_it()
            else:
                _take_stop(found.si_pid)

    def collect_rest(self) -> None:
        """Collect what has ended besides."""
        try:
            while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._collect(found.si_pid)
        except ChildProcessError:  # there are no others
            pass

    def _collect(self, pid: int) -> int:
        _, status, usage = os.wait4(pid, 0)
        self.cpu += usage.ru_utime + usage.ru_stime
        # ru_maxrss is in KiB, but in bytes on macOS.
        unit = 1 if sys.platform == "darwin" else 1024
        self.peak = max(self.peak, usage.ru_maxrss * unit)
        return status

    def _stop_with_it(self) -> None:
        # Ctrl-Z stops us as well, and `fg` may wake us first: look again before we believe it.
        time.sleep(_SETTLE_SECONDS)
        if _take_stop(self._pid):
            os.kill(os.getpid(), signal.SIGSTOP)  # the shell gets its terminal back
            pass_on(self._pid, signal.SIGCONT)


def has_terminal() -> bool:
    """Whether a terminal controls us; none does any more once its window was closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def end_with_terminal(pid: int, end: Callable[[], object]) -> None:
    """From now on `end` the run if the terminal goes and the program goes on all the same.

    There are agents that do not heed a hangup, and would go on unseen for ever.
    """

    def hang_up(number: int, _frame: object) -> None:
        pass_on(pid, number)
        if not has_terminal():
            signal.setitimer(signal.ITIMER_REAL, _HANGUP_SECONDS)

    signal.signal(signal.SIGALRM, lambda _number, _frame: end())
    signal.signal(signal.SIGHUP, hang_up)
    if not has_terminal():  # it went just now
        hang_up(signal.SIGHUP, None)


def leave_terminal() -> None:
    """The program has ended: nothing depends on the terminal any more."""
    signal.setitimer(signal.ITIMER_REAL, 0)


def pass_on(pid: int, number: int) -> None:
    """Send a signal; one that comes too late is lost."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _take_stop(pid: int) -> bool:
    """Whether the child is stopped; a stop is told once."""
    try:
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG) is not None
    except ChildProcessError:  # it was killed meanwhile
        return False
