"""Create a profile: all of it or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from ringlet.agents.catalogs import Catalogs
from ringlet.agents.pairing import choose_api
from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.hooks import require_hooks
from ringlet.domain.names import check_alias
from ringlet.domain.preferences import require_mcp
from ringlet.domain.profiles import (
    Profile,
    ProfileMetadata,
    choose_endpoint,
    choose_model,
    key_name,
    key_reference,
    refuse_key,
    secret_name,
)
from ringlet.domain.providers import Provider
from ringlet.domain.secret import Secret
from ringlet.domain.settings import Settings
from ringlet.engine.agents import Agents
from ringlet.engine.aliases import Aliases
from ringlet.engine.events import EventStream, profile_created
from ringlet.engine.homes import remove_home, remove_if_empty
from ringlet.engine.planning import Planner, Situation
from ringlet.engine.undo import Undo, to_the_end
from ringlet.engine.vault import Vault
from ringlet.store.files import ensure_private_dir
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore


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
    hooks: tuple[str, ...] = ()
    mcp_servers: tuple[str, ...] = ()
    bare: bool = False

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


class Creation:
    """Checks what the user asked for and carries it out; what fails half-way is undone."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        agents: Agents,
        planner: Planner,
        vault: Vault,
        aliases: Aliases,
        paths: Paths,
        events: EventStream,
        settings: Settings,
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._agents = agents
        self._planner = planner
        self._vault = vault
        self._aliases = aliases
        self._paths = paths
        self._events = events
        self._default_provider = settings.defaults.provider
        self._preferences = settings.preferences

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
        refuse_key(provider, draft.key)
        self._check_extras(agent, draft)
        await self._agents.locate(agent, environ)
        return provider

    async def create(self, draft: Draft, *, situation: Situation) -> Created:
        """Create a profile; if any step fails, home, key, file and shim are as before."""
        provider = await self.check(draft, situation.environ)
        async with self._store.changing, Undo() as undo:
            self._refuse_taken(draft.alias)  # somebody may have been quicker
            agent = self._catalogs.agents.get(draft.agent_id)
            notes: list[str] = []
            home, was_there = await self._make_home(agent, draft.alias, undo, notes)
            env = await self._keep_key(draft, provider, undo, notes)
            profile = Profile(
                alias=draft.alias,
                agent_id=agent.id,
                provider_id=provider.id,
                endpoint_id=choose_endpoint(provider, draft.endpoint_id),
                model=choose_model(agent, provider, draft.model, force=draft.force_model),
                metadata=ProfileMetadata(
                    home=str(home),
                    created_at=datetime.now(UTC),
                    home_was_there=was_there,
                    enabled_hooks=draft.hooks,
                    enabled_mcp_servers=draft.mcp_servers,
                    bare=draft.bare,
                ),
                env=env,
                args=draft.args,
                working_dir=draft.working_dir,
            )
            undo.by(lambda: self._store.remove(profile.alias))
            await to_the_end(self._store.add(profile))
            # The first plan runs the script and writes its files, so that errors show now.
            plan = self._planner.plan(profile, args=[], situation=situation, run_id="")
            await to_the_end(plan)
            undo.by(lambda: self._remove_shim(profile.alias))
            shim = await to_the_end(self._install_shim(draft, situation, notes))
        self._events.publish("ProfileCreated", profile_created(profile))
        return Created(self._store.get(profile.alias), shim, notes)

    def _check_extras(self, agent: Agent, draft: Draft) -> None:
        """Refuse hooks and servers that the agent cannot have or that nobody knows."""
        if draft.hooks:
            require_hooks(agent)
        if draft.mcp_servers:
            require_mcp(agent)
        self._preferences.of_profile(hooks=draft.hooks, servers=draft.mcp_servers, bare=draft.bare)

    def _refuse_taken(self, alias: str) -> None:
        if self._store.find(alias):
            raise RingletError(
                ErrorCode.PROFILE_EXISTS,
                f"There is a profile {alias!r} already",
                hint="Choose another alias, or delete it with: ringlet profiles delete",
            )

    async def _make_home(
        self, agent: Agent, alias: str, undo: Undo, notes: list[str]
    ) -> tuple[Path, bool]:
        """The folder, and whether it was there before."""
        home = self._paths.expand(agent.profile.source_home, alias=alias, agent_id=agent.id)
        was_there = home.is_dir()
        if was_there:
            notes.append(f"Its home {home} was there already and keeps what is in it")
        else:
            if not home.parent.is_dir():
                undo.by(lambda: asyncio.to_thread(remove_if_empty, home.parent))
            undo.by(lambda: asyncio.to_thread(remove_home, home))
        await to_the_end(asyncio.to_thread(ensure_private_dir, home))
        return home, was_there

    async def _keep_key(
        self, draft: Draft, provider: Provider, undo: Undo, notes: list[str]
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
        undo.by(lambda: self._restore_key(name, before))
        await to_the_end(self._vault.keep(name, draft.key))
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

    async def _remove_shim(self, alias: str) -> None:
        with suppress(RingletError):  # there is none
            await self._aliases.uninstall(alias)

    async def _install_shim(
        self, draft: Draft, situation: Situation, notes: list[str]
    ) -> Path | None:
        """A shim is a convenience: a refusal is told, it does not undo the profile."""
        if not draft.install_alias:
            return None
        try:
            search = situation.environ.get("PATH", "")
            shim = await self._aliases.install(draft.alias, search=search)
        except RingletError as error:
            notes.append(f"No shim was installed: {error.message}")
            return None
        notes.extend([shim.note] if shim.note else [])
        return shim.path
