"""The form of every answer: `{"success": true, "data"}` or `{"success": false, "error"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.encoding import encode
from ringlet.wire.replies.base import Failure

JSON = "application/json"


class Success(msgspec.Struct, frozen=True, kw_only=True):
    success: bool = True
    data: Any


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    success: bool = False
    error: Failure


def succeeded(data: Any, status: int = 200) -> Response:
    """The answer of a request that worked."""
    return Response(encode(Success(data=data)), status, media_type=JSON)


def failed(
    error: RingletError, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer of one that did not; the status is that of the error unless given."""
    body = encode(refusal(error))
    return Response(body, status or error.status, headers=headers, media_type=JSON)


def refused(status: int, message: str, hint: str = "", **headers: str) -> Response:
    """The answer to what is no request of ours, or not in this form."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = RingletError(ErrorCode.INVALID_REQUEST, message, hint=hint)
    return failed(error, status=status, headers=named)


def refusal(error: RingletError) -> Refusal:
    """An error as it stands in an answer."""
    return Refusal(error=Failure(int(error.code), error.message, error.hint))
