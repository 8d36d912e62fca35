"""What a command may find in place of a daemon that answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from tests.faults.scratch import RINGLET, Account

_SECONDS: Final = 20.0
_OTHER_BUILD: Final = """
import sys
import ringlet
ringlet.__version__ = "9.9.9"
from ringlet.cli.main import main
sys.argv = ["ringlet", "daemon", "--foreground"]
sys.exit(main())
"""


def warm(account: Account) -> int:
    account.run("daemon", "start", "--stay-alive")
    return account.daemon() or 0


def stopped(account: Account) -> None:
    if pid := warm(account):
        os.kill(pid, signal.SIGSTOP)


def killed(account: Account) -> None:
    if pid := warm(account):
        os.kill(pid, signal.SIGKILL)


def deaf(account: Account) -> None:
    """Something listens where a daemon was written down, and never says a word."""
    account.config.mkdir(parents=True)
    for folder in (account.config.parent, account.config):
        os.chown(folder, account.user or -1, -1)
    path = account.runtime / "deaf.sock"
    (account.config / "daemon-endpoint").write_text(str(path))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    path.chmod(0o777)
    _deaf.append(listener)
    del _deaf[:-1]  # those of earlier trials


def of_another_build(account: Account) -> None:
    _start(account, [os.fsencode(sys.executable), b"-I", b"-c", _OTHER_BUILD.encode()])


def from_another_time(account: Account) -> None:
    clock = [b"/usr/bin/faketime", b"-f", b"@2106-02-07 06:28:16"]
    _start(account, [*clock, RINGLET, b"daemon", b"--foreground"])


def _start(account: Account, argv: list[bytes]) -> None:
    here = account.surroundings()
    subprocess.Popen(
        here.argv(argv), env=here.environ, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + _SECONDS
    while account.daemon() is None and time.monotonic() < deadline:
        time.sleep(0.02)


_deaf: list[socket.socket] = []
STATES: Final[tuple[Callable[[Account], object], ...]] = (
    warm, stopped, killed, deaf, of_another_build, from_another_time
)  # fmt: skip
