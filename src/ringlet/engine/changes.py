"""Change what was chosen of a profile: the same rules as at its creation, and one event."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.bindings import Binding, bind, binding_of
from ringlet.domain.profiles import (
    Profile,
    changes,
    choose_endpoint,
    choose_model,
    key_name,
    key_reference,
    refuse_key,
    secret_name,
)
from ringlet.domain.providers import Provider
from ringlet.domain.secret import Secret
from ringlet.engine.checks import Checks, key_missing
from ringlet.engine.events import EventStream
from ringlet.engine.keys import Keys
from ringlet.engine.undo import Undo, to_the_end
from ringlet.store.profiles import ProfileStore

_KEY = "api_key"


class Changes:
    """Checks a change, carries it out wholly or not at all, and tells what is different."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        checks: Checks,
        keys: Keys,
        events: EventStream,
    ) -> None:
        self._store = store
        self._catalogs = catalogs
        self._checks = checks
        self._keys = keys
        self._events = events

    def binding(self, alias: str) -> Binding:
        """What is chosen of the profile now."""
        return binding_of(self._store.get(alias))

    def provider(self, alias: str, wanted: str | None = None) -> Provider:
        """The profile's provider, or another one that fits its agent."""
        profile = self._store.get(alias)
        if wanted is None:
            return self._catalogs.providers.get(profile.provider_id)
        return self._checks.provider(self._catalogs.agents.get(profile.agent_id), wanted)

    async def change(
        self,
        alias: str,
        make: Callable[[Binding], Binding],
        *,
        key: Secret | None = None,
        force_model: bool = False,
    ) -> list[str]:
        """Let `make` turn what is chosen into what shall be; the names of what differs now.

        With `key` that becomes the profile's own. What does not change is not checked again: a
        model that the provider has withdrawn does not stand in the way of other changes.
        """
        async with self._store.changing, Undo() as undo:
            before = self._store.get(alias)
            wanted = make(binding_of(before))
            await self._check(before, wanted)
            provider = self._catalogs.providers.get(wanted.provider)
            decided = self._decide(before, wanted, provider, force_model=force_model)
            variables = await self._settle_key(before, decided, provider, key, undo)
            env = await self._keys.entrust(alias, variables, undo)
            after = msgspec.structs.replace(decided, env=env)
            different = changes(before, bind(before, after)) + ([_KEY] if key else [])
            await to_the_end(self._store.update(alias, lambda latest: bind(latest, after)))
        if different:
            self._events.publish("ProfileUpdated", {"alias": alias, "changes": different})
        await self._keys.drop(before)
        return different

    async def set_key(self, alias: str, key: Secret) -> None:
        """Replace the profile's key; what runs goes on with the old one."""
        await self.change(alias, lambda chosen: chosen, key=key)

    async def _check(self, before: Profile, wanted: Binding) -> None:
        now = binding_of(before)
        agent = self._catalogs.agents.get(before.agent_id)
        if wanted.provider != now.provider:
            self._checks.provider(agent, wanted.provider)
        extras = (wanted.hooks, wanted.mcp_servers, wanted.bare)
        if extras != (now.hooks, now.mcp_servers, now.bare):
            self._checks.extras(
                agent, hooks=wanted.hooks, servers=wanted.mcp_servers, bare=wanted.bare
            )
        if wanted.working_dir != now.working_dir:
            await self._checks.working_dir(wanted.working_dir)
        self._checks.variables(wanted.env)
        self._checks.arguments(wanted.args)

    def _decide(
        self, before: Profile, wanted: Binding, provider: Provider, *, force_model: bool
    ) -> Binding:
        """Endpoint and model as they will be; another provider knows others."""
        agent = self._catalogs.agents.get(before.agent_id)
        endpoint, model = wanted.endpoint, wanted.model
        same = wanted.provider == before.provider_id
        if not same or endpoint != before.endpoint_id:
            endpoint = choose_endpoint(provider, endpoint)
        if not same or model != before.model:
            model = choose_model(agent, provider, model, force=force_model or model == "")
        return msgspec.structs.replace(wanted, endpoint=endpoint, model=model)

    async def _settle_key(
        self, before: Profile, wanted: Binding, provider: Provider, key: Secret | None, undo: Undo
    ) -> dict[str, str | Secret]:
        """The variables with the reference to the key that the provider wants."""
        refuse_key(provider, key)
        alias = before.alias
        env: dict[str, str | Secret] = dict(wanted.env)
        old = self._catalogs.providers.entries.get(before.provider_id)
        if old and old.id != provider.id and env.get(key_name(old)) == key_reference(old, alias):
            del env[key_name(old)]
        if key:
            await self._keys.keep(secret_name(provider.id, alias), key, undo)
            env[key_name(provider)] = key_reference(provider, alias)
        elif provider.auth.required and key_name(provider) not in env:
            raise key_missing(provider)
        return env
