"""Who is signed in, as agents note it down: names of accounts, never a key or a token.

Only what stands there plainly counts. A file that is broken, or says something else, names nobody.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

import msgspec

from ringlet.agents.usage.lines import tolerant

T = TypeVar("T")
_LONGEST: Final = 256
_LARGEST: Final = 1 << 20  # bytes of all but `.claude.json`, which holds a history
ANTHROPIC: Final = "anthropic"
OPENAI: Final = "openai"

# What a file holds: nothing if there is none, None if it cannot be read.
Content = bytes | None


class Login(Protocol):
    """Knows the files of one agent that tell who is signed in."""

    def files(self, folder: str) -> tuple[str, ...]:
        """Their paths below a home, for the agent's folder in it."""
        ...

    def accounts(self, contents: Sequence[Content]) -> Mapping[str, str]:
        """The accounts by the vendor of a call, from what the files hold."""
        ...


class _OauthAccount(msgspec.Struct):
    emailAddress: str | None = None
    accountUuid: str | None = None


class _ClaudeConfig(msgspec.Struct):
    oauthAccount: _OauthAccount | None = None


class _ClaudeSettings(msgspec.Struct):
    apiKeyHelper: str | None = None
    env: dict[str, object] | None = None


class ClaudeLogin:
    """`.claude.json` stands beside the usual folder, and inside of one with another name."""

    _OTHERS: Final = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL")

    def files(self, folder: str) -> tuple[str, ...]:
        """See `Login`."""
        beside = (".claude.json",) if folder in (".claude", ".config/claude") else ()
        inside = ("settings.json", ".config.json", ".claude.json")
        return (*(f"{folder}/{name}" for name in inside), *beside)

    def accounts(self, contents: Sequence[Content]) -> Mapping[str, str]:
        """See `Login`. The oldest place, `.config.json`, counts alone if it is there.

        Settings with a key, or another address, mean that the login is not what is used.
        """
        settings, oldest, *others = contents
        if self._has_key(_parsed(settings, _ClaudeSettings)):
            return {}
        configs = [oldest] if oldest != b"" else [config for config in others if config != b""]
        named = {self._account(config) for config in configs}
        return {ANTHROPIC: named.pop()} if len(named) == 1 and "" not in named else {}

    def _has_key(self, settings: _ClaudeSettings | None) -> bool:
        """Whether they may say so; what cannot be read may say anything."""
        if settings is None or settings.apiKeyHelper:
            return True
        return any(map(self._is_other, settings.env or ()))

    def _is_other(self, name: str) -> bool:
        return name in self._OTHERS or name.startswith("CLAUDE_CODE_USE_")

    def _account(self, content: Content) -> str:
        found = (_parsed(content, _ClaudeConfig) or _ClaudeConfig()).oauthAccount or _OauthAccount()
        return _name(found.emailAddress, found.accountUuid)


class _Tokens(msgspec.Struct):
    id_token: str | None = None
    account_id: str | None = None


class _CodexAuth(msgspec.Struct):
    auth_mode: str | None = None
    OPENAI_API_KEY: str | None = None
    tokens: _Tokens | None = None


class _Claims(msgspec.Struct):
    email: str | None = None


class CodexLogin:
    """`auth.json`; the account counts where the thread was with OpenAI's own provider."""

    def files(self, folder: str) -> tuple[str, ...]:
        """See `Login`."""
        return (f"{folder}/auth.json",)

    def accounts(self, contents: Sequence[Content]) -> Mapping[str, str]:
        """See `Login`."""
        auth = _parsed(contents[0], _CodexAuth) or _CodexAuth()
        by_key = auth.auth_mode != "chatgpt" if auth.auth_mode else bool(auth.OPENAI_API_KEY)
        if by_key or auth.tokens is None:
            return {}
        email = _claims(auth.tokens.id_token or "").email
        account = _name(email, auth.tokens.account_id)
        return {OPENAI: account} if account else {}


class _OpenCodeAuth(msgspec.Struct):
    type: str | None = None
    accountId: str | None = None


class OpenCodeLogin:
    """`auth.json`: for each provider a key or a login; only some logins have an account."""

    def files(self, folder: str) -> tuple[str, ...]:
        """See `Login`."""
        return (f"{folder}/auth.json",)

    def accounts(self, contents: Sequence[Content]) -> Mapping[str, str]:
        """See `Login`."""
        named = {
            vendor: _name(auth.accountId)
            for vendor, auth in (_parsed(contents[0], dict[str, _OpenCodeAuth]) or {}).items()
            if auth.type == "oauth"
        }
        return {vendor: account for vendor, account in named.items() if account}


class _GeminiAccounts(msgspec.Struct):
    active: str | None = None


class _GeminiAuth(msgspec.Struct):
    selectedType: str | None = None


class _GeminiSecurity(msgspec.Struct):
    auth: _GeminiAuth | None = None


class _GeminiSettings(msgspec.Struct):
    security: _GeminiSecurity | None = None


class GeminiLogin:
    """`google_accounts.json`, if the settings say that such an account is used."""

    def files(self, folder: str) -> tuple[str, ...]:
        """See `Login`."""
        return (f"{folder}/settings.json", f"{folder}/google_accounts.json")

    def accounts(self, contents: Sequence[Content]) -> Mapping[str, str]:
        """See `Login`."""
        security = (_parsed(contents[0], _GeminiSettings) or _GeminiSettings()).security
        chosen = security.auth.selectedType if security and security.auth else None
        account = _name((_parsed(contents[1], _GeminiAccounts) or _GeminiAccounts()).active)
        return {"": account} if account and chosen == "oauth-personal" else {}


def _parsed(content: Content, kind: type[T]) -> T | None:
    """What a JSON file says of this, an empty one if there is no file; None if it is broken."""
    if content is None or (len(content) > _LARGEST and kind is not _ClaudeConfig):
        return None
    try:
        return msgspec.json.decode(content or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    if len(content) > _LARGEST:
        return None
    try:
        return msgspec.json.decode(tolerant(content), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _claims(token: str) -> _Claims:
    """What a web token says of whose it is; it is not ours to verify."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        found = _parsed(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), _Claims)
    except ValueError:
        found = None
    return found or _Claims()


def _name(*candidates: Any) -> str:
    """The first of them that can be a name; empty if none can."""
    for text in candidates:
        if text and len(text) <= _LONGEST and text.isprintable():
            return str(text)
    return ""
