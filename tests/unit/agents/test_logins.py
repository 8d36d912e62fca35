"""Who is signed in, from what agents write down; whatever is not plain names nobody."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.agents.usage.logins import (
    ClaudeLogin,
    CodexLogin,
    Content,
    GeminiLogin,
    Login,
    OpenCodeLogin,
)

ME = {"emailAddress": "me@example.com", "accountUuid": "0f3a"}
LOGINS: list[Login] = [ClaudeLogin(), CodexLogin(), OpenCodeLogin(), GeminiLogin()]


def text(value: Any) -> bytes:
    return json.dumps(value).encode()


def web_token(**claims: Any) -> str:
    part = base64.urlsafe_b64encode(text(claims)).decode().rstrip("=")
    return f"head.{part}.signature"


def claude(
    *, settings: Content = b"", oldest: Content = b"", inside: Content = b"", beside: Content = b""
) -> dict[str, str]:
    return dict(ClaudeLogin().accounts([settings, oldest, inside, beside]))


def test_claude_is_signed_in_as_its_configuration_says() -> None:
    signed_in = text({"oauthAccount": ME, "history": ["\ud83d", {"a": 1}]})
    assert claude(beside=signed_in) == {"anthropic": "me@example.com"}
    assert claude(inside=signed_in) == {"anthropic": "me@example.com"}
    nameless = text({"oauthAccount": {"accountUuid": "0f3a"}})
    assert claude(beside=nameless) == {"anthropic": "0f3a"}
    assert claude(beside=signed_in, settings=text({"env": {"FOO": "1"}}))


@pytest.mark.parametrize(
    "others",
    [
        {"settings": text({"apiKeyHelper": "pass show key"})},
        {"settings": text({"env": {"ANTHROPIC_BASE_URL": "https://else.example"}})},
        {"settings": text({"env": {"CLAUDE_CODE_USE_BEDROCK": "1"}})},
        {"settings": b"{"},
        {"settings": None},
        {"oldest": text({})},
        {"oldest": None},
        {"inside": text({})},
        {"inside": text({"oauthAccount": {"emailAddress": "you@example.com"}})},
        {"beside": text({"oauthAccount": "me@example.com"})},
        {"beside": text({"oauthAccount": {"emailAddress": "a\nb"}})},
        {"beside": text({"oauthAccount": {"emailAddress": "a" * 300}})},
        {"beside": None},
    ],
)
def test_claude_is_nobody_s_where_something_else_is_possible(others: dict[str, Content]) -> None:
    assert claude(**{"beside": text({"oauthAccount": ME}), **others}) == {}


def test_the_configuration_of_claude_is_beside_the_usual_folder_only() -> None:
    login = ClaudeLogin()
    assert ".claude.json" in login.files(".claude")
    assert ".claude.json" not in login.files("claude-work")
    assert "claude-work/.claude.json" in login.files("claude-work")


TOKENS = {"id_token": web_token(email="me@example.com"), "account_id": "acc-1",
          "access_token": "secret", "refresh_token": "secret"}  # fmt: skip


@pytest.mark.parametrize(
    ("auth", "account"),
    [
        ({"auth_mode": "chatgpt", "tokens": TOKENS}, "me@example.com"),
        ({"OPENAI_API_KEY": None, "tokens": TOKENS}, "me@example.com"),
        ({"tokens": TOKENS | {"id_token": "no.token"}}, "acc-1"),
        ({"tokens": TOKENS | {"id_token": web_token(email=7)}}, "acc-1"),
        ({"tokens": TOKENS | {"id_token": "a.!!!.c"}}, "acc-1"),
        ({"tokens": TOKENS | {"id_token": "a.\u00e9\u00e9\u00e9\u00e9.c"}}, "acc-1"),
        ({"auth_mode": "apikey", "tokens": TOKENS}, ""),
        ({"OPENAI_API_KEY": "sk-1", "tokens": TOKENS}, ""),
        ({"OPENAI_API_KEY": "sk-1"}, ""),
        ({"tokens": {}}, ""),
    ],
)
def test_codex_is_signed_in_unless_it_has_a_key(auth: dict[str, Any], account: str) -> None:
    found = CodexLogin().accounts([text(auth)])
    assert found == ({"openai": account} if account else {})


def test_opencode_has_an_account_for_each_login_that_names_one() -> None:
    auth = {
        "openai": {"type": "oauth", "refresh": "secret", "accountId": "acc-1"},
        "anthropic": {"type": "oauth", "refresh": "secret"},
        "zai": {"type": "api", "key": "secret", "accountId": "acc-2"},
    }
    assert OpenCodeLogin().accounts([text(auth)]) == {"openai": "acc-1"}


def test_gemini_has_an_account_if_its_settings_say_so() -> None:
    google = text({"active": "me@example.com", "old": ["you@example.com"]})
    by_google = text({"security": {"auth": {"selectedType": "oauth-personal"}}})
    by_key = text({"security": {"auth": {"selectedType": "gemini-api-key"}}})
    accounts = GeminiLogin().accounts
    assert accounts([by_google, google]) == {"": "me@example.com"}
    assert accounts([by_key, google]) == accounts([b"", google]) == {}
    assert accounts([by_google, b""]) == {}


@given(st.none() | st.binary(max_size=60) | st.recursive(
    st.none() | st.text() | st.integers(), lambda c: st.lists(c) | st.dictionaries(
        st.sampled_from(["oauthAccount", "emailAddress", "tokens", "id_token", "openai", "type",
                         "accountId", "active", "security", "auth", "selectedType", "env"]), c),
).map(text))  # fmt: skip
def test_no_file_can_do_harm(content: Content) -> None:
    for login in LOGINS:
        found = login.accounts([content] * len(login.files(".claude")))
        assert all(account for account in found.values())


def test_a_file_that_is_nested_without_end_names_nobody() -> None:
    for login in LOGINS:
        assert not login.accounts([b'{"tokens":' + b"[" * 200_000] * len(login.files("x")))
