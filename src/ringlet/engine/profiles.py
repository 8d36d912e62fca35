"""Create, show, and delete profiles."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.pairing import choose_api
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.profiles import (
    Profile,
    ProfileMetadata,
    choose_endpoint,
    choose_model,
    key_name,
    key_reference,
    secret_name,
)
from ringlet.domain.providers import Provider
from ringlet.domain.secret import Secret
from ringlet.engine.agents import Agents
from ringlet.engine.aliases import Aliases
from ringlet.engine.events import EventStream
from ringlet.engine.planning import Planner, Situation
from ringlet.engine.runs import Runs
from ringlet.engine.vault import Vault
from ringlet.store.files import ensure_private_dir
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies import ProfileDetail, ProfileInfo

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """What the user asked for; None leaves the choice to the manifests."""

    agent_id: str
    alias: str
    provider_id: str | None = None
    endpoint_id: str | None = None
    model: str | None = None
    key: Secret | None = None
    args: tuple[str, ...] = ()
    working_dir: str | None = None
    install_alias: bool = True
    force_model: bool = False

    def with_key(self, provider_id: str, key: Secret | None) -> Draft:
        """The same wish, with the provider that was found for it and its key."""
        return replace(self, provider_id=provider_id, key=key)


@dataclass(frozen=True, slots=True)
class Created:
    """A new profile, its shim if one was installed, and what the user should know."""

    profile: Profile
    alias_path: Path | None
    notes: list[str] = field(default_factory=list)

    @property
    def message(self) -> str:
        """What was made and how to use it, in one line."""
        alias = self.profile.alias
        direct = f"{alias} (a shim at {self.alias_path}), or: " if self.alias_path else ""
        return f"Profile {alias} created. Run it with: {direct}ringlet profiles run {alias}"


class Profiles:
    """The life of profiles; every change is on disk and published before the call returns."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        agents: Agents,
        planner: Planner,
        vault: Vault,
        aliases: Aliases,
        runs: Runs,
        paths: Paths,
        events: EventStream,
        default_provider: str | None,
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._agents = agents
        self._planner = planner
        self._vault = vault
        self._aliases = aliases
        self._runs = runs
        self._paths = paths
        self._events = events
        self._default_provider = default_provider
        self._changing = asyncio.Lock()

    def all(self, agent_id: str | None = None) -> list[ProfileInfo]:
        """All profiles by alias, or those of one agent."""
        chosen = (p for p in self._store.all() if agent_id in (None, p.agent_id))
        return [
            ProfileInfo(
                alias=profile.alias,
                agent_id=profile.agent_id,
                provider_id=profile.provider_id,
                endpoint_id=profile.endpoint_id,
                model=profile.model,
                last_used=profile.metadata.last_used,
                total_runs=profile.metadata.total_runs,
            )
            for profile in chosen
        ]

    async def inspect(self, alias: str) -> ProfileDetail:
        """One profile in full, its key masked."""
        profile = self._store.get(alias)
        provider = self._catalogs.providers.entries.get(profile.provider_id)
        return ProfileDetail(
            alias=profile.alias,
            agent_id=profile.agent_id,
            provider_id=profile.provider_id,
            endpoint_id=profile.endpoint_id,
            model=profile.model,
            last_used=profile.metadata.last_used,
            total_runs=profile.metadata.total_runs,
            endpoint_url=provider.endpoints.get(profile.endpoint_id, "") if provider else "",
            home=profile.metadata.home,
            created_at=profile.metadata.created_at,
            api_key=await self._masked_key(profile, provider),
            args=profile.args,
            env=profile.env,
            working_dir=profile.working_dir,
            alias_path=profile.metadata.alias_path,
            active_runs=len(self._runs.active(alias)),
        )

    def provider_for(self, draft: Draft) -> Provider:
        """The provider that a draft leads to; also checks that agent and provider fit."""
        agent = self._catalogs.agents.get(draft.agent_id)
        wanted = draft.provider_id or self._default_provider or agent.profile.default_provider
        if wanted is None:
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Which provider should {agent.name} use?",
                hint="Name one with --provider; see: ringlet providers list",
            )
        provider = self._catalogs.providers.get(wanted)
        choose_api(agent, provider, alternatives=self._catalogs.providers)
        return provider

    async def check(self, draft: Draft, environ: Mapping[str, str]) -> Provider:
        """Everything that can be refused before a key is asked for; returns the provider."""
        self._refuse_taken(check_alias(draft.alias))
        provider = self.provider_for(draft)
        agent = self._catalogs.agents.get(draft.agent_id)
        choose_endpoint(provider, draft.endpoint_id)
        choose_model(agent, provider, draft.model, force=draft.force_model)
        await self._agents.locate(agent, environ)
        return provider

    async def create(self, draft: Draft, *, situation: Situation) -> Created:
        """Create a profile; if any step fails, home, key, file and shim are as before."""
        provider = await self.check(draft, situation.environ)
        async with self._changing, AsyncExitStack() as undo:
            self._refuse_taken(draft.alias)  # somebody may have been quicker
            agent = self._catalogs.agents.get(draft.agent_id)
            notes: list[str] = []
            home = self._make_home(agent, draft.alias, undo, notes)
            env = await self._keep_key(draft, provider, undo, notes)
            profile = Profile(
                alias=draft.alias,
                agent_id=agent.id,
                provider_id=provider.id,
                endpoint_id=choose_endpoint(provider, draft.endpoint_id),
                model=choose_model(agent, provider, draft.model, force=draft.force_model),
                metadata=ProfileMetadata(home=str(home), created_at=datetime.now(UTC)),
                env=env,
                args=draft.args,
                working_dir=draft.working_dir,
            )
            await self._store.add(profile)
            undo.push_async_callback(self._store.remove, profile.alias)
            # The first plan runs the script and writes its files, so that errors show now.
            await self._planner.plan(profile, args=[], situation=situation, run_id="")
            shim = await self._install_shim(draft, notes)
            undo.pop_all()
        self._events.publish(
            "ProfileCreated",
            {
                "alias": profile.alias,
                "agent_id": profile.agent_id,
                "provider_id": profile.provider_id,
                "model": profile.model,
            },
        )
        return Created(self._store.get(profile.alias), shim, notes)

    async def delete(self, alias: str, *, purge: bool) -> list[str]:
        """Delete a profile, its key and shim, and with `purge` its home; returns what happened."""
        profile = self._store.get(alias)
        if self._runs.active(alias):
            raise RingletError(
                ErrorCode.INVALID_REQUEST,
                f"Profile {alias} is running",
                hint=f"End it first, or use: ringlet runs stop {alias}",
            )
        async with self._changing:
            notes: list[str] = []
            if profile.metadata.alias_path:
                await _attempt(lambda: self._aliases.uninstall(alias), notes)
            await self._store.remove(alias)
            name = secret_name(profile.provider_id, alias)
            reference = f"$KEYCHAIN:{name}"
            if reference in profile.env.values() and not self._names_key(reference):
                await _attempt(lambda: self._vault.forget(name), notes)
            home = Path(profile.metadata.home)
            if purge:
                await asyncio.to_thread(_remove_home, home)
                notes.append(f"Removed its home {home}")
            elif await asyncio.to_thread(home.is_dir):
                notes.append(f"Its home {home} is kept; --purge removes it too")
        self._events.publish("ProfileDeleted", {"alias": alias})
        return notes

    def _refuse_taken(self, alias: str) -> None:
        if self._store.find(alias):
            raise RingletError(
                ErrorCode.PROFILE_EXISTS,
                f"There is a profile {alias!r} already",
                hint="Choose another alias, or delete it with: ringlet profiles delete",
            )

    def _names_key(self, reference: str) -> bool:
        """Whether any profile that is left refers to the key."""
        return any(reference in profile.env.values() for profile in self._store.all())

    async def _masked_key(self, profile: Profile, provider: Provider | None) -> str:
        if provider is None:
            return f"provider {profile.provider_id} is unknown"
        reference = profile.env.get(key_name(provider))
        if reference is None:
            return "none"
        if reference != key_reference(provider, profile.alias):
            return reference
        secret = await self._vault.find(secret_name(provider.id, profile.alias))
        return secret.masked() if secret else "missing from the secret store"

    def _make_home(self, agent: Agent, alias: str, undo: AsyncExitStack, notes: list[str]) -> Path:
        home = self._paths.expand(agent.profile.source_home, alias=alias, agent_id=agent.id)
        parent_was_there = home.parent.is_dir()
        if home.is_dir():
            notes.append(f"Its home {home} was there already and keeps what is in it")
        else:
            if not parent_was_there:
                undo.callback(_remove_if_empty, home.parent)
                ensure_private_dir(home.parent)
            undo.callback(_remove_home, home)
        ensure_private_dir(home)
        return home

    async def _keep_key(
        self, draft: Draft, provider: Provider, undo: AsyncExitStack, notes: list[str]
    ) -> dict[str, str]:
        """Store the key under the profile's name; returns the variables that refer to it."""
        if not draft.key:
            if provider.auth.required:
                raise RingletError(
                    ErrorCode.SECRET_UNAVAILABLE,
                    f"Provider {provider.id} needs an API key",
                    hint="Pipe it in with --api-key-stdin, or answer the prompt.",
                )
            return {}
        name = secret_name(provider.id, draft.alias)
        before = await self._vault.find(name)
        await self._vault.keep(name, draft.key)
        undo.push_async_callback(self._restore_key, name, before)
        chosen = await self._vault.chosen()
        notes.append(chosen.reason)
        if chosen.warning:
            notes.append(chosen.warning)
        return {key_name(provider): key_reference(provider, draft.alias)}

    async def _restore_key(self, name: str, before: Secret | None) -> None:
        if before is None:
            await self._vault.forget(name)
        else:
            await self._vault.keep(name, before)

    async def _install_shim(self, draft: Draft, notes: list[str]) -> Path | None:
        """A shim is a convenience: a refusal is told, it does not undo the profile."""
        if not draft.install_alias:
            return None
        try:
            return await self._aliases.install(draft.alias)
        except RingletError as error:
            notes.append(f"No shim was installed: {error.message}")
            return None


def _remove_home(home: Path) -> None:
    if home.is_dir() and not home.is_symlink():
        shutil.rmtree(home)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # other profiles live there


async def _attempt(step: Callable[[], Awaitable[object]], notes: list[str]) -> None:
    """Carry on with a deletion when one of its parts cannot be removed, and say so."""
    try:
        await step()
    except RingletError as error:
        notes.append(error.message)
