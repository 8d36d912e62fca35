"""Requests about the user's folders."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.store.aside import aside
from ringlet.wire.replies.workspace import Completions, Folder, Repository
from ringlet.wire.requests.workspace import FsComplete, FsList, GitInfo

table = Table()


@table.on(FsList, "folder")
async def list_folder(call: Call, request: FsList) -> Folder:
    return await aside(call.services.workspace.folder, request.path)


@table.on(FsComplete, "completions")
async def complete(call: Call, request: FsComplete) -> Completions:
    found = await aside(call.services.workspace.complete, request.prefix)
    return Completions(found)


@table.on(GitInfo, "repository")
async def repository(call: Call, request: GitInfo) -> Repository:
    return await aside(call.services.workspace.repository, request.path)
