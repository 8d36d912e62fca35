"""Requests about scripts."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.store.aside import aside
from ringlet.wire.replies.scripts import ScriptFile, ScriptInfo, ScriptText, ScriptTrial
from ringlet.wire.requests.scripts import ScriptsCopy, ScriptsList, ScriptsShow, ScriptsTest

table = Table()


@table.on(ScriptsList, "scripts")
async def list_scripts(call: Call, request: ScriptsList) -> list[ScriptInfo]:
    return await aside(call.services.scripts.all)


@table.on(ScriptsShow, "script")
async def show(call: Call, request: ScriptsShow) -> ScriptText:
    return await aside(call.services.scripts.show, request.name)


@table.on(ScriptsTest, "script_trial")
async def test(call: Call, request: ScriptsTest) -> ScriptTrial:
    from ringlet.engine.scripts import Trial
    from ringlet.scripting.locating import Script

    scripts = call.services.scripts
    folder = str(call.services.paths.user_home)
    if request.text is None:
        script = await aside(scripts.named, request.name)
    else:
        script = Script(request.name, request.text, "the request")
    trial = Trial(
        agent_id=request.agent_id,
        provider_id=request.provider_id,
        endpoint_id=request.endpoint_id,
        model=request.model,
        alias=request.alias,
        hooks=tuple(request.hooks),
        mcp_servers=tuple(request.mcp_servers),
        bare=request.bare,
        proxy_url=request.proxy_url,
    )
    return await scripts.test(script, trial, folder=folder)


@table.on(ScriptsCopy, "script_file")
async def copy(call: Call, request: ScriptsCopy) -> ScriptFile:
    return ScriptFile(str(await call.services.scripts.copy(request.name)))
