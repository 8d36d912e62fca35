"""Requests about config.toml."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.store.aside import aside
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.config import SettingInfo
from ringlet.wire.requests.config import ConfigAdopt, ConfigList, ConfigSet, ConfigUnset

table = Table()


@table.on(ConfigList, "config")
async def list_settings(call: Call, request: ConfigList) -> list[SettingInfo]:
    return await call.services.config.all()


@table.on(ConfigSet, "success")
async def set_value(call: Call, request: ConfigSet) -> Message:
    await call.services.config.set(request.key, request.value)
    return Message(f"{request.key} is set")


@table.on(ConfigUnset, "success")
async def unset(call: Call, request: ConfigUnset) -> Message:
    await call.services.config.unset(request.key)
    return Message(f"{request.key} has its default")


@table.on(ConfigAdopt, "success")
async def adopt(call: Call, request: ConfigAdopt) -> Message:
    adoption = call.services.adoption
    if not await aside(lambda: adoption.offered):
        raise RingletError(
            ErrorCode.INVALID_REQUEST,
            f"There is nothing to take over from {adoption.source}",
            hint="That is offered as long as there are no profiles yet.",
        )
    return Message("\n".join(await adoption.adopt()))
