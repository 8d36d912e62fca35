"""The MCP servers of a profile, gathered and ready for its agent's script."""

from __future__ import annotations

from typing import Final

from ringlet.domain.agents import Agent
from ringlet.domain.preferences import GITHUB_VARIABLES, McpPreferences, McpServer

_FILESYSTEM: Final = "@modelcontextprotocol/server-filesystem"
_GITHUB: Final = "@modelcontextprotocol/server-github"


def gather(agent: Agent, folder: str, preferences: McpPreferences) -> dict[str, object]:
    """Each server by name: `command`, `args`, `env`, and `secret_env`.

    `secret_env` are variables that the server finds in the agent's environment: their values
    go into no file. `folder` is what the server of the file system shows.
    """
    if not agent.supports_mcp:
        return {}
    servers: dict[str, object] = {}
    if preferences.filesystem:
        servers["filesystem"] = _entry("npx", ["-y", _FILESYSTEM, folder])
    if preferences.github:
        secrets = GITHUB_VARIABLES if preferences.github_token else ()
        servers["github"] = _entry("npx", ["-y", _GITHUB], secrets=secrets)
    for name, server in preferences.custom.items():
        servers[name] = describe(server)
    return servers


def describe(server: McpServer) -> dict[str, object]:
    """A server of the user's own."""
    secrets = server.secrets
    env = {name: value for name, value in server.env.items() if name not in secrets}
    return _entry(server.command, list(server.args), env, tuple(secrets))


def _entry(
    command: str,
    args: list[str],
    env: dict[str, str] | None = None,
    secrets: tuple[str, ...] = (),
) -> dict[str, object]:
    return {"command": command, "args": args, "env": env or {}, "secret_env": list(secrets)}
