"""What is said of providers."""

from __future__ import annotations

import msgspec


class EndpointInfo(msgspec.Struct, frozen=True):
    id: str
    url: str
    is_default: bool


class ProviderInfo(msgspec.Struct, frozen=True):
    """A provider; `models` empty means that it takes any model name."""

    id: str
    name: str
    provider_type: str
    default_model: str | None
    endpoints: tuple[EndpointInfo, ...]
    default_endpoint: str
    auth_required: bool
    auth_prompt: str
    auth_env_key: str
    models: tuple[str, ...]
    apis: tuple[str, ...]
    source: str
