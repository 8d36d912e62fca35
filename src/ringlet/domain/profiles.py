"""Profiles: an agent bound to a provider, an endpoint, a model and a key."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from ringlet.domain.agents import Agent
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.hooks import HooksConfig
from ringlet.domain.providers import Provider, ProviderType
from ringlet.domain.rights import AgentRights
from ringlet.domain.secret import Secret

SCHEMA_VERSION: Final = 1
_MAKERS: Final = (ProviderType.ANTHROPIC, ProviderType.OPENAI)
_FALLBACK_KEY_NAME: Final = "RINGLET_API_KEY"
_COUNTED: Final = ("created_at", "home_was_there", "last_used", "total_runs", "managed", "former")


# For each file of the home, the paths of the keys in it that Ringlet set.
ManagedKeys = dict[str, tuple[tuple[str, ...], ...]]


class ProfileMetadata(msgspec.Struct, frozen=True, omit_defaults=True):
    """What Ringlet itself notes about a profile; `home` is absolute, times are UTC.

    Only a file that somebody else wrote has no `home`; it is known once the profile is loaded.
    `home_was_there` means that the home is older than the profile: not all in it is the agent's.
    Without `agent_rights` those of the settings count. `former` are earlier aliases with the times
    at which they were given up.
    """

    created_at: datetime
    home: str = ""
    home_was_there: bool = False
    last_used: datetime | None = None
    total_runs: int = 0
    enabled_hooks: tuple[str, ...] = ()
    enabled_mcp_servers: tuple[str, ...] = ()
    bare: bool = False
    hooks_config: HooksConfig | None = None
    alias_path: str | None = None
    agent_rights: AgentRights | None = None
    managed: ManagedKeys = {}
    former: dict[str, datetime] = {}


_SETTABLE: Final = tuple(f for f in ProfileMetadata.__struct_fields__ if f not in _COUNTED)


class Profile(msgspec.Struct, frozen=True):
    """One profile as it stands in `profiles/<alias>.json`.

    Values of `env` may be references such as `$KEYCHAIN:<name>`; keys never stand in it.
    """

    alias: str
    agent_id: str
    provider_id: str
    endpoint_id: str
    model: str
    metadata: ProfileMetadata
    env: dict[str, str] = {}
    args: tuple[str, ...] = ()
    working_dir: str | None = None
    schema_version: int = SCHEMA_VERSION


def key_name(provider: Provider) -> str:
    """The variable that carries the provider's key."""
    return provider.auth.env_key or _FALLBACK_KEY_NAME


def key_reference(provider: Provider, alias: str) -> str:
    """How a profile refers to its own key in the secret store."""
    return reference_to(secret_name(provider.id, alias))


def reference_to(name: str) -> str:
    """How a variable refers to a secret of the store."""
    return f"$KEYCHAIN:{name}"


def secret_name(provider_id: str, alias: str) -> str:
    """The name of a profile's own key in the secret store."""
    return f"{provider_id}-{alias}"


def variable_secret(alias: str, variable: str) -> str:
    """The name of another secret of a profile; the dot keeps it apart from all names of keys."""
    return f"{alias}.{variable}"


def own_secrets(profile: Profile) -> dict[str, str]:
    """The variables whose value is a secret under a name of the profile's own, with that name."""
    key = secret_name(profile.provider_id, profile.alias)
    candidates = ((v, n) for v in profile.env for n in (key, variable_secret(profile.alias, v)))
    return {variable: n for variable, n in candidates if profile.env[variable] == reference_to(n)}


def refuse_key(provider: Provider, key: Secret | None) -> None:
    """Raise if there is a key that nothing would be done with."""
    if key and provider.type is ProviderType.SELF:
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"Provider {provider.id} takes no key: the agent logs in by itself",
            hint="Leave the key out, or name the provider that it belongs to with --provider.",
        )


def choose_endpoint(provider: Provider, wanted: str | None) -> str:
    """The endpoint id to use; raises INVALID_ENDPOINT naming the known ones."""
    if wanted is None:
        return provider.default_endpoint
    if wanted in provider.endpoints:
        return wanted
    if wanted == "default":
        return provider.default_endpoint
    raise RingletError(
        ErrorCode.INVALID_ENDPOINT,
        f"Provider {provider.id} has no endpoint {wanted!r}",
        hint="Its endpoints: " + ", ".join(sorted(provider.endpoints)),
    )


def choose_model(agent: Agent, provider: Provider, wanted: str | None, *, force: bool) -> str:
    """Explicit model, else the provider's default, else the agent's; "" leaves it to the agent.

    An explicit model that the provider does not list is an error unless forced, and so is none
    where one of several has to be chosen.
    """
    if wanted is None:
        if options := models_to_choose(agent, provider):
            raise RingletError(
                ErrorCode.UNKNOWN_MODEL,
                f"Provider {provider.id} has no default model, nor the usual one of {agent.name}",
                hint=f"Name one of its models: {', '.join(options)}.",
            )
        return _usual_model(agent, provider)
    known = _known_models(agent, provider)
    if force or not known or wanted in known:
        return wanted
    raise RingletError(
        ErrorCode.UNKNOWN_MODEL,
        f"Provider {provider.id} does not list the model {wanted!r}",
        hint=f"Its models: {', '.join(known)}. Use --force-model to take it all the same.",
    )


def models_to_choose(agent: Agent, provider: Provider) -> tuple[str, ...]:
    """The models of which one has to be named; empty if the manifests decide."""
    known = _known_models(agent, provider)
    return known if known and _usual_model(agent, provider) not in known else ()


def _usual_model(agent: Agent, provider: Provider) -> str:
    listed = provider.models.available
    only = listed[0] if len(listed) == 1 else ""
    return provider.models.default or only or agent.models.default or ""


def _known_models(agent: Agent, provider: Provider) -> tuple[str, ...]:
    """What the provider lists; empty if it takes any model."""
    known = provider.models.available
    if known and provider.type in _MAKERS:  # the agent's short names mean models of its maker
        known += tuple(name for name in agent.models.supported if name not in known)
    return known


def changes(before: Profile, after: Profile) -> list[str]:
    """The names of what differs; what Ringlet counts by itself does not."""
    pairs = (
        *((name, before, after) for name in Profile.__struct_fields__ if name != "metadata"),
        *((name, before.metadata, after.metadata) for name in _SETTABLE),
    )
    return [name for name, old, new in pairs if getattr(old, name) != getattr(new, name)]
