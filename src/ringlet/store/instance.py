"""One daemon for each configuration folder.

The lock is taken first and held for life by an inherited descriptor, then the socket is bound:
whoever holds the lock is the daemon, on any kind of death the lock is gone. Used by the tiny
client, so nothing heavy is imported.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import stat

from ringlet.store import locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from typing import NoReturn
else:
    import _signal as signal  # the same functions without the enumerations

_BACKLOG = 1024
_OWN_NAMES = ("ringlet", "clown", locations.QUARANTINE)
_OWN_CONTENT = frozenset(
    (
        locations.LOCK_FILE, locations.START_LOCK_FILE, locations.ENDPOINT_FILE,
        locations.TOKEN_FILE, "config.toml", "prices.toml", "profiles", "agents.d", "providers.d",
        "scripts", "secrets", "telemetry", "registry",
    )
)  # fmt: skip


class InstanceError(Exception):
    """A folder or socket of the daemon is unsafe or unusable; the text says what to do."""


def prepare_folder(path: str) -> None:
    """Make the folder private (0700, ours), or refuse one that belongs to someone else."""
    try:
        make_private(path)
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise InstanceError(
                f"{path} is not a folder of yours; remove it or set RINGLET_CONFIG_DIR, "
                "XDG_RUNTIME_DIR or RINGLET_DAEMON_ENDPOINT to a private place"
            )
        mode = stat.S_IMODE(found.st_mode)
        if mode & 0o077 or mode & 0o500 != 0o500:  # open to others, or closed to ourselves
            _check_is_ours(path)
            os.chmod(path, 0o700)
    except OSError as error:
        raise InstanceError(
            f"cannot prepare {path}: {error.strerror or error}{_astray(path)}"
        ) from error


def _check_is_ours(path: str) -> None:
    """Refuse to close a folder of other things, such as /etc, to those who use them."""
    if os.path.basename(path) in _OWN_NAMES or not os.access(path, os.R_OK):
        return
    names = os.listdir(path)
    if names and not _OWN_CONTENT.intersection(names):
        raise InstanceError(
            f"{path} is open to others and holds other things than Ringlet's, so it is left as it "
            "is; name a folder that is Ringlet's alone in RINGLET_CONFIG_DIR"
        )


def make_private(path: str) -> None:
    """Make the folder and what is missing above it, mode 0700 whatever the umask.

    What exists is left as it is, be it a folder or not. Raises OSError.
    """
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path) or "."
    for folder in reversed(missing):
        try:
            os.mkdir(folder, 0o700)
            os.chmod(folder, 0o700)
        except FileExistsError:
            pass


def _astray(path: str) -> str:
    """What leads nowhere on the way to a path, and the next step; "" if nothing does."""
    while path != os.path.dirname(path):
        if os.path.islink(path) and not os.path.exists(path):
            return f" ({path} is a link that leads nowhere; remove it, or make what it names)"
        path = os.path.dirname(path)
    return ""


def prepare_socket_folder(path: str, own: str) -> None:
    """Make our own runtime folder private; a folder that the user chose is left as it is.

    A socket in a shared folder is protected by its own mode and by the check of the peer.
    """
    if path == own:
        prepare_folder(path)
    elif not os.path.isdir(path):
        raise InstanceError(f"there is no folder {path} for the daemon's socket; make it first")


def take_lock(path: str, *, seconds: float = 0.0) -> int | None:
    """An open descriptor that holds the lock, or None if another process has it for so long."""
    try:
        fd = _open_lock(path)
    except OSError:
        try:
            _make_way(path)
            fd = _open_lock(path)
        except OSError as error:
            raise InstanceError(f"cannot open {path}: {error.strerror or error}") from error
    try:
        _lock(fd, seconds)
        os.ftruncate(fd, 0)  # whoever signed it is gone
    except BaseException as error:
        os.close(fd)
        if isinstance(error, BlockingIOError):
            return None
        if isinstance(error, OSError):
            raise InstanceError(f"cannot lock {path}: {error.strerror or error}") from error
        raise
    return fd


def _lock(fd: int, seconds: float) -> None:
    """Lock at once, or wait for it; raises BlockingIOError when that takes too long."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    except BlockingIOError:
        if seconds <= 0:
            raise
    # Nobody polls: the alarm ends the wait for the lock.
    before = signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)


def _time_is_up(number: int, frame: object) -> NoReturn:
    raise BlockingIOError


def _open_lock(path: str) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    found = os.fstat(fd)
    if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) != 0o600:
        os.fchmod(fd, 0o600)  # whatever the umask
    return fd


def _make_way(path: str) -> None:
    """Make room for a lock: what is no file goes to the quarantine, and our file is ours again."""
    found = os.lstat(path)
    if stat.S_ISREG(found.st_mode):
        os.chmod(path, 0o600)
        return
    folder = os.path.join(os.path.dirname(path), locations.QUARANTINE)
    prepare_folder(folder)
    os.rename(path, os.path.join(folder, f"{os.path.basename(path)}.{os.urandom(4).hex()}"))


def sign(lock: int) -> None:
    """Write down that this process holds the lock, and will for life."""
    os.pwrite(lock, b"%d" % os.getpid(), 0)


def is_locked(path: str) -> bool:
    """Whether somebody holds the lock."""
    return _read_if_locked(path) is not None


def holder(path: str) -> int | None:
    """The process that has signed the lock and holds it; it lives, so its number is its own."""
    text = _read_if_locked(path)
    return int(text) if text and text.isdigit() else None


def _read_if_locked(path: str) -> bytes | None:
    """What stands in a lock file whose lock is held; None if it is free."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(fd, 32, 0)
    finally:
        os.close(fd)
    return None


def listen_unix(path: str) -> _socket.socket:
    """A listening socket at `path`, mode 0600. Only the holder of the lock may call this.

    A socket left behind by a dead daemon is replaced; anything else at that path is refused.
    """
    limit = 107 if hasattr(_socket, "SO_PEERCRED") else 103
    if len(os.fsencode(path)) > limit:
        raise InstanceError(
            f"the socket path {path} is longer than {limit} bytes; "
            "set RINGLET_DAEMON_ENDPOINT to a shorter one"
        )
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise InstanceError(f"{path} exists and is not a socket; remove it or choose another")
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise InstanceError(f"cannot listen on {path}: {error.strerror or error}") from error
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    old = os.umask(0o177)
    try:
        sock.bind(path)
    except OSError as error:
        sock.close()
        raise InstanceError(f"cannot listen on {path}: {error.strerror or error}") from error
    finally:
        os.umask(old)
    sock.listen(_BACKLOG)
    return sock


def record(path: str, text: str) -> None:
    """Replace a small file in one step; mode 0600. A folder at its place is set aside."""
    # Named like those of `descriptors`, which sweeps away what a killed process left.
    name = f".ringlet-{os.getpid()}-{os.urandom(4).hex()}-0.tmp"
    temporary = os.path.join(os.path.dirname(path), name)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            os.fchmod(fd, 0o600)  # whatever the umask
            rest = os.fsencode(text)
            while rest:
                rest = rest[os.write(fd, rest) :]
        finally:
            os.close(fd)
        _put(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _put(temporary: str, path: str) -> None:
    try:
        os.replace(temporary, path)
    except IsADirectoryError:
        from pathlib import Path  # slow to load, and seldom needed

        from ringlet.store.files import set_aside

        set_aside(Path(path), Path(path).with_name("quarantine"))
        os.replace(temporary, path)
