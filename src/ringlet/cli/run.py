"""Start the planned program in the caller's terminal and see it through to its end.

The program stays in our process group: the terminal sends Ctrl-C, Ctrl-Z and window changes to
it as if it had been started by hand. We ignore the keys, pass on what only we receive, and
report process id and end to the daemon, which holds a lease on our connection meanwhile.

`_signal` instead of `signal`, and no JSON: their imports would cost more than all the rest.
"""

from __future__ import annotations

import os
import sys
import time

from ringlet.cli.link import Link, LinkLost, LinkRefused
from ringlet.cli.relay import write

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
else:
    import _signal as signal

_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_LEFT_TO_AGENT = (signal.SIGINT, signal.SIGQUIT)
_MIRRORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGPIPE)
_SETTLE_SECONDS = 0.02
_SWEEP_SECONDS = 5.0


class _Failed(Exception):
    """The program could not be started; the daemon hears the text."""


class _Plan:
    """A run as it comes over the wire; see `ringlet.wire.relay.run_plan`."""

    def __init__(self, reply: bytes) -> None:
        fields = reply.split(b"\0")
        names = ("conversation", "run_id", "ticket", "folder", "binary")
        values = dict(zip(names, fields[1:6], strict=True))
        self.conversation = values["conversation"]
        self.run_id = values["run_id"]
        self.ticket = values["ticket"]
        self.folder = values["folder"]
        self.binary = values["binary"]
        size = int(fields[6])
        self.argv = [self.binary, *fields[7 : 7 + size]]
        self.environ = _variables(fields[7 + size :])


def carry_out(link: Link, reply: bytes) -> tuple[bytes, int]:
    """Run the plan; returns the daemon's answer and the signal that ended the program, or 0."""
    head, _, body = reply.partition(b"\n")
    out, err = (int(size) for size in head[1:].split(b" "))
    write(1, body[:out])
    write(2, body[out : out + err])
    plan = _Plan(body[out + err :])
    try:
        result, code = _supervise(plan, link)
    except _Failed as error:
        return _resume(link, plan, b"failure", str(error).encode()), 0
    try:
        return _resume(link, plan, *result), max(0, -code)
    except LinkLost:
        from ringlet.cli import handover

        return handover.report(plan.run_id.decode(), result, code), max(0, -code)


def end_like_the_agent(number: int) -> None:
    """Die of the signal that ended the agent, so that the shell sees what it would have seen."""
    if number in _MIRRORED:
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _supervise(plan: _Plan, link: Link) -> tuple[tuple[bytes, ...], int]:
    """Start the program, wait for it, end what it left; returns the report and its exit code."""
    if plan.ticket:
        plan.environ |= _redeem(plan, link)
    _enter(plan.folder)
    plan.environ[b"PWD"] = plan.folder
    old_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # until there is an agent
    try:
        pid = _spawn(plan, old_mask)
        for number in _PASSED_ON:
            signal.signal(number, lambda received, _frame: _pass_on(pid, received))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old_mask)
    _tell_start(link, plan, pid)

    from ringlet.runtime import process, tree  # while the agent is at work

    process.become_subreaper()
    status, usage = _wait(pid)
    tree.sweep(plan.run_id.decode(), timeout=_SWEEP_SECONDS)
    cpu, peak = _add_orphans(usage)
    code = os.waitstatus_to_exitcode(status)
    return (b"ended", b"%d" % code, b"%.6f" % cpu, b"%d" % peak), code


def _resume(link: Link, plan: _Plan, *fields: bytes) -> bytes:
    """Report to the daemon; the result is its answer."""
    return link.call(b"\0".join((b"", b"ringlet-run/1", plan.conversation, *fields)))


def _redeem(plan: _Plan, link: Link) -> dict[bytes, bytes]:
    """Redeem the plan's ticket: the keys travel once, over the checked socket, to their user."""
    try:
        reply = link.call(b"\0ringlet-keys/1\0" + plan.ticket)
    except (LinkLost, LinkRefused) as error:
        raise _Failed(str(error)) from error
    if not reply.startswith(b"\0"):
        raise _Failed(reply.decode(errors="replace"))
    return _variables(reply[1:].split(b"\0"))


def _variables(fields: Sequence[bytes]) -> dict[bytes, bytes]:
    found = {}
    for field in fields:
        name, equals, value = field.partition(b"=")
        if equals:
            found[name] = value
    return found


def _enter(folder: bytes) -> None:
    try:
        if os.getcwdb() != folder:
            os.chdir(folder)
    except OSError as error:
        where = folder.decode(errors="replace")
        raise _Failed(f"cannot work in {where}: {error.strerror}") from error


def _spawn(plan: _Plan, mask: set[int | signal.Signals]) -> int:
    """Start the program with default signals; from here on the terminal's keys are its own."""
    for number in _LEFT_TO_AGENT:
        signal.signal(number, signal.SIG_IGN)
    try:
        return os.posix_spawn(
            plan.binary,
            plan.argv,
            plan.environ,
            setsigdef=[*_LEFT_TO_AGENT, signal.SIGPIPE],
            setsigmask=mask,
        )
    except OSError as error:
        what = plan.binary.decode(errors="replace")
        raise _Failed(f"cannot start {what}: {error.strerror}") from error


def _tell_start(link: Link, plan: _Plan, pid: int) -> None:
    """A daemon that went away meanwhile hears of the run when it ends."""
    try:
        link.call(b'{"type":"run_started","run_id":"%s","pid":%d}' % (plan.run_id, pid))
    except (LinkLost, LinkRefused):
        pass


def _wait(pid: int) -> tuple[int, tuple[float, int]]:
    """Wait for the program's end, and stop when it stops by itself."""
    while True:
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        if found is None or found.si_code != os.CLD_STOPPED:
            _, status, usage = os.wait4(pid, 0)
            return status, (usage.ru_utime + usage.ru_stime, _bytes(usage.ru_maxrss))
        # Ctrl-Z stops us as well, and `fg` may wake us first: look again before we believe it.
        time.sleep(_SETTLE_SECONDS)
        if _is_stopped(pid):
            os.kill(os.getpid(), signal.SIGSTOP)  # the shell gets its terminal back
            _pass_on(pid, signal.SIGCONT)


def _is_stopped(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG) is not None
    except ChildProcessError:  # it was killed meanwhile
        return False


def _pass_on(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _add_orphans(usage: tuple[float, int]) -> tuple[float, int]:
    """Reap what the agent left behind and we inherited, and count what it used."""
    cpu, peak = usage
    while True:
        try:
            pid, _, more = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return cpu, peak
        if pid == 0:
            return cpu, peak
        cpu += more.ru_utime + more.ru_stime
        peak = max(peak, _bytes(more.ru_maxrss))


def _bytes(maxrss: int) -> int:
    """ru_maxrss is in KiB, but in bytes on macOS."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024
