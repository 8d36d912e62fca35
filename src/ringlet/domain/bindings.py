"""What people choose of a profile, as one document: the rest Ringlet keeps by itself."""

from __future__ import annotations

import msgspec

from ringlet.domain.profiles import Profile
from ringlet.domain.rights import AgentRights


class Binding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document of `profiles edit`. Without `endpoint` or `model` the provider's usual counts.

    Without `agent_rights` those of the settings do. `model` "" leaves the choice to the agent.
    Values of `env` may be references such as `$KEYCHAIN:<name>`.
    """

    provider: str
    endpoint: str | None = None
    model: str | None = None
    args: tuple[str, ...] = ()
    working_dir: str | None = None
    hooks: tuple[str, ...] = ()
    mcp_servers: tuple[str, ...] = ()
    bare: bool = False
    agent_rights: AgentRights | None = None
    env: dict[str, str] = {}


def binding_of(profile: Profile) -> Binding:
    """What was chosen of the profile."""
    metadata = profile.metadata
    return Binding(
        provider=profile.provider_id,
        endpoint=profile.endpoint_id,
        model=profile.model,
        args=profile.args,
        working_dir=profile.working_dir,
        hooks=metadata.enabled_hooks,
        mcp_servers=metadata.enabled_mcp_servers,
        bare=metadata.bare,
        agent_rights=metadata.agent_rights,
        env=profile.env,
    )


def bind(profile: Profile, binding: Binding) -> Profile:
    """The profile with that chosen; `endpoint` and `model` must have been decided on."""
    metadata = msgspec.structs.replace(
        profile.metadata,
        enabled_hooks=binding.hooks,
        enabled_mcp_servers=binding.mcp_servers,
        bare=binding.bare,
        agent_rights=binding.agent_rights,
    )
    return msgspec.structs.replace(
        profile,
        provider_id=binding.provider,
        endpoint_id=binding.endpoint or profile.endpoint_id,
        model=profile.model if binding.model is None else binding.model,
        args=binding.args,
        working_dir=binding.working_dir,
        env=binding.env,
        metadata=metadata,
    )
