"""What is refused of a profile before anything is changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.pairing import choose_api
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.hooks import require_hooks
from ringlet.domain.names import is_env_name
from ringlet.domain.preferences import Preferences, require_mcp
from ringlet.domain.providers import Provider
from ringlet.domain.references import parse_reference
from ringlet.domain.secret import Secret
from ringlet.store.aside import aside

_OURS = ("HOME", "PWD")


class Checks:
    """The rules that creating a profile and changing one share."""

    def __init__(
        self,
        *,
        catalogs: Catalogs,
        default_provider: Callable[[], str | None],
        preferences: Callable[[], Preferences],
    ) -> None:
        self._catalogs = catalogs
        self._default_provider = default_provider
        self._preferences = preferences

    def provider(self, agent: Agent, wanted: str | None) -> Provider:
        """The provider asked for, else the usual one, if it fits the agent."""
        wanted = wanted or self._default_provider() or agent.profile.default_provider
        if wanted is None:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Which provider should {agent.name} use?",
                hint="Name one with --provider; see: ringlet providers list",
            )
        provider = self._catalogs.providers.get(wanted)
        choose_api(agent, provider, alternatives=self._catalogs.providers)
        return provider

    def extras(
        self, agent: Agent, *, hooks: tuple[str, ...], servers: tuple[str, ...], bare: bool
    ) -> None:
        """Refuse hooks and servers that the agent cannot have or that nobody knows."""
        if hooks:
            require_hooks(agent)
        if servers:
            require_mcp(agent)
        self._preferences().of_profile(hooks=hooks, servers=servers, bare=bare)

    def variables(self, env: Mapping[str, str | Secret]) -> None:
        """Refuse names and values that no environment can hold, and what Ringlet sets itself."""
        for name, value in env.items():
            if not is_env_name(name):
                raise _wrong(f"{name!r} is not the name of an environment variable")
            if name in _OURS or name.startswith(("RINGLET_", "CLOWN_")):
                raise _wrong(f"{name} is set by Ringlet itself")
            if "\0" in (value.reveal() if isinstance(value, Secret) else value):
                raise _wrong(f"The value of {name} holds a NUL character")
            if isinstance(value, str):
                parse_reference(value)

    def arguments(self, args: Iterable[str]) -> None:
        """Refuse what no program can be given."""
        if any("\0" in argument for argument in args):
            raise _wrong("An argument holds a NUL character")

    async def working_dir(self, folder: str | None) -> None:
        """Refuse a working folder that is not there or means another one elsewhere."""
        if folder is None:
            return
        if not os.path.isabs(folder):
            raise _wrong(f"The working folder {folder!r} is not absolute")
        if not await aside(os.path.isdir, folder):
            raise _wrong(f"There is no folder {folder}", hint="Make it first.")


def required(agent: Agent, env: Iterable[str]) -> None:
    """Raise if a variable is missing that the agent cannot do without."""
    missing = [name for name in agent.profile.required_env if name not in env]
    if missing:
        raise _wrong(
            f"{agent.name} needs the variable {' and '.join(missing)}",
            hint=f"Give it with --env {missing[0]}=VALUE, or with --env {missing[0]} if it is set.",
        )


def key_missing(provider: Provider) -> RingletError:
    """The provider wants a key, and none was given."""
    return RingletError(
        ErrorCode.SECRET_UNAVAILABLE,
        f"Provider {provider.id} needs an API key",
        hint="Pipe it in with --api-key-stdin, take one with --reuse-key-of, or answer the prompt.",
    )


def _wrong(message: str, *, hint: str = "") -> RingletError:
    return RingletError(ErrorCode.INVALID_REQUEST, message, hint=hint)
