"""Start the planned program in the caller's terminal and see it through to its end.

The program stays in our process group: the terminal sends Ctrl-C, Ctrl-Z and window changes to
it as if it had been started by hand. We ignore the keys, pass on what only we receive, and
report process id and end to the daemon, which holds a lease on our connection meanwhile.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import Any

from ringlet.cli.actions import ActionFailed
from ringlet.cli.link import Link, LinkLost, LinkRefused

_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_LEFT_TO_AGENT = (signal.SIGINT, signal.SIGQUIT)
_SETTLE_SECONDS = 0.02


def supervise(plan: dict[str, Any], link: Link | None) -> dict[str, Any]:
    """Run the plan (an execution context); returns exit code, signal, and what it used."""
    environ = dict(plan["env"]) | _secrets(plan, link)
    if plan["working_dir"] != _cwd():
        _enter(plan["working_dir"])
    environ["PWD"] = plan["working_dir"]
    started = time.monotonic()
    old_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # until there is an agent
    try:
        pid = _spawn(plan, environ, old_mask)
        for number in _PASSED_ON:
            signal.signal(number, lambda received, _frame: _pass_on(pid, received))
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old_mask)
    _tell(link, {"type": "run_started", "run_id": plan["run_id"], "pid": pid})

    from ringlet.runtime import process, tree

    process.become_subreaper()
    status, usage = _wait(pid)
    duration = time.monotonic() - started
    tree.sweep(plan["run_id"], timeout=5.0)
    usage = _add_orphans(usage)
    code = os.waitstatus_to_exitcode(status)
    return {
        "exit_code": code,
        "signal": -code if code < 0 else None,
        "duration_secs": duration,
        "cpu_seconds": usage[0],
        "peak_memory_bytes": usage[1],
    }


def _secrets(plan: dict[str, Any], link: Link | None) -> dict[str, str]:
    """Redeem the plan's ticket: the keys travel once, over the checked socket, to their user."""
    if not plan["secret_env"]:
        return {}
    if link is None:
        raise ActionFailed("keys are only available from the daemon")
    request = {"type": "run_secrets", "ticket": plan["ticket"]}
    try:
        reply = json.loads(link.call(json.dumps(request).encode()))
    except (LinkLost, LinkRefused) as error:
        raise ActionFailed(str(error)) from error
    if reply["type"] != "run_secrets":
        raise ActionFailed(reply["data"]["message"])
    secrets: dict[str, str] = reply["data"]["env"]
    return secrets


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise ActionFailed(f"cannot work in {folder}: {error.strerror}") from error


def _spawn(plan: dict[str, Any], environ: dict[str, str], mask: set[int | signal.Signals]) -> int:
    """Start the program with default signals; from here on the terminal's keys are its own."""
    for number in _LEFT_TO_AGENT:
        signal.signal(number, signal.SIG_IGN)
    sys.stdout.flush()
    try:
        return os.posix_spawn(
            plan["binary"],
            [plan["binary"], *plan["args"]],
            environ,
            setsigdef=[*_LEFT_TO_AGENT, signal.SIGPIPE],
            setsigmask=mask,
        )
    except OSError as error:
        raise ActionFailed(f"cannot start {plan['binary']}: {error.strerror}") from error


def _tell(link: Link | None, request: dict[str, Any]) -> None:
    """Report to the daemon; a daemon that went away hears of the end from the next connection."""
    if link is not None:
        try:
            link.call(json.dumps(request).encode())
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
