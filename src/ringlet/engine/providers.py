"""What is known of providers."""

from __future__ import annotations

from ringlet.agents.catalogs import Catalogs
from ringlet.domain.providers import Provider
from ringlet.wire.replies.providers import EndpointInfo, ProviderInfo


class Providers:
    """Lists and shows providers."""

    def __init__(self, *, catalogs: Catalogs) -> None:
        self._catalogs = catalogs

    def all(self) -> list[ProviderInfo]:
        """All providers by id."""
        return [_info(provider) for provider in self._catalogs.providers]

    @property
    def problems(self) -> list[str]:
        """What is wrong with manifests of providers that were left out."""
        return [str(problem) for problem in self._catalogs.providers.problems]

    def inspect(self, identifier: str) -> ProviderInfo:
        """One provider; raises PROVIDER_NOT_FOUND."""
        return _info(self._catalogs.providers.get(identifier))


def _info(provider: Provider) -> ProviderInfo:
    return ProviderInfo(
        id=provider.id,
        name=provider.name,
        provider_type=provider.type.value,
        default_model=provider.models.default,
        endpoints=tuple(
            EndpointInfo(id=name, url=url, is_default=name == provider.default_endpoint)
            for name, url in sorted(provider.endpoints.items())
        ),
        default_endpoint=provider.default_endpoint,
        auth_required=provider.auth.required,
        auth_prompt=provider.auth.prompt,
        auth_env_key=provider.auth.env_key,
        models=provider.models.available,
        apis=tuple(api.value for api in provider.spoken),
        source=provider.source,
    )
