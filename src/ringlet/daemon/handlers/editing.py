"""Requests that change profiles."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import msgspec

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.bindings import Binding
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.engine.plans import Situation
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.profiles import ProfileChanged
from ringlet.wire.requests.profiles import (
    ProfilesClone,
    ProfilesRename,
    ProfilesSetKey,
    ProfilesUpdate,
)

table = Table()
# The fields of the request and what they are called in a binding.
_FIELDS: Final = {
    "provider_id": "provider",
    "endpoint_id": "endpoint",
    "model": "model",
    "working_dir": "working_dir",
    "bare": "bare",
    "agent_rights": "agent_rights",
}
_LISTS: Final = ("args", "hooks", "mcp_servers")


@table.on(ProfilesUpdate, "profile_changed")
async def update(call: Call, request: ProfilesUpdate) -> ProfileChanged:
    changes = await call.services.changes.change(
        request.alias,
        _change(request),
        key=Secret(request.api_key) if request.api_key else None,
        force_model=request.force_model,
    )
    return ProfileChanged(request.alias, changes)


@table.on(ProfilesSetKey, "success")
async def set_key(call: Call, request: ProfilesSetKey) -> Message:
    if not request.api_key:
        raise RingletError(ErrorCode.INVALID_REQUEST, "profiles_set_key: api_key is empty")
    await call.services.changes.set_key(request.alias, Secret(request.api_key))
    return Message(f"Profile {request.alias} has a new key")


@table.on(ProfilesRename, "profile_changed")
async def rename(call: Call, request: ProfilesRename) -> ProfileChanged:
    notes = await call.services.renaming.rename(
        request.alias, request.new_alias, search=os.environ.get("PATH", "")
    )
    return ProfileChanged(request.new_alias, ["alias"], notes)


@table.on(ProfilesClone, "success")
async def clone(call: Call, request: ProfilesClone) -> Message:
    cloning = call.services.cloning
    draft = cloning.draft(request.alias, request.new_alias, install_alias=not request.no_alias)
    if request.reuse_key:
        key, others = await cloning.secrets(request.alias)
        draft = replace(draft, key=key, env={**draft.env, **others})
    if request.api_key:
        draft = replace(draft, key=Secret(request.api_key))
    here = Situation(str(call.services.paths.user_home), os.environ)
    created = await call.services.creation.create(draft, situation=here)
    return Message(created.message)


def _change(request: ProfilesUpdate) -> Callable[[Binding], Binding]:
    given: dict[str, Any] = {
        name: getattr(request, field)
        for field, name in _FIELDS.items()
        if getattr(request, field) is not msgspec.UNSET
    }
    lists = {name: getattr(request, name) for name in _LISTS}
    given |= {n: tuple(value) for n, value in lists.items() if value is not msgspec.UNSET}
    if "provider" in given:  # another provider knows other models and endpoints
        given = {"model": None, "endpoint": None} | given

    def make(now: Binding) -> Binding:
        merged = {**now.env, **request.env}
        env = {name: value for name, value in merged.items() if value is not None}
        return msgspec.structs.replace(now, env=env, **given)

    return make
