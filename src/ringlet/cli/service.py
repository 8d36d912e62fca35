"""Control of the daemon from the client's process: start, status, stop, serve."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ringlet.cli import reach, start
from ringlet.cli.link import Link, LinkLost, LinkRefused, LinkSilent, connect
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.rights import EXIT_STATUS
from ringlet.domain.shell_words import quote
from ringlet.store import instance, locations

_STOP_SECONDS = 15.0
_REPLY_SECONDS = 5.0


class DaemonControl:
    """Talks to the daemon of this environment; only `start` ever starts one."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.wanted: list[str] | None = None
        self._environ = environ
        self._config = locations.config_dir(environ)
        self._lock = os.path.join(self._config, locations.LOCK_FILE)

    def start(self, options: list[str]) -> dict[str, Any]:
        """Start a daemon if none runs; returns its status."""
        return self._start(options, None)

    def restart(self, options: list[str]) -> dict[str, Any]:
        """Start a daemon in the place of the one that runs, if any; returns its status."""
        return self._start(options, self.stop)

    def _start(self, options: list[str], stop: Callable[[], object] | None) -> dict[str, Any]:
        endpoint = next((o.partition("=")[2] for o in options if o.startswith("--socket=")), None)
        path = endpoint or locations.setting(self._environ, "DAEMON_ENDPOINT")
        socket_path = path or locations.default_socket(self._environ, self._config)
        try:
            if socket_path.startswith("tcp://"):
                raise instance.InstanceError(
                    "a daemon on TCP runs in the foreground: "
                    f"ringlet daemon --foreground --socket {quote(socket_path)}"
                )
            rest = tuple(o for o in options if not o.startswith("--socket="))
            link = start.start(self._config, socket_path.removeprefix("ipc://"), rest, stop)
            return self._ask(link, {"type": "daemon_status"})
        except LinkSilent as error:
            raise self._silence() from error
        except (instance.InstanceError, LinkRefused, LinkLost) as error:
            raise RingletError(ErrorCode.DAEMON_UNREACHABLE, str(error)) from error

    def status(self) -> dict[str, Any] | None:
        """The status of the running daemon, or None; never starts one."""
        link = self._find()
        if link is None:
            return None
        try:
            return self._ask(link, {"type": "daemon_status"})
        except (LinkRefused, LinkLost):
            return None  # it was going

    def adjust(self, change: dict[str, Any]) -> dict[str, Any]:
        """Change how the running daemon was started; returns its status."""
        link = self._find()
        if link is None:
            raise RingletError(ErrorCode.DAEMON_UNREACHABLE, "The daemon has gone meanwhile")
        try:
            return self._ask(link, {"type": "daemon_adjust"} | change)
        except (LinkRefused, LinkLost) as error:
            raise RingletError(ErrorCode.DAEMON_UNREACHABLE, str(error)) from error

    def obstacle(self) -> str:
        """What stands in the way of a daemon, as far as looking tells; "" if nothing does."""
        if not os.path.lexists(self._config) or os.access(self._config, os.W_OK | os.X_OK):
            return ""
        return (
            f"{self._config} cannot be written to: make it writable, or name another folder in "
            "RINGLET_CONFIG_DIR"
        )

    def stop(self) -> bool:
        """End the daemon and wait until it is gone; False if none ran."""
        link = self._find()
        if link is None:
            return False
        former = instance.holder(self._lock)
        try:
            self._ask(link, {"type": "shutdown"})
        except (LinkRefused, LinkLost):
            pass  # it was going anyway
        link.close()
        self._await_end(former)
        return True

    def rotate_token(self) -> bool:
        """Replace the token of HTTP; False if no daemon runs, so that nobody uses the old one."""
        link = self._find()
        if link is None:
            from ringlet.engine.access import make_token

            instance.prepare_folder(self._config)
            make_token(Path(self._config, locations.TOKEN_FILE))
            return False
        try:
            self._ask(link, {"type": "token_rotate"})
        except (LinkRefused, LinkLost) as error:
            raise RingletError(ErrorCode.DAEMON_UNREACHABLE, str(error)) from error
        return True

    def serve(self, options: list[str]) -> None:
        """Become the daemon once the command has ended."""
        self.wanted = options

    def be_daemon(self) -> int:
        """Be the daemon in this process, until it ends; returns the exit status."""
        from ringlet.daemon.boot import main

        return main(self.wanted or [])

    def _find(self) -> Link | None:
        """A link to the running daemon, wherever it is; raises DAEMON_UNREACHABLE if it hides."""
        given = locations.setting(self._environ, "DAEMON_ENDPOINT")
        if not given and not instance.is_locked(self._lock):
            return None  # whatever listens where a daemon did
        endpoint = given or locations.recorded_endpoint(self._config)
        usual = locations.default_socket(self._environ, self._config)
        try:
            link: Link | None = connect(endpoint or usual)
        except LinkRefused:
            try:
                link = reach.recover(self._config, endpoint or usual, _REPLY_SECONDS)
            except instance.InstanceError as error:
                raise self._silence() from error
        if link is not None:
            link.limit = _REPLY_SECONDS
        return link

    def _ask(self, link: Link, request: dict[str, Any]) -> dict[str, Any]:
        """The data of the reply; raises RingletError, LinkRefused, LinkLost."""
        token = "" if link.private else locations.token(self._config).decode()
        try:
            reply = json.loads(link.call(json.dumps(request | {"token": token}).encode()))
        except LinkSilent as error:
            raise self._silence() from error
        if reply["type"] == "error":
            data = reply["data"]
            known = data["code"] in ErrorCode.__members__.values()
            code = ErrorCode(data["code"]) if known else ErrorCode.INTERNAL
            status = EXIT_STATUS if code is ErrorCode.FORBIDDEN else 1
            hint = data["hint"].split("\n")
            raise RingletError(code, data["message"], hint=hint, exit_status=status)
        data = reply.get("data")
        return data if isinstance(data, dict) else {}

    def _silence(self) -> RingletError:
        given = locations.setting(self._environ, "DAEMON_ENDPOINT") or ""
        reason = reach.describe_silence(self._config, given)
        return RingletError(ErrorCode.DAEMON_UNREACHABLE, reason)

    def _await_end(self, former: int | None) -> None:
        """Wait until the daemon has let go of its lock, which it holds until the very end.

        Where many commands come, the next daemon may have taken the lock before we look again.
        """
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if not instance.is_locked(self._lock) or instance.holder(self._lock) != former:
                return
            time.sleep(0.01)
        raise RingletError(
            ErrorCode.TIMEOUT,
            "The daemon did not end in time",
            hint=f"Its process id is in {self._config}/daemon.pid",
        )
