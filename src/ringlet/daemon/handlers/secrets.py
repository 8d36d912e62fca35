"""Requests about secrets."""

from __future__ import annotations

from ringlet.daemon.handlers.table import Call, Table
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.secret import Secret
from ringlet.wire.replies.base import Message
from ringlet.wire.replies.secrets import SecretInfo, SecretsInfo
from ringlet.wire.requests.secrets import (
    SecretsDelete,
    SecretsList,
    SecretsLock,
    SecretsMove,
    SecretsPassphrase,
    SecretsSet,
    SecretsStatus,
    SecretsUnlock,
)

table = Table()


@table.on(SecretsStatus, "secrets_status")
async def status(call: Call, request: SecretsStatus) -> SecretsInfo:
    return await call.services.secrets.status()


@table.on(SecretsList, "secrets")
async def list_secrets(call: Call, request: SecretsList) -> list[SecretInfo]:
    return await call.services.secrets.all()


@table.on(SecretsSet, "success")
async def set_secret(call: Call, request: SecretsSet) -> Message:
    _require_private(call)
    await call.services.secrets.set(request.name, Secret(request.value))
    return Message(f"The secret {request.name} is stored")


@table.on(SecretsDelete, "success")
async def delete(call: Call, request: SecretsDelete) -> Message:
    _require_private(call)
    await call.services.secrets.remove(request.name, force=request.force)
    return Message(f"The secret {request.name} is forgotten")


@table.on(SecretsLock, "success")
async def lock(call: Call, request: SecretsLock) -> Message:
    await call.services.secrets.lock()
    return Message("What was read of secrets is forgotten")


@table.on(SecretsUnlock, "success")
async def unlock(call: Call, request: SecretsUnlock) -> Message:
    _require_private(call)
    await call.services.secrets.unlock(Secret(request.passphrase))
    return Message("The secret store is unlocked")


@table.on(SecretsPassphrase, "success")
async def protect(call: Call, request: SecretsPassphrase) -> Message:
    _require_private(call)
    secrets = call.services.secrets
    wanted = request.passphrase
    await secrets.protect(None if wanted is None else Secret(wanted))
    opens_with = (await secrets.status()).opens_with
    return Message(f"The encrypted file opens with {opens_with} now")


@table.on(SecretsMove, "success")
async def move(call: Call, request: SecretsMove) -> Message:
    _require_private(call)
    moved = await call.services.secrets.move(request.to)
    return Message(f"{len(moved)} secrets are in the {request.to} now")


def _require_private(call: Call) -> None:
    if not call.is_private:
        raise RingletError(ErrorCode.FORBIDDEN, "Secrets are changed over ipc:// only")
