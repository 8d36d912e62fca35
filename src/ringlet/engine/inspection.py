"""Show one profile in full."""

from __future__ import annotations

from collections.abc import Callable

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.profiles import Profile, key_name, key_reference, secret_name
from ringlet.domain.providers import Provider
from ringlet.domain.rights import AgentRights
from ringlet.engine.profiles import summary
from ringlet.engine.runs import Runs
from ringlet.engine.vault import Vault
from ringlet.store.profiles import ProfileStore
from ringlet.wire.replies.profiles import ProfileDetail


class Inspection:
    """Gathers what is known of a profile; keys are masked."""

    def __init__(
        self,
        *,
        store: ProfileStore,
        catalogs: Catalogs,
        vault: Vault,
        runs: Runs,
        rights: Callable[[str], AgentRights],
    ) -> None:
        self._rights = rights
        self._store = store
        self._catalogs = catalogs
        self._vault = vault
        self._runs = runs

    async def inspect(self, alias: str) -> ProfileDetail:
        """One profile in full, its key masked."""
        profile = self._store.get(alias)
        provider = self._catalogs.providers.entries.get(profile.provider_id)
        return ProfileDetail(
            **summary(profile),
            endpoint_url=provider.endpoints.get(profile.endpoint_id, "") if provider else "",
            home=profile.metadata.home,
            created_at=profile.metadata.created_at,
            api_key=await self._masked_key(profile, provider),
            args=profile.args,
            env=profile.env,
            working_dir=profile.working_dir,
            alias_path=profile.metadata.alias_path,
            active_runs=len(self._runs.active(alias)),
            hooks=profile.metadata.enabled_hooks,
            mcp_servers=profile.metadata.enabled_mcp_servers,
            bare=profile.metadata.bare,
            agent_rights=self._rights(alias),
            home_was_there=profile.metadata.home_was_there,
        )

    async def _masked_key(self, profile: Profile, provider: Provider | None) -> str:
        if provider is None:
            return f"provider {profile.provider_id} is unknown"
        reference = profile.env.get(key_name(provider))
        if reference is None:
            return "none"
        if reference != key_reference(provider, profile.alias):
            return reference
        return await self._vault.masked(secret_name(provider.id, profile.alias))
