"""The environment of an agent, built from an allow-list: whatever is not named stays outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import is_env_name, is_secret_name
from ringlet.domain.secret import Secret

_PROXIES: Final = frozenset(
    spelling
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
    for spelling in (name, name.lower())
)
# COLUMNS and LINES would freeze the size of the window; SSH_CONNECTION and its like describe the
# caller's login, not the agent's. XDG_RUNTIME_DIR holds sockets of the login session (Wayland,
# D-Bus with the keyring, gpg) and no configuration, so nothing of one profile reaches another.
_ALLOWED: Final = _PROXIES | frozenset(
    """
    PATH LANG LANGUAGE TZ TMPDIR USER LOGNAME SHELL EDITOR VISUAL PAGER BROWSER
    TERM COLORTERM TERM_PROGRAM TERM_PROGRAM_VERSION TERMINFO TERMINFO_DIRS COLORFGBG
    NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE
    TMUX TMUX_PANE STY ITERM_SESSION_ID KITTY_WINDOW_ID WEZTERM_PANE WT_SESSION VTE_VERSION
    WSL_DISTRO_NAME WSL_INTEROP
    DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR XDG_SESSION_TYPE XDG_CURRENT_DESKTOP
    DBUS_SESSION_BUS_ADDRESS
    SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS REQUESTS_CA_BUNDLE CURL_CA_BUNDLE
    CI GITHUB_ACTIONS VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV
    """.split()
)
_ALLOWED_PREFIX: Final = "LC_"
_OURS: Final = ("RINGLET_", "CLOWN_")
_DEFAULT_PATH: Final = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True, repr=False)
class Environment:
    """Variables of one run; those that are secret are only given out by `reveal`."""

    values: Mapping[str, str | Secret]

    @property
    def plain(self) -> dict[str, str]:
        """The variables that may be shown and sent."""
        return {name: value for name, value in self.values.items() if isinstance(value, str)}

    @property
    def secret_names(self) -> frozenset[str]:
        """The names of the variables that `plain` leaves out."""
        return frozenset(name for name, value in self.values.items() if isinstance(value, Secret))

    def reveal(self) -> dict[str, str]:
        """All variables as the agent gets them; only for the one who starts it."""
        return {
            name: value.reveal() if isinstance(value, Secret) else value
            for name, value in self.values.items()
        }

    def without(self, name: str) -> Environment:
        """The same, but for one variable."""
        kept = {other: value for other, value in self.values.items() if other != name}
        return Environment(MappingProxyType(kept))

    def __repr__(self) -> str:
        return f"Environment({len(self.values)} variables, secret: {sorted(self.secret_names)})"


def build(
    *,
    caller: Mapping[str, str],
    agent: Agent,
    home: Path,
    real_home: Path,
    produced: Mapping[str, str | Secret],
    own: Mapping[str, str | Secret],
    bridges: Mapping[str, str],
    locations: Mapping[str, str],
    run_id: str,
) -> Environment:
    """The environment of one run under the profile home `home`.

    Later wins: the caller's allowed variables, the profile's folders, the manifest, `bridges`,
    what the script `produced`, the profile's `own`. HOME and the variables by which `ringlet`
    inside the agent finds this installation (`locations`, the run, the user's home) always are
    ours. PWD is left to whoever starts the agent. Raises RingletError for a name or value that
    no environment can hold.
    """
    values: dict[str, str | Secret] = {
        "PATH": _DEFAULT_PATH,
        **dict(_allowed(caller, agent.environment.passthrough)),
        **_display(caller, real_home),
        **_folders(home),
        **{
            name: value.replace("{home}", str(home))
            for name, value in agent.environment.set.items()
        },
        **bridges,
        **produced,
        **own,
        **locations,
        "HOME": str(home),
        "RINGLET_USER_HOME": str(real_home),
        "RINGLET_RUN_ID": run_id,
    }
    for name, value in values.items():
        _check(name, value)
    return Environment(MappingProxyType(values))


def _allowed(
    caller: Mapping[str, str], passthrough: tuple[str, ...]
) -> Iterator[tuple[str, str | Secret]]:
    # No manifest may let a key of the caller's shell through to a foreign provider.
    named = _ALLOWED | {name for name in passthrough if not is_secret_name(name)}
    for name, value in caller.items():
        if name.startswith(_OURS):
            continue
        if name in named or name.startswith(_ALLOWED_PREFIX):
            # A proxy's address may hold the password for it.
            yield name, Secret(value) if name in _PROXIES and "@" in value else value


def _display(caller: Mapping[str, str], real_home: Path) -> dict[str, str]:
    """X programs look for their cookie in HOME unless told where it is."""
    if "DISPLAY" in caller and "XAUTHORITY" not in caller:
        return {"XAUTHORITY": str(real_home / ".Xauthority")}
    return {}


def _folders(home: Path) -> dict[str, str]:
    """Where programs keep their things inside the profile's home, whatever the caller's XDG_*."""
    return {
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
    }


def _check(name: str, value: str | Secret) -> None:
    if not is_env_name(name):
        raise RingletError(
            ErrorCode.INVALID_REQUEST, f"{name!r} is not the name of an environment variable"
        )
    if "\0" in (value.reveal() if isinstance(value, Secret) else value):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"The value of {name} holds a NUL character",
            hint="An environment variable cannot; check where the value comes from.",
        )
