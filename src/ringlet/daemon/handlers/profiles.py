"""Requests about profiles."""

from __future__ import annotations

import os

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.engine.drafts import Draft
from ringlet.engine.plans import Situation
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.profiles import ProfileDetail, ProfileInfo, ProfilePlan
from ringlet.wire.requests.profiles import (
    ProfilesCreate,
    ProfilesDelete,
    ProfilesEnv,
    ProfilesInspect,
    ProfilesList,
    ProfilesPlan,
    ProfilesPreview,
)

table = Table()


@table.on(ProfilesCreate, "success")
async def create(call: Call, request: ProfilesCreate) -> Message:
    draft = await _draft(call, request)
    created = await call.services.creation.create(draft, situation=_home(call))
    return Message(created.message)


@table.on(ProfilesPreview, "profile_plan")
async def preview(call: Call, request: ProfilesPreview) -> ProfilePlan:
    draft = await _draft(call, request)
    return await call.services.previews.of_draft(draft, situation=_home(call))


@table.on(ProfilesPlan, "profile_plan")
async def plan(call: Call, request: ProfilesPlan) -> ProfilePlan:
    here = Situation(request.cwd or str(call.services.paths.user_home), os.environ)
    previews = call.services.previews
    return await previews.of_profile(request.alias, args=request.args, situation=here)


@table.on(ProfilesList, "profiles")
async def list_profiles(call: Call, request: ProfilesList) -> list[ProfileInfo]:
    return call.services.profiles.all(request.agent_id)


@table.on(ProfilesInspect, "profile")
async def inspect(call: Call, request: ProfilesInspect) -> ProfileDetail:
    return await call.services.inspection.inspect(request.alias)


@table.on(ProfilesDelete, "success")
async def delete(call: Call, request: ProfilesDelete) -> Message:
    notes = await call.services.deletion.delete(
        request.alias, purge=request.purge, confirmed=request.confirm_home
    )
    return Message(". ".join([f"Profile {request.alias} deleted", *notes]))


@table.on(ProfilesEnv, "env")
async def env(call: Call, request: ProfilesEnv) -> dict[str, str]:
    if request.include_secrets and not call.is_private:
        raise RingletError(ErrorCode.FORBIDDEN, "Keys are only handed out over ipc://")
    return await call.services.launches.environment(
        request.alias, environ=request.environ, include_secrets=request.include_secrets
    )


async def _draft(call: Call, request: ProfilesCreate) -> Draft:
    draft = Draft(
        agent_id=request.agent_id,
        alias=request.alias,
        provider_id=request.provider_id,
        endpoint_id=request.endpoint_id,
        model=request.model,
        key=Secret(request.api_key) if request.api_key else None,
        args=tuple(request.args),
        working_dir=request.working_dir,
        install_alias=not request.no_alias,
        force_model=request.force_model,
        hooks=tuple(request.hooks),
        mcp_servers=tuple(request.mcp_servers),
        bare=request.bare,
        agent_rights=request.agent_rights,
        env=request.env,
    )
    if request.reuse_key_of is None:
        return draft
    provider = await call.services.creation.check(draft, os.environ)
    key = await call.services.keys.of(request.reuse_key_of, provider)
    return draft.with_key(provider.id, key)


def _home(call: Call) -> Situation:
    """The situation of requests that come from no folder."""
    return Situation(str(call.services.paths.user_home), os.environ)
