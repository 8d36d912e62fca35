"""Providers: the API back ends that profiles talk to."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec


class Api(StrEnum):
    """A wire format between an agent and a model provider."""

    MESSAGES = "messages"  # Anthropic Messages
    RESPONSES = "responses"  # OpenAI Responses
    CHAT = "chat"  # OpenAI Chat Completions
    GEMINI = "gemini"  # Google's Gemini API


class ProviderType(StrEnum):
    """The families that manifests name."""

    ANTHROPIC = "anthropic"
    ANTHROPIC_COMPATIBLE = "anthropic-compatible"
    OPENAI = "openai"
    OPENAI_COMPATIBLE = "openai-compatible"
    GOOGLE = "google"
    SELF = "self"  # the agent's own login


OWN_LOGIN: Final = "self"  # the id of the built-in provider of that type

_APIS_OF_TYPE: Final[dict[ProviderType, tuple[Api, ...]]] = {
    ProviderType.ANTHROPIC: (Api.MESSAGES,),
    ProviderType.ANTHROPIC_COMPATIBLE: (Api.MESSAGES,),
    ProviderType.OPENAI: (Api.RESPONSES, Api.CHAT),
    ProviderType.OPENAI_COMPATIBLE: (Api.CHAT,),
    ProviderType.GOOGLE: (Api.GEMINI,),
    ProviderType.SELF: (),
}


class Auth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a provider wants to be paid: `env_key` names its key variable, "" if there is none."""

    env_key: str = ""
    prompt: str = ""
    required: bool = True


class ProviderModels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`available` empty means that any model name is accepted."""

    available: tuple[str, ...] = ()
    default: str | None = None


class Provider(msgspec.Struct, frozen=True):
    """One provider, as parsed and normalised from its manifest.

    `endpoints` maps names to base URLs in the convention of the provider's type: without `/v1`
    for Anthropic types and Google's, with it for OpenAI types. `default_endpoint` is always one of
    its keys.
    """

    id: str
    name: str
    type: ProviderType
    endpoints: dict[str, str]
    default_endpoint: str
    auth: Auth = Auth()
    models: ProviderModels = ProviderModels()
    apis: tuple[Api, ...] = ()
    source: str = "built-in"

    @property
    def spoken(self) -> tuple[Api, ...]:
        """The wire formats that it answers: declared ones, else those of its type."""
        return self.apis or _APIS_OF_TYPE[self.type]
