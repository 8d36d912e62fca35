"""One connection to the daemon: an NNG request socket in a few lines of `_socket`.

`socket`, `json` and `re` are left out on purpose: each costs more than the whole request.
"""

from __future__ import annotations

import _socket
import os
import sys

_HELLO_REQ = b"\x00SP\x00\x00\x30\x00\x00"
_HELLO_REP = b"\x00SP\x00\x00\x31\x00\x00"
_MAX_REPLY = 1 << 30
_PATIENCE = 5.0
_BEAT = 30.0  # how often a long wait is questioned
_REQUEST_BIT = 0x80000000


class LinkRefused(Exception):
    """Nothing of ours answers there; nothing was executed, so starting a daemon is safe."""


class LinkLost(Exception):
    """The daemon went away after it may have read the request; it must not be sent again."""


class LinkSilent(Exception):
    """Somebody listens there, but said nothing in time, or greets nobody any more."""


class Link:
    """A connected request socket; `call` sends one body and waits for its reply.

    `patience` is how many seconds the daemon may take to greet us, `limit` how many for a reply,
    None for as long as it greets others.
    """

    def __init__(self, sock: _socket.socket, endpoint: str, *, private: bool) -> None:
        self._sock = sock
        self.endpoint = endpoint
        self.greeted = False
        self._sequence = 0
        self.patience: float | None = _PATIENCE
        self.limit: float | None = None
        self.private = private  # a Unix socket, whose peer was checked

    def call(self, body: bytes) -> bytes:
        """The reply to `body`.

        Raises LinkRefused if the daemon left before it greeted us, LinkLost if it left later, and
        LinkSilent.
        """
        self._sequence += 1
        word = (_REQUEST_BIT | self._sequence).to_bytes(4, "big")
        message = (4 + len(body)).to_bytes(8, "big") + word + body
        frame = b"\x01" + message if self.private else message
        try:
            if not self.greeted:
                self._greet(frame)
            else:
                self._sock.sendall(frame)
            return self._reply(word)
        except TimeoutError:
            raise LinkSilent("the daemon does not answer") from None
        except (OSError, EOFError) as error:
            if self.greeted:
                raise LinkLost("the daemon went away before it answered") from error
            raise LinkRefused("the daemon is shutting down") from error

    def close(self) -> None:
        self._sock.close()

    def _greet(self, first: bytes) -> None:
        """Exchange greetings; the first message travels with ours."""
        self._sock.settimeout(self.patience)
        self._sock.sendall(_HELLO_REQ + first)
        if self._read(8) != _HELLO_REP:
            raise LinkRefused("something else listens on the daemon's endpoint")
        self.greeted = True
        self._sock.settimeout(_BEAT if self.limit is None else self.limit)

    def _reply(self, word: bytes) -> bytes:
        """The body of the reply to `word`; replies to abandoned requests are skipped."""
        while True:
            if self.private:
                self._read(1)
            size = int.from_bytes(self._read(8), "big")
            if not 4 <= size <= _MAX_REPLY:
                raise EOFError
            message = self._read(size)
            if message[:4] == word:
                return message[4:]

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            try:
                part = self._sock.recv(min(size, 1 << 20))
            except TimeoutError:
                if not self._is_slow():
                    raise
                continue
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def greet(self) -> None:
        """Only exchange greetings; raises LinkRefused and LinkSilent."""
        try:
            self._greet(b"")
        except TimeoutError:
            raise LinkSilent("the daemon does not answer") from None
        except (OSError, EOFError) as error:
            raise LinkRefused("the daemon is shutting down") from error

    def _is_slow(self) -> bool:
        """Whether the daemon only takes its time for what it was asked: it greets others."""
        if not self.greeted or self.limit is not None:
            return False
        other = connect(self.endpoint)
        try:
            other.greet()
        except (LinkRefused, LinkSilent):
            return False
        finally:
            other.close()
        return True


def connect(endpoint: str) -> Link:
    """Connect to a socket path, `ipc://` or `tcp://` endpoint; raises LinkRefused."""
    sock = None
    try:
        if endpoint.startswith("tcp://"):
            _check_daemon_lives(endpoint)
            host, _, port = endpoint[6:].rpartition(":")
            if host not in ("127.0.0.1", "localhost") or not port.isdigit():
                raise LinkRefused(f"{endpoint} is not a loopback endpoint")
            sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
            sock.settimeout(_PATIENCE)
            sock.connect(("127.0.0.1", int(port)))
            return Link(sock, endpoint, private=False)
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        sock.settimeout(_PATIENCE)  # where the queue is full
        sock.connect(endpoint.removeprefix("ipc://"))
        if _peer_uid(sock) not in (os.geteuid(), 0, None):
            raise LinkRefused("the daemon's endpoint belongs to another user")
        return Link(sock, endpoint, private=True)
    except (OSError, ValueError, OverflowError) as error:
        if sock is not None:
            sock.close()
        if isinstance(error, OSError) and _is_ours(error):
            raise
        raise LinkRefused(f"no daemon listens on {endpoint}") from error
    except LinkRefused:
        if sock is not None:
            sock.close()
        raise


def _is_ours(error: OSError) -> bool:
    """Whether we have no descriptors or memory left, which says nothing about the daemon."""
    import errno

    return error.errno in (errno.ENOMEM, errno.ENFILE, errno.EMFILE)


def _check_daemon_lives(endpoint: str) -> None:
    """Refuse a port that a stranger may have taken over: nothing tells who listens on TCP.

    A living daemon holds its lock, and the port that it has written down.
    """
    from ringlet.store import instance, locations

    lock = os.path.join(locations.config_dir(os.environ), locations.LOCK_FILE)
    if not instance.is_locked(lock):
        raise LinkRefused(f"no daemon of ours listens on {endpoint}")


def _peer_uid(sock: _socket.socket) -> int | None:
    """The user on the other side of a Unix socket, where the system tells."""
    platform: str = sys.platform
    if platform == "linux":
        credentials = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        return int.from_bytes(credentials[4:8], sys.byteorder)
    if platform == "darwin":
        credentials = sock.getsockopt(0, 1, 76)  # SOL_LOCAL, LOCAL_PEERCRED: struct xucred
        return int.from_bytes(credentials[4:8], sys.byteorder)
    return None
