"""Requests about shims."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.wire.replies.aliases import AliasInfo
from ringlet.wire.replies.base import Message
from ringlet.wire.requests.aliases import AliasesInstall, AliasesList, AliasesUninstall

table = Table()


@table.on(AliasesInstall, "success")
async def install(call: Call, request: AliasesInstall) -> Message:
    search = os.environ.get("PATH", "")
    shim = await call.services.aliases.install(
        request.alias, search=search, bin_dir=request.bin_dir
    )
    return Message(". ".join(filter(None, [f"Installed {shim.path}", shim.note])))


@table.on(AliasesUninstall, "success")
async def uninstall(call: Call, request: AliasesUninstall) -> Message:
    path = await call.services.aliases.uninstall(request.alias, request.bin_dir)
    return Message(f"Removed {path}")


@table.on(AliasesList, "aliases")
async def list_aliases(call: Call, request: AliasesList) -> list[AliasInfo]:
    return call.services.aliases.all()
