"""Requests about the scripts that configure agents."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class ScriptsList(Request, frozen=True, tag="scripts_list"):
    """All scripts, and which of several counts."""


class ScriptsShow(Request, frozen=True, tag="scripts_show"):
    """The text of a script."""

    name: str


class ScriptsTest(Request, frozen=True, tag="scripts_test"):
    """Run a script for a made-up profile; writes nothing.

    With `text` that is the script, and `name` only what it is called. Without `agent_id` the
    agent whose script has this name is meant.
    """

    name: str
    text: str | None = None
    agent_id: str | None = None
    provider_id: str | None = None
    endpoint_id: str | None = None
    model: str | None = None
    alias: str = "test"
    hooks: list[str] = []
    mcp_servers: list[str] = []
    bare: bool = False
    proxy_url: str | None = None


class ScriptsCopy(Request, frozen=True, tag="scripts_copy"):
    """Copy a script into the user's folder, to be changed there; one that is there stays."""

    name: str
