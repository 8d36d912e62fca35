"""Requests about providers."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.wire.replies.providers import ProviderInfo
from ringlet.wire.requests.providers import ProvidersInspect, ProvidersList

table = Table()


@table.on(ProvidersList, "providers")
async def list_providers(call: Call, request: ProvidersList) -> list[ProviderInfo]:
    return call.services.providers.all()


@table.on(ProvidersInspect, "provider")
async def inspect(call: Call, request: ProvidersInspect) -> ProviderInfo:
    return call.services.providers.inspect(request.id)
