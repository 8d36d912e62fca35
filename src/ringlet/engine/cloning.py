"""Make a profile like another one: its settings, never its history."""

from __future__ import annotations

from ringlet.domain.profiles import Profile, own_secrets, secret_name
from ringlet.domain.secret import Secret
from ringlet.engine.drafts import Draft
from ringlet.engine.keys import Keys
from ringlet.store.profiles import ProfileStore


class Cloning:
    """What a clone is created from. Secrets are copied only if that is asked for."""

    def __init__(self, *, store: ProfileStore, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def draft(self, source: str, alias: str, *, install_alias: bool = True) -> Draft:
        """What creates the clone, still without any secret of the source's own."""
        profile = self._store.get(source)
        own = own_secrets(profile)
        metadata = profile.metadata
        return Draft(
            agent_id=profile.agent_id,
            alias=alias,
            provider_id=profile.provider_id,
            endpoint_id=profile.endpoint_id,
            model=profile.model,
            args=profile.args,
            working_dir=profile.working_dir,
            install_alias=install_alias,
            force_model=True,
            hooks=metadata.enabled_hooks,
            mcp_servers=metadata.enabled_mcp_servers,
            bare=metadata.bare,
            agent_rights=metadata.agent_rights,
            env={name: value for name, value in profile.env.items() if name not in own},
            hooks_config=metadata.hooks_config,
        )

    def left_out(self, source: str) -> list[str]:
        """The variables with secrets of the source's own, beside its key."""
        profile = self._store.get(source)
        return [v for v, name in own_secrets(profile).items() if name != _key(profile)]

    async def secrets(self, source: str) -> tuple[Secret | None, dict[str, str | Secret]]:
        """The source's own key and its other own secrets, for a clone that shall have them."""
        profile = self._store.get(source)
        own = own_secrets(profile)
        values = await self._keys.variables(profile)
        key = next((values[v] for v, name in own.items() if name == _key(profile)), None)
        others = {v: values[v] for v, name in own.items() if name != _key(profile)}
        return (key if isinstance(key, Secret) else None), others


def _key(profile: Profile) -> str:
    return secret_name(profile.provider_id, profile.alias)
