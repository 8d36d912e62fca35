"""The processes of this machine, as the system lists them.

Linux answers from /proc, without a dependency, because the command line reads it after every
run; other systems answer through psutil.
"""

from __future__ import annotations

import os
import sys

from ringlet.runtime.light import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Row(NamedTuple):
    """One process. `start` only compares with others of this boot; `cpu` is in seconds.

    `state` is the letter of `ps`: T is stopped, Z is ended but not yet collected by its parent.
    `cpu` includes the children that the process has waited for.
    """

    pid: int
    parent: int
    group: int
    session: int
    state: str
    start: float
    uid: int
    cpu: float


def rows() -> Iterator[Row]:
    """All processes that exist now and did not end while being read."""
    for pid in _pids():
        found = row(pid)
        if found is not None:
            yield found


if sys.platform == "linux":
    _TICKS = os.sysconf("SC_CLK_TCK")

    def _pids() -> Iterator[int]:
        return (int(name) for name in os.listdir("/proc") if name.isdigit())

    def row(pid: int) -> Row | None:
        """The process with this id, None if there is none."""
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                text = file.read()
                # The folder keeps the effective user even of a process that hides its files.
                uid = os.stat(f"/proc/{pid}").st_uid
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return None  # gone, or one of somebody else's that the system hides
        # The name before may hold spaces and brackets, so count from its last bracket.
        fields = text[text.rindex(b")") + 2 :].split()
        return Row(
            pid=pid,
            parent=int(fields[1]),
            group=int(fields[2]),
            session=int(fields[3]),
            state=fields[0].decode(),
            start=int(fields[19]),
            uid=uid,
            cpu=sum(map(int, fields[11:15])) / _TICKS,
        )

    def values(pid: int, variable: str) -> set[str]:
        """What the variable was when the process was started; none if it may not be asked."""
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environ = file.read()
        except OSError:
            return set()
        lead = os.fsencode(f"{variable}=")
        found = [item for item in environ.split(b"\0") if item.startswith(lead)]
        return {os.fsdecode(item.removeprefix(lead)) for item in found}

    def peak_memory(pid: int) -> int:
        """The most memory that the process ever held, in bytes; 0 if it is gone."""
        try:
            with open(f"/proc/{pid}/status", "rb") as file:
                lines = file.read().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return 0
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(b"VmHWM:"))

else:
    import psutil

    _LETTERS = {psutil.STATUS_STOPPED: "T", psutil.STATUS_ZOMBIE: "Z"}

    def _pids() -> Iterator[int]:
        return iter(psutil.pids())

    def row(pid: int) -> Row | None:
        """The process with this id, None if there is none."""
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                return Row(
                    pid=pid,
                    parent=process.ppid(),
                    group=os.getpgid(pid),
                    session=os.getsid(pid),
                    state=_LETTERS.get(process.status(), "S"),
                    start=round(process.create_time() * 1_000_000),
                    uid=process.uids().effective,
                    cpu=_cpu(process),
                )
        except (psutil.Error, OSError):
            return None

    def _cpu(process: psutil.Process) -> float:
        try:
            return sum(process.cpu_times()[:2])
        except psutil.Error:  # macOS refuses for a process that is ending
            return 0.0

    def values(pid: int, variable: str) -> set[str]:
        """What the variable was when the process was started; none if it may not be asked."""
        try:
            environ = psutil.Process(pid).environ()
        except (psutil.Error, OSError):
            return set()
        return {environ[variable]} if variable in environ else set()

    def peak_memory(pid: int) -> int:
        """The memory that the process holds now, in bytes: the system keeps no peak."""
        try:
            return psutil.Process(pid).memory_info().rss
        except psutil.Error:
            return 0


def started_with(pid: int, variable: str, value: str) -> bool:
    """Whether the process was started with this variable; False if it may not be asked."""
    return value in values(pid, variable)
