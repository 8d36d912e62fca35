"""The daemon's lock and listening sockets: inherited from a client, or taken by itself."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ringlet.daemon.options import Options
from ringlet.domain.errors import RingletError
from ringlet.store import instance, locations
from ringlet.store.paths import Paths

if TYPE_CHECKING:
    from ringlet.wire.endpoint import Endpoint

_LISTEN_FD: Final = 3
_LOCK_FD: Final = 4
_BACKLOG: Final = 256


class Listening(msgspec.Struct, frozen=True):
    """A listening socket; `name` is its path or tcp:// URL, `file` what is at that path."""

    sock: socket.socket
    name: str
    file: tuple[int, int] | None = None

    @classmethod
    def at(cls, path: str, sock: socket.socket | None = None) -> Listening:
        """The socket that is bound to `path`, or a new one; raises InstanceError."""
        if sock is None:
            sock = socket.socket(fileno=instance.listen_unix(path).detach())
        return cls(sock, path, _file(path))

    @property
    def is_tcp(self) -> bool:
        return self.name.startswith("tcp://")

    @property
    def is_lost(self) -> bool:
        """Whether somebody removed or replaced the file, so that no client can connect."""
        return not self.is_tcp and (self.file is None or _file(self.name) != self.file)

    def withdraw(self) -> None:
        """Remove the file, if it is still ours."""
        if not self.is_tcp and not self.is_lost:
            Path(self.name).unlink(missing_ok=True)


class Sockets:
    """What makes this process the daemon."""

    def __init__(self, lock: int, requests: Listening, events: Listening) -> None:
        self._lock = lock
        self.requests = requests
        self.events = events

    @property
    def is_tcp(self) -> bool:
        """Whether peers cannot be identified by the system, so that they need a token."""
        return self.requests.is_tcp

    def announce(self, paths: Paths) -> None:
        """Write down who and where the daemon is."""
        instance.record(str(paths.endpoint), self.requests.name)
        instance.record(str(paths.pid), str(os.getpid()))

    def renew(self, paths: Paths) -> None:
        """Listen anew where a file was removed; connections that were made stay."""
        self.requests = _renewed(self.requests)
        self.events = _renewed(self.events)
        self.announce(paths)

    def move_in(self, paths: Paths) -> bool:
        """Be the daemon of the configuration folder that is there now; False if it has one."""
        lock = instance.take_lock(os.path.join(paths.config, locations.LOCK_FILE))
        if lock is None:
            return False
        instance.sign(lock)
        os.close(self._lock)
        self._lock = lock
        self.announce(paths)
        return True

    def withdraw(self, paths: Paths) -> None:
        """Let new clients start the next daemon: nobody finds this one any more."""
        if locations.recorded_endpoint(str(paths.config)) == self.requests.name:
            paths.endpoint.unlink(missing_ok=True)
        self.requests.withdraw()
        self.events.withdraw()

    def release(self, paths: Paths) -> None:
        """The very last step: with the lock goes the claim to be the daemon."""
        paths.pid.unlink(missing_ok=True)
        os.close(self._lock)


def inherited() -> socket.socket:
    """The listening socket that a client has passed to us; the lock came with it."""
    os.set_inheritable(_LISTEN_FD, False)
    os.set_inheritable(_LOCK_FD, False)
    instance.sign(_LOCK_FD)
    return socket.socket(fileno=_LISTEN_FD)


def complete(requests: socket.socket) -> Sockets:
    """All sockets, of which the first was inherited; raises InstanceError with what to do."""
    path = str(requests.getsockname())
    given = Listening.at(path, requests)
    try:
        return Sockets(_LOCK_FD, given, Listening.at(locations.events_socket(path)))
    except instance.InstanceError:
        given.withdraw()
        raise


def claim(paths: Paths, options: Options) -> Sockets:
    """Lock and bind; raises InstanceError with what to do."""
    config = str(paths.config)
    instance.prepare_folder(config)
    lock_path = os.path.join(config, locations.LOCK_FILE)
    lock = instance.take_lock(lock_path)
    if lock is None:
        pid = instance.holder(lock_path) or "unknown"
        raise instance.InstanceError(
            f"a daemon runs already (process {pid}); stop it with: ringlet daemon stop"
        )
    instance.sign(lock)
    from ringlet.wire.endpoint import parse_endpoint

    usual = locations.default_socket(os.environ, config)
    wanted = options.endpoint or locations.setting(os.environ, "DAEMON_ENDPOINT")
    try:
        endpoint = parse_endpoint(wanted or usual)
    except RingletError as error:
        raise instance.InstanceError(f"{error.message}. {error.hint}") from error
    # Events need no token, so they stay on a socket whose peers the system identifies.
    local = usual if endpoint.transport == "tcp" else endpoint.address
    _prepare_folder(local)
    events = Listening.at(locations.events_socket(local))
    requests = _listen_tcp(endpoint) if endpoint.transport == "tcp" else Listening.at(local)
    return Sockets(lock, requests, events)


def _renewed(listening: Listening) -> Listening:
    if not listening.is_lost:
        return listening
    _prepare_folder(listening.name)
    return Listening.at(listening.name)


def _prepare_folder(path: str) -> None:
    instance.prepare_socket_folder(os.path.dirname(path), locations.runtime_dir(os.environ))


def _file(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _listen_tcp(endpoint: Endpoint) -> Listening:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", endpoint.port))
    except OSError as error:
        raise instance.InstanceError(
            f"cannot listen on {endpoint.url}: {error.strerror or error}; choose another port"
        ) from error
    sock.listen(_BACKLOG)
    host, port = sock.getsockname()
    return Listening(sock, f"tcp://{host}:{port}")
