"""Start the planned program in the caller's terminal and see it through to its end.

The program stays in our process group: the terminal sends Ctrl-C, Ctrl-Z and window changes to
it as if it had been started by hand. We ignore the keys, pass on what only we receive, and
report process id and end to the daemon, which holds a lease on our connection meanwhile.

`_signal` instead of `signal`, and no JSON: their imports would cost more than all the rest.
"""

from __future__ import annotations

import errno
import os

from ringlet.cli.link import Link, LinkLost, LinkRefused, LinkSilent
from ringlet.cli.output import say_error, write
from ringlet.cli.waiting import (
    Waiting,
    end_with_terminal,
    has_terminal,
    leave_terminal,
    pass_on,
)
from ringlet.store import locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Sequence
else:
    import _signal as signal

_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_LEFT_TO_AGENT = (signal.SIGINT, signal.SIGQUIT)
_MIRRORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGPIPE)
# The interpreter ignores these for itself; a program started by hand has them as usual.
_RESTORED = (signal.SIGPIPE, signal.SIGXFSZ)
_SWEEP_SECONDS = 5.0
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # as shells end


class _Failed(Exception):
    """The program could not be started; the daemon hears the text and what to end with."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


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
    """Run the plan; returns the daemon's answer and the signal that ended the program, or 0.

    Raises LinkRefused if the daemon went before anything was started.
    """
    head, _, body = reply.partition(b"\n")
    out, err = (int(size) for size in head[1:].split(b" "))
    write(1, body[:out])
    write(2, body[out : out + err])
    plan = _Plan(body[out + err :])
    try:
        result, code = _supervise(plan, link)
    except _Failed as error:
        return _give_up(plan, link, error), 0
    try:
        return _resume(link, plan, *result), max(0, -code)
    except (LinkLost, LinkSilent):
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

    from ringlet.runtime import process

    client = process.Process(os.getpid(), process.start_time(os.getpid()) or 0.0)
    if not client.start:
        raise _Failed(
            "the system does not tell of processes here, so what the agent leaves behind could "
            "not be ended; mount /proc and try again"
        )
    on_terminal = has_terminal()
    process.become_subreaper()  # before there is an agent, whose first child may be an orphan
    pid = _start(plan)
    agent = process.Process(pid, process.start_time(pid) or 0.0)
    _tell_start(link, plan, pid)

    from ringlet.runtime import tree  # while the agent is at work

    lock = os.path.join(locations.config_dir(os.environ), locations.LOCK_FILE)
    traces = tree.Traces(plan.run_id.decode(), agent, client)

    def end_all() -> None:
        tree.sweep(traces, _SWEEP_SECONDS, lock=lock)

    waiting = Waiting(pid)
    if on_terminal and not _is_ignored(signal.SIGHUP):
        end_with_terminal(pid, end_all)
    code = os.waitstatus_to_exitcode(waiting.until_end())
    leave_terminal()
    end_all()
    waiting.collect_rest()
    return (b"ended", b"%d" % code, b"%.6f" % waiting.cpu, b"%d" % waiting.peak), code


def _start(plan: _Plan) -> int:
    """Start the program; what only we receive is passed on to it, as soon as there is one."""
    old_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        pid = _spawn(plan, old_mask)
        for number in _PASSED_ON:
            if not _is_ignored(number):
                signal.signal(number, lambda received, _frame: pass_on(pid, received))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old_mask)
    return pid


def _resume(link: Link, plan: _Plan, *fields: bytes) -> bytes:
    """Report to the daemon; the result is its answer."""
    return link.call(b"\0".join((b"", b"ringlet-run/2", plan.conversation, *fields)))


def _give_up(plan: _Plan, link: Link, error: _Failed) -> bytes:
    """Tell the daemon why there is no run; the result is its answer, or ours if it has gone."""
    try:
        return _resume(link, plan, b"failure", b"%d" % error.status, str(error).encode())
    except (LinkLost, LinkSilent):
        say_error(f"Error: {error}")
        return b"%d 0\n" % error.status


def _redeem(plan: _Plan, link: Link) -> dict[bytes, bytes]:
    """Redeem the plan's ticket: the keys travel once, over the checked socket, to their user."""
    try:
        reply = link.call(b"\0ringlet-keys/2\0" + plan.ticket)
    except LinkLost as error:
        raise LinkRefused(str(error)) from error
    except LinkSilent as error:
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
        raise _Failed(f"cannot work in {where}: {error.strerror or error}") from error


def _spawn(plan: _Plan, mask: set[int | signal.Signals]) -> int:
    """Start the program with the signals it would have had by hand.

    From here on the terminal's keys are its own. What our caller ignores (nohup, jobs in the
    background of a script) it ignores as well.
    """
    keys = [number for number in _LEFT_TO_AGENT if not _is_ignored(number)]
    for number in keys:
        signal.signal(number, signal.SIG_IGN)
    try:
        return os.posix_spawn(
            plan.binary,
            plan.argv,
            plan.environ,
            setsigdef=[*keys, *_RESTORED],
            setsigmask=mask,
        )
    except OSError as error:
        what = plan.binary.decode(errors="replace")
        status = _NOT_FOUND if error.errno == errno.ENOENT else _NOT_EXECUTABLE
        raise _Failed(f"cannot start {what}: {error.strerror or error}", status) from error


def _is_ignored(number: int) -> bool:
    return signal.getsignal(number) == signal.SIG_IGN


def _tell_start(link: Link, plan: _Plan, pid: int) -> None:
    """A daemon that went away meanwhile hears of the run when it ends."""
    try:
        link.call(b'{"type":"run_started","run_id":"%s","pid":%d}' % (plan.run_id, pid))
    except (LinkLost, LinkRefused, LinkSilent):
        pass
