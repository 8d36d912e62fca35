"""Requests about providers."""

from __future__ import annotations

from ringlet.wire.requests.base import Request


class ProvidersList(Request, frozen=True, tag="providers_list"):
    """All known providers."""


class ProvidersInspect(Request, frozen=True, tag="providers_inspect"):
    id: str
