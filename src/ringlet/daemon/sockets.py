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


class Sockets(msgspec.Struct, frozen=True):
    """What makes this process the daemon. `endpoint` is as recorded for clients."""

    lock: int
    requests: socket.socket
    events: socket.socket
    endpoint: str
    events_path: str

    @property
    def is_tcp(self) -> bool:
        """Whether peers cannot be identified by the system, so that they need a token."""
        return self.endpoint.startswith("tcp://")

    def withdraw(self, paths: Paths) -> None:
        """Let new clients start the next daemon: nobody finds this one any more."""
        if locations.recorded_endpoint(str(paths.config)) == self.endpoint:
            paths.endpoint.unlink(missing_ok=True)
        if not self.is_tcp:
            for name in (self.endpoint, self.events_path):
                Path(name).unlink(missing_ok=True)

    def release(self, paths: Paths) -> None:
        """The very last step: with the lock goes the claim to be the daemon."""
        paths.pid.unlink(missing_ok=True)
        os.close(self.lock)


def claim(paths: Paths, options: Options) -> Sockets:
    """Take over passed descriptors, or lock and bind; raises InstanceError with what to do."""
    config = str(paths.config)
    if options.inherited:
        requests = socket.socket(fileno=_LISTEN_FD)
        os.set_inheritable(_LISTEN_FD, False)
        os.set_inheritable(_LOCK_FD, False)
        instance.sign(_LOCK_FD)
        path = str(requests.getsockname())
        events_path = locations.events_socket(path)
        return Sockets(_LOCK_FD, requests, _listen(events_path), path, events_path)
    instance.prepare_folder(config)
    lock = instance.take_lock(os.path.join(config, locations.LOCK_FILE), wait=False)
    if lock is None:
        pid = paths.pid.read_text() if paths.pid.exists() else "unknown"
        raise instance.InstanceError(
            f"a daemon runs already (process {pid}); stop it with: ringlet daemon stop"
        )
    instance.sign(lock)
    from ringlet.wire.endpoint import parse_endpoint

    wanted = options.endpoint or locations.setting(os.environ, "DAEMON_ENDPOINT")
    try:
        endpoint = parse_endpoint(wanted or locations.default_socket(os.environ, config))
    except RingletError as error:
        raise instance.InstanceError(f"{error.message}. {error.hint}") from error
    if endpoint.transport == "tcp":
        requests, events = _listen_tcp(endpoint)
        name, events_name = (_tcp_name(sock) for sock in (requests, events))
    else:
        name = endpoint.address
        own = locations.runtime_dir(os.environ)
        instance.prepare_socket_folder(os.path.dirname(name), own)
        events_name = locations.events_socket(name)
        requests, events = _listen(name), _listen(events_name)
    instance.record(str(paths.endpoint), name)
    return Sockets(lock, requests, events, name, events_name)


def _listen(path: str) -> socket.socket:
    return socket.socket(fileno=instance.listen_unix(path).detach())


def _listen_tcp(endpoint: Endpoint) -> tuple[socket.socket, socket.socket]:
    """The request socket on the port asked for, the event socket on any free one."""
    opened = []
    for number in (endpoint.port, 0):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", number))
        except OSError as error:
            raise instance.InstanceError(
                f"cannot listen on {endpoint.url}: {error.strerror}; choose another port"
            ) from error
        sock.listen(_BACKLOG)
        opened.append(sock)
    return opened[0], opened[1]


def _tcp_name(sock: socket.socket) -> str:
    host, port = sock.getsockname()
    return f"tcp://{host}:{port}"
