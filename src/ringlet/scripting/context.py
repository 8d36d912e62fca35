"""What a script is told: the provider, the profile, the agent and the preferences."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ringlet.domain import shell_words
from ringlet.domain.agents import Agent
from ringlet.domain.hooks import HooksConfig
from ringlet.domain.preferences import GITHUB_VARIABLES, McpServer, Preferences
from ringlet.domain.profiles import key_name
from ringlet.domain.providers import Api, Provider, ProviderType
from ringlet.domain.secret import Secret
from ringlet.scripting import hooks, servers

API_KEY_MARKER: Final = "${API_KEY}"
_SHORTEST_KEY_WITH_TAIL: Final = 40
_TAIL_LENGTH: Final = 20
_VERSIONED: Final = re.compile(r"/v\d+$")


class ScriptInput(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a script's scope is made of; no key is among it.

    `api` None means the agent's own login. `endpoint` is a base URL in the convention of the
    provider's type; `proxy_url`, without `/v1`, takes its place. `has_key` says whether
    `${API_KEY}` can be filled in later, `key_tail` is that of `key_tail()`; `key_helper` is a
    command that prints the key, if the agent shall ask for it in that way. `preferences` are
    those that hold for the profile.
    """

    agent: Agent
    provider: Provider
    api: Api | None
    endpoint_id: str
    endpoint: str
    model: str
    alias: str
    home: str
    has_key: bool
    key_tail: str = ""
    key_helper: tuple[str, ...] = ()
    project_dir: str = ""
    trust_project: bool = False
    version: str = ""
    bare: bool = False
    hooks: tuple[str, ...] = ()
    mcp_servers: tuple[str, ...] = ()
    hooks_config: HooksConfig | None = None
    proxy_url: str | None = None
    preferences: Preferences = Preferences()


def key_tail(key: Secret) -> str:
    """The last 20 characters of a key that can spare them, else "".

    Claude Code lists approved keys in this form.
    """
    text = key.reveal()
    return text[-_TAIL_LENGTH:] if len(text) >= _SHORTEST_KEY_WITH_TAIL else ""


def build_context(given: ScriptInput) -> dict[str, object]:
    """The scope of a script: `provider`, `profile`, `agent`, `prefs`, and all four in `ctx`."""
    scope: dict[str, object] = {
        "provider": _describe_provider(given),
        "profile": _describe_profile(given),
        "agent": {
            "id": given.agent.id,
            "name": given.agent.name,
            "binary": given.agent.binary,
            "version": given.version,
        },
        "prefs": _describe_preferences(given.preferences),
    }
    return {**scope, "ctx": scope}


def _describe_provider(given: ScriptInput) -> dict[str, object]:
    provider = given.provider
    return {
        "id": provider.id,
        "name": provider.name,
        "type": _family(provider.type, given.api).value,
        "api": given.api.value if given.api else "",
        "endpoint_id": given.endpoint_id,
        "endpoint": _base_url(given),
        "auth_env_key": key_name(provider) if given.api else "",
        "api_key": API_KEY_MARKER if given.has_key else "",
        "model": given.model,
        "key_tail": given.key_tail,
        "key_helper": _describe_helper(given.key_helper) if given.has_key else None,
    }


def _describe_helper(words: tuple[str, ...]) -> dict[str, object] | None:
    """The command as a line for a shell, and as a list."""
    return {"line": shell_words.join(words), "words": list(words)} if words else None


def _describe_profile(given: ScriptInput) -> dict[str, object]:
    return {
        "alias": given.alias,
        "home": given.home,
        "project_dir": given.project_dir,
        "model": given.model,
        "endpoint": _base_url(given),
        "hooks": list(given.hooks),
        "mcp_servers": list(given.mcp_servers),
        "hooks_config": msgspec.to_builtins(given.hooks_config),
        "hook_rules": hooks.gather(
            given.agent, given.alias, given.preferences.hooks, given.hooks_config
        ),
        "servers": servers.gather(
            given.agent, given.project_dir or given.home, given.preferences.mcp_servers
        ),
        "proxy_url": given.proxy_url,
        "bare": given.bare,
        "trust_project": given.trust_project,
    }


def _describe_preferences(preferences: Preferences) -> dict[str, object]:
    """As documented. A secret is shown as the variable that will hold it."""
    wanted = preferences.mcp_servers
    return {
        "hooks": msgspec.to_builtins(preferences.hooks),
        "mcp_servers": {
            "filesystem": wanted.filesystem,
            "github": wanted.github,
            "github_token": f"${{{GITHUB_VARIABLES[0]}}}" if wanted.github_token else None,
            "custom": {name: _describe_server(server) for name, server in wanted.custom.items()},
        },
        "custom": msgspec.to_builtins(preferences.custom),
    }


def _describe_server(server: McpServer) -> dict[str, object]:
    env = {**server.env, **{name: f"${{{name}}}" for name in server.secrets}}
    return {"command": server.command, "args": list(server.args), "env": env}


def _family(declared: ProviderType, api: Api | None) -> ProviderType:
    """The type that fits the chosen API; a provider may speak more than its own."""
    if api is None:
        return declared
    if api is Api.GEMINI:
        return ProviderType.GOOGLE
    if api is Api.MESSAGES:
        native, compatible = ProviderType.ANTHROPIC, ProviderType.ANTHROPIC_COMPATIBLE
    else:
        native, compatible = ProviderType.OPENAI, ProviderType.OPENAI_COMPATIBLE
    return native if declared is native else compatible


def _base_url(given: ScriptInput) -> str:
    """The base URL in the convention of the chosen API: `/v1` belongs to the OpenAI ones only."""
    has_version = given.proxy_url is None and given.provider.type in (
        ProviderType.OPENAI,
        ProviderType.OPENAI_COMPATIBLE,
    )
    url = (given.proxy_url or given.endpoint).rstrip("/")
    if given.api in (Api.MESSAGES, Api.GEMINI) and has_version:
        return url.removesuffix("/v1")
    if given.api in (Api.RESPONSES, Api.CHAT) and not has_version and not _VERSIONED.search(url):
        return url + "/v1"
    return url
