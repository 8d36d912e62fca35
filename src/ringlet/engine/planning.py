"""Turn a profile into a plan: program, arguments, environment, folder, files."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.pairing import choose_api
from ringlet.domain.agents import Agent, Detection
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.hooks import check_hooks
from ringlet.domain.preferences import Preferences
from ringlet.domain.profiles import ManagedKeys, Profile, key_name
from ringlet.domain.providers import Api, Provider
from ringlet.domain.secret import Secret
from ringlet.domain.settings import Settings
from ringlet.engine.agents import Agents
from ringlet.engine.demo import SCHEME, DemoModel
from ringlet.engine.plans import Configured, Plan, Situation
from ringlet.engine.run_keys import HELPER
from ringlet.engine.separation import clear_leftovers, separated
from ringlet.engine.usage.telemetry import Telemetry
from ringlet.engine.vault import Vault
from ringlet.runtime.bridges import DEFAULT, find_bridges
from ringlet.runtime.environment import build
from ringlet.runtime.gitconfig import compose
from ringlet.runtime.programs import find_program
from ringlet.store.aside import aside
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore

if TYPE_CHECKING:
    from ringlet.scripting.context import ScriptInput

_NONE: Final[Mapping[str, Secret]] = {}
_GIT_FILE: Final = ".ringlet/gitconfig"


class Planner:
    """Makes plans and writes the files that the agent's script produces."""

    def __init__(
        self,
        *,
        agents: Agents,
        catalogs: Catalogs,
        profiles: ProfileStore,
        vault: Vault,
        demo: DemoModel,
        paths: Paths,
        locations: Mapping[str, str],
        settings: Callable[[], Settings],
        preferences: Callable[[], Preferences],
        telemetry: Telemetry,
    ) -> None:
        self._agents = agents
        self._catalogs = catalogs
        self._profiles = profiles
        self._vault = vault
        self._demo = demo
        self._paths = paths
        self._locations = locations
        self._settings = settings
        self._preferences = preferences
        self._telemetry = telemetry
        self._merging: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def plan(
        self,
        profile: Profile,
        *,
        args: list[str],
        situation: Situation,
        run_id: str,
        command: list[str] | None = None,
    ) -> Plan:
        """A plan for the agent, or for `command` in the agent's environment; files are written."""
        agent = self._catalogs.agents.get(profile.agent_id)
        found = None if command else await self._agents.locate(agent, situation.environ)
        if found and (path := self._agents.close_path(situation.environ, found)):
            situation = situation.with_path(path)
        configured = await self.configure(
            profile, situation=situation, run_id=run_id, version=found.version if found else None
        )
        await self._write_files(profile, configured)
        await aside(clear_leftovers, agent, Path(profile.metadata.home))
        if command:
            binary = find_program(
                command[0], folder=situation.cwd, path=situation.environ.get("PATH")
            )
            version = await self._version_of(binary, agent, situation)
            arguments = separated(agent, version, command[1:])
        else:
            binary = _path_of(found)
            given = [*profile.args, *configured.result.args, *args]
            arguments = separated(agent, found.version if found else None, given)
        return Plan(
            binary,
            arguments,
            profile.working_dir or situation.cwd,
            configured.environment if command else configured.for_agent,
            None if command else configured.asked_for,
        )

    async def configure(
        self,
        profile: Profile,
        *,
        situation: Situation,
        run_id: str,
        version: str | None = None,
        secrets: Mapping[str, Secret] = _NONE,
    ) -> Configured:
        """What the agent's script produces and the resulting environment; writes nothing.

        `secrets` are variables that stand for secrets which are not stored yet.
        """
        from ringlet.engine import configuration

        agent = self._catalogs.agents.get(profile.agent_id)
        provider = self._catalogs.providers.get(profile.provider_id)
        own = {**await self._vault.resolve(profile.env, situation.environ), **secrets}
        value = own.get(key_name(provider))
        key = None if value is None else _as_secret(value)
        given = await self._describe(profile, agent, provider, situation)
        given = _completed(given, key, version)
        result = await asyncio.to_thread(configuration.produce, given, self._paths)
        result = configuration.fill_key_files(result, key)
        if agent.supports_mcp:
            servers = given.preferences.mcp_servers
            found = await self._vault.resolve(servers.secrets, situation.environ)
            own = {**{name: _as_secret(value) for name, value in found.items()}, **own}
        bridges, own_files = await self._bridge(profile, situation)
        told = await self._telemetry.variables(
            agent,
            profile=profile.alias,
            run_id=run_id,
            own={**result.env, **own},
            folders=(Path(profile.metadata.home), Path(given.project_dir)),
        )
        environment = build(
            caller=situation.environ,
            agent=agent,
            home=Path(profile.metadata.home),
            real_home=self._paths.user_home,
            produced={**told, **configuration.fill(result, key)},
            own=own,
            bridges=bridges,
            locations={**self._locations, "RINGLET_PROFILE": profile.alias},
            run_id=run_id,
        )
        asked_for = key if given.key_helper else None
        return Configured(result, environment, own_files, asked_for, key_name(provider))

    async def _version_of(self, binary: str, agent: Agent, situation: Situation) -> str | None:
        """The agent's version, if the program is the agent itself."""
        if os.path.basename(binary) != os.path.basename(agent.binary):
            return None
        with suppress(RingletError):  # it is installed nowhere else
            found = await self._agents.locate(agent, situation.environ)
            if await _real(found.path or "") == await _real(binary):
                return found.version
        return None

    async def _describe(
        self, profile: Profile, agent: Agent, provider: Provider, situation: Situation
    ) -> ScriptInput:
        """What the agent's script is told, but for the key and the version."""
        from ringlet.scripting.context import ScriptInput

        api = choose_api(agent, provider, alternatives=self._catalogs.providers)
        metadata = profile.metadata
        if metadata.hooks_config:
            check_hooks(agent, metadata.hooks_config)
        return ScriptInput(
            agent=agent,
            provider=provider,
            api=api,
            endpoint_id=profile.endpoint_id,
            endpoint=await self._endpoint(provider, profile.endpoint_id, api),
            alias=profile.alias,
            home=metadata.home,
            project_dir=await _real(profile.working_dir or situation.cwd),
            model=profile.model,
            has_key=False,
            key_helper=self._key_helper(agent),
            trust_project=situation.trust,
            bare=metadata.bare,
            hooks=metadata.enabled_hooks,
            mcp_servers=metadata.enabled_mcp_servers,
            hooks_config=metadata.hooks_config,
            preferences=self._preferences().of_profile(
                hooks=metadata.enabled_hooks,
                servers=metadata.enabled_mcp_servers,
                bare=metadata.bare,
            ),
        )

    def _key_helper(self, agent: Agent) -> tuple[str, ...]:
        """What the agent shall run to get its key; () if it finds it in a variable."""
        by_helper = self._settings().secrets.delivery == "helper"
        return HELPER if by_helper and agent.supports_key_helper else ()

    async def _endpoint(self, provider: Provider, endpoint_id: str, api: Api | None) -> str:
        url = provider.endpoints.get(endpoint_id)
        if url is None:
            raise RingletError(
                ErrorCode.INVALID_ENDPOINT,
                f"Provider {provider.id} has no endpoint {endpoint_id!r} any more",
                hint="Its endpoints: " + ", ".join(sorted(provider.endpoints)),
            )
        if url.startswith(SCHEME) and api is not None:
            return await self._demo.base_url(api)
        return url

    async def _bridge(
        self, profile: Profile, situation: Situation
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Variables that lead tools to the user's own configuration, and files that these name."""
        disabled = self._settings().isolation.disabled_bridges
        enabled = tuple(name for name in DEFAULT if name not in disabled)
        bridges = find_bridges(self._paths.user_home, situation.environ, enabled)
        if "git" not in enabled:
            return bridges, {}
        text = await aside(compose, self._paths.user_home, situation.environ)
        if text is None:
            return bridges, {}
        bridges["GIT_CONFIG_GLOBAL"] = os.path.join(profile.metadata.home, _GIT_FILE)
        return bridges, {_GIT_FILE: text}

    async def _write_files(self, profile: Profile, configured: Configured) -> None:
        """Merge the script's files into the home; one writer for each profile."""
        from ringlet.engine import configuration

        async with self._merging[profile.alias]:
            current = self._profiles.find(profile.alias) or profile
            managed = await asyncio.to_thread(
                configuration.write, current, configured.result, configured.own_files
            )
            await self._profiles.update(profile.alias, lambda latest: _managing(latest, managed))


def _completed(given: ScriptInput, key: Secret | None, version: str | None) -> ScriptInput:
    """What the script is told, with what may be told of the key, and the agent's version."""
    from ringlet.engine import configuration

    return msgspec.structs.replace(
        given, has_key=key is not None, key_tail=configuration.tail(key), version=version or ""
    )


def _managing(profile: Profile, managed: ManagedKeys) -> Profile:
    metadata = msgspec.structs.replace(profile.metadata, managed=managed)
    return msgspec.structs.replace(profile, metadata=metadata)


def _as_secret(value: str | Secret) -> Secret:
    return Secret(value) if isinstance(value, str) else value


async def _real(folder: str) -> str:
    return await aside(os.path.realpath, folder)


def _path_of(found: Detection | None) -> str:
    assert found is not None and found.path is not None  # noqa: S101 - `locate` raised otherwise
    return found.path
