"""Requests about agents."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class AgentsList(Request, frozen=True, tag="agents_list"):
    """All known agents; `refresh` probes again instead of trusting the cache."""

    refresh: bool = False


class AgentsInspect(Request, frozen=True, tag="agents_inspect"):
    id: str


class AgentsInstall(Request, frozen=True, tag="agents_install"):
    """Install an agent by npm; it takes minutes, so give the request a long deadline."""

    id: str
    version: str | None = None


class AgentsUninstall(Request, frozen=True, tag="agents_uninstall"):
    """Remove what Ringlet itself has installed of an agent."""

    id: str


class AgentsSetPath(Request, frozen=True, tag="agents_set_path"):
    """Use this executable for an agent; None goes back to looking for one."""

    id: str
    path: str | None = None
