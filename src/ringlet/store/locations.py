"""Where Ringlet keeps things, as plain strings.

The command line reads this module on every call, so it imports nothing but `os`, which the
interpreter has loaded already. `ringlet.store.paths` gives everyone else typed paths. What differs
from system to system, differs here and nowhere else.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

IS_WINDOWS = os.name == "nt"
ENDPOINT_FILE = "daemon-endpoint"
TOKEN_FILE = "http_token"  # noqa: S105 - a file name
HTTP_FILE = "http-endpoint"
LOCK_FILE = "daemon.lock"
RUN_TEMP = "ringlet-run-"  # how the temporary folders of runs begin
QUARANTINE = "quarantine"
START_LOCK_FILE = "daemon.start.lock"
# Variables that say where the user's files are, those of agents too; inside an agent, which has
# RINGLET_RUN_ID, they are about its profile instead.
FOLDERS = (
    "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "CLAUDE_CONFIG_DIR",
    "CODEX_HOME", "OPENCODE_DATA_DIR", "FACTORY_HOME_OVERRIDE", "GEMINI_CLI_HOME",
    "QWEN_RUNTIME_DIR", "QWEN_HOME",
)  # fmt: skip

# Variables that our own places are made of.
_PLACES = (
    "HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "RINGLET_USER_HOME",
    "RINGLET_CONFIG_DIR", "RINGLET_STATE_DIR", "RINGLET_DAEMON_ENDPOINT", "CLOWN_CONFIG_DIR",
    "CLOWN_STATE_DIR", "CLOWN_DAEMON_ENDPOINT", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip


def setting(environ: Mapping[str, str], name: str) -> str | None:
    """The value of RINGLET_<name>, else of the older CLOWN_<name>; empty counts as unset."""
    return environ.get(f"RINGLET_{name}") or environ.get(f"CLOWN_{name}") or None


def home_dir(environ: Mapping[str, str]) -> str:
    """The user's own home, also inside an agent, whose HOME is the home of a profile."""
    own = "USERPROFILE" if IS_WINDOWS else "HOME"
    return environ.get("RINGLET_USER_HOME") or environ.get(own) or _home_of_account()


def _home_of_account() -> str:
    """As the system knows it; what Python says where HOME is empty is the root of the disk."""
    if not IS_WINDOWS:
        import pwd  # seldom needed

        try:
            return pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:  # an account of a container, as a rule
            pass
    return os.path.expanduser("~")


def complaint(environ: Mapping[str, str]) -> str:
    """Why Ringlet cannot work here, or nothing could be found; empty if nothing is wrong."""
    if IS_WINDOWS:
        return (
            "Ringlet does not run on Windows yet: its daemon and its runs need what only Unix has; "
            "install and use it in WSL"
        )
    home = home_dir(environ)
    if not os.path.isabs(home):
        return f"HOME is not an absolute path ({home!r}); set it to your home folder"
    for name in _PLACES:
        value = environ.get(name, "")
        if not value.isascii() and not _is_text(value):
            return f"{name} is not UTF-8 text ({value!r}), as paths must be; set it to another one"
    chosen = setting(environ, "CONFIG_DIR")
    if chosen and _holds(chosen, home):
        return (
            f"RINGLET_CONFIG_DIR names {chosen}, which holds your home folder {home}, and Ringlet "
            "closes its folder to others; name one of its own"
        )
    return ""


def _holds(folder: str, path: str) -> bool:
    folder, path = os.path.realpath(folder), os.path.realpath(path)
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def config_dir(environ: Mapping[str, str]) -> str:
    """The folder of all durable state."""
    chosen = setting(environ, "CONFIG_DIR")
    return os.path.abspath(chosen) if chosen else _default_config_dir(environ)


def _default_config_dir(environ: Mapping[str, str]) -> str:
    if IS_WINDOWS:
        return _application_data(environ, "APPDATA", "Roaming")
    base = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(home_dir(environ), ".config")
    return os.path.join(base, "ringlet")


def state_dir(environ: Mapping[str, str], config: str) -> str:
    """The folder for what must not travel with the configuration: the key of the key file."""
    chosen = setting(environ, "STATE_DIR")
    if chosen:
        return os.path.abspath(chosen)
    if setting(environ, "CONFIG_DIR"):
        return config + ".state"
    if IS_WINDOWS:
        return _application_data(environ, "LOCALAPPDATA", "Local")
    base = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(base):
        base = os.path.join(home_dir(environ), ".local", "state")
    return os.path.join(base, "ringlet")


def runtime_dir(environ: Mapping[str, str]) -> str:
    """The private folder of the sockets; its owner and mode are checked where it is made."""
    if IS_WINDOWS:
        return _application_data(environ, "LOCALAPPDATA", "Local")
    base = environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(base) and os.path.isdir(base) and os.stat(base).st_uid == os.geteuid():
        return os.path.join(base, "ringlet")
    return os.path.join(temp_dir(environ), f"ringlet-{os.geteuid()}")


def temp_dir(environ: Mapping[str, str]) -> str:
    """The folder for temporary files; inside a run not the run's own, which goes with it."""
    temporary = environ.get("TMPDIR") or "/tmp"  # noqa: S108 - owner and mode are checked
    parent, name = os.path.split(temporary.rstrip("/"))
    return parent if name.startswith(RUN_TEMP) else temporary


def default_socket(environ: Mapping[str, str], config: str) -> str:
    """The request socket of the daemon that owns `config`; each folder has a daemon of its own."""
    if IS_WINDOWS:
        usual = config == _default_config_dir(environ)
        name = "ringletd.ipc" if usual else f"ringletd-{_fingerprint(config)}.ipc"
        return f"{runtime_dir(environ)}\\{name}"
    return os.path.join(runtime_dir(environ), f"ringletd-{_fingerprint(config)}.sock")


def keychain_service(environ: Mapping[str, str], config: str) -> str:
    """The name that keys are filed under; a configuration elsewhere has keys of its own."""
    if config == _default_config_dir(environ):
        return "ringlet"
    return f"ringlet-{_fingerprint(config)}"


def events_socket(request_socket: str) -> str:
    """The event socket that belongs to a request socket."""
    kind = ".ipc" if IS_WINDOWS else ".sock"
    return f"{request_socket.removesuffix(kind)}.events{kind}"


def recorded_endpoint(config: str) -> str | None:
    """What the running daemon wrote down: a socket path or a tcp:// URL."""
    return os.fsdecode(_small_file(os.path.join(config, ENDPOINT_FILE))).strip() or None


def token(config: str) -> bytes:
    """The bearer token that endpoints without peer credentials ask for; empty if there is none."""
    return _small_file(os.path.join(config, TOKEN_FILE)).strip()


def _application_data(environ: Mapping[str, str], variable: str, folder: str) -> str:
    """Our folder below one of those that Windows has for the data of programs."""
    base = environ.get(variable) or f"{home_dir(environ)}\\AppData\\{folder}"
    return f"{base}\\ringlet"


def _small_file(path: str) -> bytes:
    """The first bytes of a file, or nothing if it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _fingerprint(text: str) -> str:
    """Eight hex digits of FNV-1a: hashlib would cost more than the rest of the start."""
    value = 0x811C9DC5
    for byte in os.fsencode(text):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return f"{value:08x}"
