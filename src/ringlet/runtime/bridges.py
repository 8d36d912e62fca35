"""Bridges: daily tools find their configuration although HOME moved.

Each bridge is one tool: variables that lead it to the user's own home where there is something
to find, and variables of the caller that it needs. OpenSSH takes the home from the user database
and not from HOME, so its files need no bridge, only its agent does.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ringlet.domain.errors import ErrorCode, RingletError


@dataclass(frozen=True, slots=True)
class Bridge:
    """One tool: `places` maps a variable to the paths to try, the first that exists is taken.

    Paths know {home}, {config}, {cache} and {data} of the user. `passed` are variables of the
    caller that are let through. A variable that the caller has set keeps its value.
    """

    name: str
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    passed: tuple[str, ...] = ()
    default: bool = True


BRIDGES: Final = (
    Bridge(
        "git",
        {"GIT_CONFIG_GLOBAL": ("{home}/.gitconfig", "{config}/git/config")},
        (
            "GIT_AUTHOR_NAME",
            "GIT_AUTHOR_EMAIL",
            "GIT_COMMITTER_NAME",
            "GIT_COMMITTER_EMAIL",
            "GIT_SSH_COMMAND",
        ),
    ),
    Bridge("ssh", passed=("SSH_AUTH_SOCK",)),
    Bridge("gh", {"GH_CONFIG_DIR": ("{config}/gh",)}),
    # gpg finds the agent of a home that is not the default one at another socket, and starts it.
    Bridge("gpg", {"GNUPGHOME": ("{home}/.gnupg",)}),
    Bridge("docker", {"DOCKER_CONFIG": ("{home}/.docker",)}, ("DOCKER_HOST", "DOCKER_CONTEXT")),
    Bridge(
        "npm",
        {"NPM_CONFIG_USERCONFIG": ("{home}/.npmrc",), "npm_config_cache": ("{home}/.npm",)},
    ),
    Bridge("pnpm", {"PNPM_HOME": ("{data}/pnpm", "{home}/Library/pnpm")}),
    Bridge("bun", {"BUN_INSTALL": ("{home}/.bun",)}),
    Bridge("deno", {"DENO_DIR": ("{cache}/deno", "{home}/Library/Caches/deno")}),
    Bridge("nvm", {"NVM_DIR": ("{home}/.nvm", "{config}/nvm")}),
    Bridge("volta", {"VOLTA_HOME": ("{home}/.volta",)}),
    Bridge(
        "playwright",
        {
            "PLAYWRIGHT_BROWSERS_PATH": (
                "{cache}/ms-playwright",
                "{home}/Library/Caches/ms-playwright",
            )
        },
    ),
    # Scripts of `pip install --user` are on PATH and import from below the same base.
    Bridge("python", {"PYTHONUSERBASE": ("{home}/.local",)}),
    Bridge(
        "pip",
        {
            "PIP_CONFIG_FILE": ("{config}/pip/pip.conf", "{home}/.pip/pip.conf"),
            "PIP_CACHE_DIR": ("{cache}/pip", "{home}/Library/Caches/pip"),
        },
    ),
    Bridge(
        "uv",
        {
            "UV_CACHE_DIR": ("{cache}/uv",),
            "UV_TOOL_DIR": ("{data}/uv/tools",),
            "UV_PYTHON_INSTALL_DIR": ("{data}/uv/python",),
        },
    ),
    Bridge("pyenv", {"PYENV_ROOT": ("{home}/.pyenv",)}),
    Bridge("rbenv", {"RBENV_ROOT": ("{home}/.rbenv",)}),
    Bridge("asdf", {"ASDF_DATA_DIR": ("{home}/.asdf",)}),
    Bridge(
        "mise",
        {"MISE_DATA_DIR": ("{data}/mise",), "MISE_CONFIG_DIR": ("{config}/mise",)},
    ),
    Bridge("rust", {"CARGO_HOME": ("{home}/.cargo",), "RUSTUP_HOME": ("{home}/.rustup",)}),
    Bridge(
        "go",
        {
            "GOPATH": ("{home}/go",),
            "GOENV": ("{config}/go/env", "{home}/Library/Application Support/go/env"),
            "GOCACHE": ("{cache}/go-build", "{home}/Library/Caches/go-build"),
        },
        ("GOROOT", "GOPROXY", "GOPRIVATE"),
    ),
    Bridge("gradle", {"GRADLE_USER_HOME": ("{home}/.gradle",)}),
    Bridge("java", passed=("JAVA_HOME",)),
    # What reaches into clouds and clusters is only for profiles that ask for it.
    Bridge(
        "aws",
        {
            "AWS_CONFIG_FILE": ("{home}/.aws/config",),
            "AWS_SHARED_CREDENTIALS_FILE": ("{home}/.aws/credentials",),
        },
        ("AWS_PROFILE", "AWS_REGION"),
        default=False,
    ),
    Bridge("kube", {"KUBECONFIG": ("{home}/.kube/config",)}, default=False),
)

NAMES: Final = frozenset(bridge.name for bridge in BRIDGES)
DEFAULT: Final = frozenset(bridge.name for bridge in BRIDGES if bridge.default)


def find_bridges(
    real_home: Path, caller_env: Mapping[str, str], enabled: Collection[str] = DEFAULT
) -> dict[str, str]:
    """The variables of all enabled bridges that lead somewhere.

    `real_home` is the user's own home. Raises RingletError for a name that is no bridge.
    """
    if unknown := sorted(set(enabled) - NAMES):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"{unknown[0]!r} is not a bridge",
            hint=f"Bridges: {', '.join(sorted(NAMES))}.",
        )
    folders = base_folders(real_home, caller_env)
    return {
        name: value
        for bridge in BRIDGES
        if bridge.name in enabled
        for name, value in _variables(bridge, folders, caller_env)
    }


def base_folders(real_home: Path, caller_env: Mapping[str, str]) -> dict[str, str]:
    """Where the user keeps home, config, cache and data, after HOME and the caller's XDG_*."""
    # Inside an agent XDG_* name the folders of that agent's profile.
    own = {} if "RINGLET_RUN_ID" in caller_env else caller_env
    home = str(real_home)
    folders = {"home": home}
    for key, variable, default in (
        ("config", "XDG_CONFIG_HOME", ".config"),
        ("cache", "XDG_CACHE_HOME", ".cache"),
        ("data", "XDG_DATA_HOME", ".local/share"),
    ):
        chosen = own.get(variable, "")
        folders[key] = chosen if os.path.isabs(chosen) else os.path.join(home, default)
    return folders


def _variables(
    bridge: Bridge, folders: Mapping[str, str], caller_env: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for name in bridge.passed:
        if name in caller_env:
            yield name, caller_env[name]
    for name, places in bridge.places.items():
        paths = (place.format_map(folders) for place in places)
        value = caller_env.get(name) or next(filter(os.path.exists, paths), None)
        if value:
            yield name, value
