"""The one error type, and the codes of the public protocol.

Raise `RingletError` near the cause; each edge (RPC, HTTP, command line) translates it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

from ringlet.domain.legible import brief, clean, cleaned


class ErrorCode(IntEnum):
    """Stable numbers of the RPC protocol; clients match on them."""

    AGENT_NOT_FOUND = 1001
    PROVIDER_NOT_FOUND = 1002
    PROFILE_NOT_FOUND = 1003
    PROFILE_EXISTS = 1004
    AGENT_NOT_INSTALLED = 1005
    INCOMPATIBLE_PROVIDER = 1006
    INVALID_ENDPOINT = 1007
    HOOKS_NOT_SUPPORTED = 1008
    INVALID_HOOK_EVENT = 1009
    PROXY_NOT_ENABLED = 1010
    PROXY_NOT_RUNNING = 1011
    PROXY_ALREADY_RUNNING = 1012
    PROXY_START_FAILED = 1013
    PROXY_NOT_SUPPORTED = 1014
    ROUTE_NOT_FOUND = 1015
    ALIAS_NOT_FOUND = 1016
    INVALID_REQUEST = 1101
    UNKNOWN_MODEL = 1102
    BAD_MANIFEST = 1103
    SECRET_UNAVAILABLE = 1104
    UNSUPPORTED = 1105
    RUN_NOT_FOUND = 1106
    FORBIDDEN = 1107
    TIMEOUT = 1108
    PROTOCOL_MISMATCH = 1109
    FOLDER_NOT_FOUND = 1110
    SECRETS_LOCKED = 1111
    BUDGET_NOT_FOUND = 1112
    BUDGET_REACHED = 1113
    SCRIPT_ERROR = 2001
    EXECUTION_ERROR = 2002
    STORAGE_ERROR = 2003
    DAEMON_UNREACHABLE = 2004
    REGISTRY_ERROR = 3001
    INTERNAL = 9999


_HTTP_STATUS: Final[dict[ErrorCode, int]] = {
    ErrorCode.AGENT_NOT_FOUND: 404,
    ErrorCode.PROVIDER_NOT_FOUND: 404,
    ErrorCode.PROFILE_NOT_FOUND: 404,
    ErrorCode.ROUTE_NOT_FOUND: 404,
    ErrorCode.ALIAS_NOT_FOUND: 404,
    ErrorCode.RUN_NOT_FOUND: 404,
    ErrorCode.FOLDER_NOT_FOUND: 404,
    ErrorCode.BUDGET_NOT_FOUND: 404,
    ErrorCode.BUDGET_REACHED: 403,
    ErrorCode.PROFILE_EXISTS: 409,
    ErrorCode.PROXY_ALREADY_RUNNING: 409,
    ErrorCode.PROTOCOL_MISMATCH: 409,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.SECRETS_LOCKED: 423,
    ErrorCode.UNSUPPORTED: 422,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.STORAGE_ERROR: 507,
    ErrorCode.DAEMON_UNREACHABLE: 503,
    ErrorCode.EXECUTION_ERROR: 424,
    ErrorCode.REGISTRY_ERROR: 502,
    ErrorCode.INTERNAL: 500,
}


class RingletError(Exception):
    """What happened, to which thing, and what to do next.

    `message` is one sentence without a trailing full stop; `hint` is the next step, or empty, or
    several lines. Both may quote data, whose controls are made visible here; neither ever holds a
    secret. `exit_status` is what a command ends with that fails so.
    """

    def __init__(
        self, code: ErrorCode, message: str, *, hint: str | Sequence[str] = "", exit_status: int = 1
    ) -> None:
        self.code = code
        self.message = brief(clean(message))
        self.hint = brief(cleaned([hint] if isinstance(hint, str) else hint))
        super().__init__(self.message)
        self.exit_status = exit_status

    @property
    def status(self) -> int:
        """The HTTP status that says the same as the code; 400 unless listed otherwise."""
        return _HTTP_STATUS.get(self.code, 400)
