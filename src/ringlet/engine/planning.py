"""Turn a profile into a plan: program, arguments, environment, folder, files."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import msgspec

from ringlet.agents.catalog import AgentCatalog, ProviderCatalog
from ringlet.agents.pairing import choose_api
from ringlet.domain.agents import Detection
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.profiles import ManagedKeys, Profile, key_name
from ringlet.domain.providers import Api, Provider
from ringlet.domain.secret import Secret
from ringlet.engine.agents import Agents
from ringlet.engine.demo import SCHEME, DemoModel
from ringlet.engine.vault import Vault
from ringlet.runtime.bridges import DEFAULT, find_bridges
from ringlet.runtime.environment import Environment, build
from ringlet.scripting.context import ScriptInput, key_tail
from ringlet.scripting.documents import Kind
from ringlet.scripting.engine import find_script, run_script
from ringlet.scripting.merge import merge
from ringlet.scripting.result import ScriptResult, fill_secret
from ringlet.store.anchor import Anchor
from ringlet.store.files import ensure_private_dir
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and how a run was asked for: the caller's folder and environment."""

    cwd: str
    environ: Mapping[str, str] = field(repr=False)
    trust: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that starting a program under a profile takes; `environment` hides its keys."""

    binary: str
    args: list[str]
    working_dir: str
    environment: Environment


class Planner:
    """Makes plans and writes the files that the agent's script produces."""

    def __init__(
        self,
        *,
        agents: Agents,
        agent_catalog: AgentCatalog,
        providers: ProviderCatalog,
        profiles: ProfileStore,
        vault: Vault,
        demo: DemoModel,
        paths: Paths,
        locations: Mapping[str, str],
        disabled_bridges: tuple[str, ...],
    ) -> None:
        self._agents = agents
        self._agent_catalog = agent_catalog
        self._providers = providers
        self._profiles = profiles
        self._vault = vault
        self._demo = demo
        self._paths = paths
        self._locations = locations
        self._bridges = tuple(name for name in DEFAULT if name not in disabled_bridges)
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
        agent = self._agent_catalog.get(profile.agent_id)
        found = None if command else await self._agents.locate(agent, situation.environ)
        result, environment = await self.configure(
            profile, situation=situation, run_id=run_id, version=found.version if found else None
        )
        await self._write_files(profile, result)
        if command:
            binary = _find_program(command[0], situation)
            arguments = command[1:]
        else:
            binary = _path_of(found)
            arguments = [*profile.args, *result.args, *args]
        return Plan(binary, arguments, profile.working_dir or situation.cwd, environment)

    async def configure(
        self, profile: Profile, *, situation: Situation, run_id: str, version: str | None = None
    ) -> tuple[ScriptResult, Environment]:
        """What the agent's script produces and the resulting environment; writes nothing."""
        agent = self._agent_catalog.get(profile.agent_id)
        provider = self._providers.get(profile.provider_id)
        api = choose_api(agent, provider, alternatives=self._providers)
        own = await self._vault.resolve(profile)
        key = own.get(key_name(provider))
        secret = key if isinstance(key, Secret) else Secret(key) if key else None
        script = find_script(agent.profile.script, user_dir=self._paths.scripts)
        script_input = ScriptInput(
            agent=agent,
            provider=provider,
            api=api,
            endpoint_id=profile.endpoint_id,
            endpoint=await self._endpoint(provider, profile.endpoint_id, api),
            alias=profile.alias,
            home=profile.metadata.home,
            project_dir=await asyncio.to_thread(
                os.path.realpath, profile.working_dir or situation.cwd
            ),
            model=profile.model,
            has_key=secret is not None,
            key_tail=key_tail(secret) if secret else "",
            trust_project=situation.trust,
            version=version or "",
        )
        result = await asyncio.to_thread(run_script, script, script_input)
        environment = build(
            caller=situation.environ,
            agent=agent,
            home=Path(profile.metadata.home),
            real_home=self._paths.user_home,
            produced=fill_secret(result.env, secret),
            own=own,
            bridges=find_bridges(self._paths.user_home, situation.environ, self._bridges),
            locations={**self._locations, "RINGLET_PROFILE": profile.alias},
            run_id=run_id,
        )
        return result, environment

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

    async def _write_files(self, profile: Profile, result: ScriptResult) -> None:
        """Merge the script's files into the home; one writer for each profile."""
        async with self._merging[profile.alias]:
            current = self._profiles.find(profile.alias) or profile
            managed = await asyncio.to_thread(_merge_files, current, result)
            await self._profiles.update(profile.alias, lambda latest: _managing(latest, managed))


def _managing(profile: Profile, managed: ManagedKeys) -> Profile:
    metadata = msgspec.structs.replace(profile.metadata, managed=managed)
    return msgspec.structs.replace(profile, metadata=metadata)


def _merge_files(profile: Profile, result: ScriptResult) -> ManagedKeys:
    """Write what has changed; returns the keys that Ringlet manages in each file."""
    home = Path(profile.metadata.home)
    ensure_private_dir(home)
    managed = {}
    with Anchor(home) as anchor:
        for name, produced in result.files.items():
            before = anchor.read(name)
            existing = before.decode() if before is not None else None
            known = frozenset(profile.metadata.managed.get(name, ()))
            merged = merge(_kind(name), existing, produced, known, name=name)
            if merged.text != existing:
                anchor.write(name, merged.text.encode(), 0o600)
            managed[name] = tuple(sorted(merged.managed))
    return managed


def _kind(name: str) -> Kind:
    kinds: dict[str, Kind] = {".json": "json", ".toml": "toml"}
    return kinds.get(PurePosixPath(name).suffix, "text")


def _path_of(found: Detection | None) -> str:
    assert found is not None and found.path is not None  # noqa: S101 - `locate` raised otherwise
    return found.path


def _find_program(name: str, situation: Situation) -> str:
    """The program that the caller's shell would start."""
    if os.sep in name:
        path = os.path.join(situation.cwd, name)
        found = path if os.access(path, os.X_OK) and not os.path.isdir(path) else None
    else:
        found = shutil.which(name, path=situation.environ.get("PATH") or os.defpath)
    if found is None:
        raise RingletError(ErrorCode.EXECUTION_ERROR, f"There is no program {name!r} on your PATH")
    return os.path.abspath(found)
