"""Start the daemon: lock, bind, listen, then hand both descriptors to the process we spawn.

Nobody polls for readiness: our own connection waits in the backlog of the socket that we bound.
Clients that start at the same moment wait for the start lock and then find the daemon there.
"""

from __future__ import annotations

import os
import sys

from ringlet.cli import reach
from ringlet.cli.link import Link, connect
from ringlet.store import instance, locations, umask

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
else:
    import _signal as signal

LISTEN_FD = 3  # the systemd convention for a passed socket
LOCK_FD = 4
_SHUTDOWN_SECONDS = 10.0
_START_SECONDS = 60.0
_OTHERS_SECONDS = 20.0  # for another client to start the daemon: longer than a shutdown takes
# What the daemon needs of the environment of whoever happens to start it; keys stay behind.
_KEPT = ("HOME", "PATH", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE",
         "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY",
         "CREDENTIALS_DIRECTORY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK")  # fmt: skip
_KEPT_PREFIXES = ("LC_", "XDG_", "RINGLET_SECRET_")
# Of ours only the known ones: an agent's environment may hold a key in a RINGLET_ variable.
_SETTINGS = (
    "CONFIG_DIR",
    "STATE_DIR",
    "DAEMON_ENDPOINT",
    "HTTP_PORT",
    "USER_HOME",
    "SECRETS_KEY_FILE",
)


def ensure(*options: str) -> Link:
    """A link to the daemon, which is started with `options` if none runs.

    Raises InstanceError with what to do when no daemon can be started.
    """
    config = locations.config_dir(os.environ)
    endpoint = locations.setting(os.environ, "DAEMON_ENDPOINT")
    socket_path = (endpoint or locations.default_socket(os.environ, config)).removeprefix("ipc://")
    if socket_path.startswith("tcp://"):
        from ringlet.domain.shell_words import quote

        raise instance.InstanceError(
            f"no daemon listens on {socket_path}; start one with: "
            f"ringlet daemon start --socket {quote(socket_path)}"
        )
    return start(config, socket_path, options)


def start(
    config: str,
    socket_path: str,
    options: tuple[str, ...],
    stop: Callable[[], object] | None = None,
) -> Link:
    """Start the daemon of `config` on `socket_path`, unless another client just did.

    With `stop`, which ends the one that runs, no other client can start the next one in between.
    """
    if not os.path.isabs(socket_path):
        raise instance.InstanceError(
            f"the daemon's socket needs an absolute path, which {socket_path!r} is not"
        )
    umask.be_private()
    try:
        return _start(config, socket_path, options, stop)
    finally:
        umask.give_back()


def _start(
    config: str, socket_path: str, options: tuple[str, ...], stop: Callable[[], object] | None
) -> Link:
    instance.prepare_folder(config)
    try:
        starting = _take_turn(os.path.join(config, locations.START_LOCK_FILE))
        try:
            if stop is not None:
                stop()
            link = None
            while link is None:
                lock = instance.take_lock(os.path.join(config, locations.LOCK_FILE))
                if lock is not None:  # so none runs, whoever answers at its places
                    link = _launch(config, socket_path, lock, options)
                else:
                    link = reach.recover(config, socket_path, _SHUTDOWN_SECONDS)
        finally:
            os.close(starting)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise instance.InstanceError(
            f"cannot start the daemon: {place}{error.strerror or error}{_advice(error)}"
        ) from error
    link.patience = _START_SECONDS
    return link


def _take_turn(path: str) -> int:
    """The lock of those who start daemons, signed; raises InstanceError that names its holder."""
    starting = instance.take_lock(path, seconds=_OTHERS_SECONDS)
    if starting is None:
        raise instance.InstanceError(reach.describe_starter(path, _OTHERS_SECONDS))
    instance.sign(starting)
    return starting


def _advice(error: OSError) -> str:
    from ringlet.store.descriptors import advice

    hint = advice(error)
    return f". {hint}" if hint else ""


def _launch(config: str, socket_path: str, lock: int, options: tuple[str, ...]) -> Link:
    """Bind, listen, spawn the daemon, and connect; the lock is the daemon's from now on."""
    try:
        own = locations.runtime_dir(os.environ)
        instance.prepare_socket_folder(os.path.dirname(socket_path), own)
        listener = instance.listen_unix(socket_path)
        try:
            instance.record(os.path.join(config, locations.ENDPOINT_FILE), socket_path)
            _spawn(listener.fileno(), lock, options)
            return connect(socket_path)
        finally:
            listener.close()
    finally:
        os.close(lock)


def _spawn(listener: int, lock: int, options: tuple[str, ...]) -> None:
    """Spawn the daemon in a session of its own; 0, 1 and 2 are redirected so no pipe stays open."""
    # Duplicates above the targets keep the two dup2 below from overwriting each other.
    high_listener, high_lock = _above(listener), _above(lock)
    environ = _environment()
    argv = [sys.executable, "-I", "-m", "ringlet.daemon", "--inherited", *options]
    umask.give_back()  # the daemon needs to know it, for the programs of the user
    try:
        os.posix_spawn(
            sys.executable,
            argv,
            environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, 1, 2),
                (os.POSIX_SPAWN_DUP2, high_listener, LISTEN_FD),
                (os.POSIX_SPAWN_DUP2, high_lock, LOCK_FD),
            ],
            setsid=True,
            # A hangup must not end it before it knows what that means; see its `main`.
            setsigmask=[signal.SIGHUP],
        )
    except OSError as error:
        raise instance.InstanceError(
            f"cannot start the daemon: {error.strerror or error}"
        ) from error
    finally:
        umask.be_private()
        os.close(high_listener)
        os.close(high_lock)


def _environment() -> dict[str, str]:
    """The daemon's environment; one that starts from inside an agent is the user's all the same.

    Its mark tells the end of that agent's run to leave the daemon, and what it starts, alone.
    """
    settings = [f"{brand}_{name}" for brand in ("RINGLET", "CLOWN") for name in _SETTINGS]
    names = {*_KEPT, *locations.FOLDERS, *settings}
    kept = {k: v for k, v in os.environ.items() if k in names or k.startswith(_KEPT_PREFIXES)}
    if "RINGLET_RUN_ID" in os.environ:
        secrets = [name for name in kept if name.startswith("RINGLET_SECRET_")]
        for name in [*locations.FOLDERS, *secrets]:
            kept.pop(name, None)
        kept["HOME"] = locations.home_dir(os.environ)
        kept["TMPDIR"] = locations.temp_dir(os.environ)
    return kept | {"RINGLET_SERVICE": "1"}


def _above(fd: int) -> int:
    """A close-on-exec duplicate of `fd` whose number is above the passed ones."""
    import fcntl

    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, LOCK_FD + 1)
