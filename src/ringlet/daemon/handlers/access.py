"""Requests about who may use the HTTP interface."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.engine.access import CODE_SECONDS
from ringlet.wire.replies.access import BrowserCode, Token
from ringlet.wire.replies.base import Message
from ringlet.wire.requests.access import AccessCode, AccessRedeem, TokenRotate

table = Table()


@table.on(AccessCode, "access_code")
async def issue(call: Call, request: AccessCode) -> BrowserCode:
    access = call.services.access
    url = await access.url()
    return BrowserCode(f"{url}/#code={access.issue_code()}", CODE_SECONDS)


@table.on(AccessRedeem, "token")
async def redeem(call: Call, request: AccessRedeem) -> Token:
    return Token(call.services.access.redeem(request.code))


@table.on(TokenRotate, "success")
async def rotate(call: Call, request: TokenRotate) -> Message:
    call.services.access.rotate()
    return Message("The token was replaced; connections by the old one are closed")
