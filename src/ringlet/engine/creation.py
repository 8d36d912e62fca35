"""Create a profile: all of it or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.names import check_alias
from ringlet.domain.profiles import (
    Profile,
    ProfileMetadata,
    choose_endpoint,
    choose_model,
    key_name,
    key_reference,
    models_to_choose,
    refuse_key,
    secret_name,
)
from ringlet.domain.providers import Provider
from ringlet.engine.agents import Agents
from ringlet.engine.aliases import Aliases
from ringlet.engine.checks import Checks, key_missing, required
from ringlet.engine.drafts import Created, Draft
from ringlet.engine.events import EventStream, profile_created
from ringlet.engine.homes import (
    mark_home,
    remove_home,
    remove_if_empty,
    usual_home,
    was_made_for,
)
from ringlet.engine.keys import Keys
from ringlet.engine.lifecycle import Lifecycle
from ringlet.engine.planning import Planner
from ringlet.engine.plans import Situation
from ringlet.engine.undo import Undo, to_the_end
from ringlet.engine.vault import Vault
from ringlet.store.files import ensure_private_dir
from ringlet.store.paths import Paths
from ringlet.store.profiles import ProfileStore


class Creation:
    """Checks what the user asked for and carries it out; what fails half-way is undone."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        agents: Agents,
        planner: Planner,
        keys: Keys,
        vault: Vault,
        aliases: Aliases,
        paths: Paths,
        events: EventStream,
        checks: Checks,
        lifecycle: Lifecycle,
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._agents = agents
        self._planner = planner
        self._keys = keys
        self._vault = vault
        self._aliases = aliases
        self._paths = paths
        self._events = events
        self._checks = checks
        self._lifecycle = lifecycle

    def models_to_choose(self, draft: Draft) -> tuple[str, ...]:
        """The models of which the draft has to name one; empty if it does, or need not."""
        if draft.model is not None:
            return ()
        agent = self._catalogs.agents.get(draft.agent_id)
        return models_to_choose(agent, self._checks.provider(agent, draft.provider_id))

    async def check(self, draft: Draft, environ: Mapping[str, str]) -> Provider:
        """Everything that can be refused before a key is asked for; returns the provider."""
        self._refuse_taken(check_alias(draft.alias))
        agent = self._catalogs.agents.get(draft.agent_id)
        provider = self._checks.provider(agent, draft.provider_id)
        choose_endpoint(provider, draft.endpoint_id)
        choose_model(agent, provider, draft.model, force=draft.force_model)
        refuse_key(provider, draft.key)
        self._checks.extras(agent, hooks=draft.hooks, servers=draft.mcp_servers, bare=draft.bare)
        self._checks.variables(draft.env)
        self._checks.arguments(draft.args)
        await self._checks.working_dir(draft.working_dir)
        await self._agents.locate(agent, environ)
        return provider

    async def create(self, draft: Draft, *, situation: Situation) -> Created:
        """Create a profile; if any step fails, home, key, file and shim are as before."""
        provider = await self.check(draft, situation.environ)
        agent = self._catalogs.agents.get(draft.agent_id)
        required(agent, draft.env)
        async with self._store.changing, Undo() as undo:
            self._refuse_taken(draft.alias)  # somebody may have been quicker
            notes: list[str] = []
            was_there = await self._make_home(self.home_of(draft), undo, notes)
            env = await self._keys.entrust(draft.alias, draft.env, undo)
            env |= await self._keep_key(draft, provider, undo, notes)
            profile = self.profile_of(draft, env=env, home_was_there=was_there)
            await self._mark_home(profile)
            undo.by(lambda: self._store.remove(profile.alias))
            await to_the_end(self._store.add(profile))
            # The first plan runs the script and writes its files, so that errors show now.
            plan = self._planner.plan(profile, args=[], situation=situation, run_id="")
            await to_the_end(plan)
            await to_the_end(self._lifecycle.reach("create", profile, environ=situation.environ))
            undo.by(lambda: self._remove_shim(profile.alias))
            shim = await to_the_end(self._install_shim(draft, situation, notes))
        self._events.publish("ProfileCreated", profile_created(profile))
        return Created(self._store.get(profile.alias), shim, notes)

    def home_of(self, draft: Draft) -> Path:
        """Where the profile of a draft would live."""
        agent = self._catalogs.agents.get(draft.agent_id)
        return usual_home(agent, draft.alias, self._paths)

    def profile_of(
        self, draft: Draft, *, env: dict[str, str], home_was_there: bool = False
    ) -> Profile:
        """The profile that a checked draft makes."""
        agent = self._catalogs.agents.get(draft.agent_id)
        provider = self._checks.provider(agent, draft.provider_id)
        return Profile(
            alias=draft.alias,
            agent_id=agent.id,
            provider_id=provider.id,
            endpoint_id=choose_endpoint(provider, draft.endpoint_id),
            model=choose_model(agent, provider, draft.model, force=draft.force_model),
            metadata=ProfileMetadata(
                home=str(self.home_of(draft)),
                created_at=datetime.now(UTC),
                home_was_there=home_was_there,
                enabled_hooks=draft.hooks,
                enabled_mcp_servers=draft.mcp_servers,
                bare=draft.bare,
                agent_rights=draft.agent_rights,
                hooks_config=draft.hooks_config,
            ),
            env=env,
            args=draft.args,
            working_dir=draft.working_dir,
        )

    def _refuse_taken(self, alias: str) -> None:
        if self._store.find(alias):
            raise RingletError(
                ErrorCode.PROFILE_EXISTS,
                f"There is a profile {alias!r} already",
                hint="Choose another alias, or delete it with: ringlet profiles delete",
            )

    async def _make_home(self, home: Path, undo: Undo, notes: list[str]) -> bool:
        """Make the folder; whether it was there before."""
        was_there = await asyncio.to_thread(home.is_dir)
        if was_there:
            notes.append(f"Its home {home} was there already and keeps what is in it")
        else:
            if not await asyncio.to_thread(home.parent.is_dir):
                undo.by(lambda: asyncio.to_thread(remove_if_empty, home.parent))
            undo.by(lambda: asyncio.to_thread(remove_home, home))
        await to_the_end(asyncio.to_thread(ensure_private_dir, home))
        return was_there

    async def _mark_home(self, profile: Profile) -> None:
        """Note whose a home is that we have just made, or made for a profile that is gone."""
        home = Path(profile.metadata.home)
        made_for = await asyncio.to_thread(was_made_for, home)
        living = {other.metadata.created_at.isoformat() for other in self._store.all()}
        is_new = not profile.metadata.home_was_there
        if is_new or (made_for and made_for not in living):
            await asyncio.to_thread(mark_home, profile)

    async def _keep_key(
        self, draft: Draft, provider: Provider, undo: Undo, notes: list[str]
    ) -> dict[str, str]:
        """Store the key under the profile's name; returns the variables that refer to it."""
        if not draft.key:
            if provider.auth.required and key_name(provider) not in draft.env:
                raise key_missing(provider)
            return {}
        await self._keys.keep(secret_name(provider.id, draft.alias), draft.key, undo)
        chosen = await self._vault.chosen()
        notes.append(chosen.reason)
        if chosen.warning:
            notes.append(chosen.warning)
        return {key_name(provider): key_reference(provider, draft.alias)}

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
