"""What the user wants of all agents, and what a profile makes of it."""

from __future__ import annotations

import tomllib
from typing import Any

import msgspec
import pytest

from ringlet.domain.errors import RingletError
from ringlet.domain.preferences import Preferences
from ringlet.domain.settings import Settings

_TEXT = """
[hooks]
auto_lint = true
[[hooks.custom.Stop]]
command = "say done"
[mcp_servers]
github = true
github_token = "ghp-secret"
[mcp_servers.custom.notes]
command = "notes"
env = { LEVEL = "1", TOKEN = "$KEYCHAIN:notes" }
[mcp_servers.custom.rare]
command = "rare"
enabled = false
[custom]
team = "blue"
"""


def parse(text: str) -> Preferences:
    return msgspec.convert(tomllib.loads(text), Settings).preferences


def of_profile(**choices: Any) -> Preferences:
    usual: dict[str, Any] = {"hooks": (), "servers": (), "bare": False}
    return parse(_TEXT).of_profile(**{**usual, **choices})


def test_a_profile_has_what_holds_for_all() -> None:
    found = of_profile()
    assert (found.hooks.auto_format, found.hooks.auto_lint) == (False, True)
    assert set(found.hooks.custom) == {"Stop"}
    assert found.mcp_servers.github
    assert set(found.mcp_servers.custom) == {"notes"}
    assert found.custom == {"team": "blue"}


def test_a_profile_adds_what_it_names() -> None:
    found = of_profile(hooks=("auto_format",), servers=("filesystem", "rare"))
    assert (found.hooks.auto_format, found.mcp_servers.filesystem) == (True, True)
    assert set(found.mcp_servers.custom) == {"notes", "rare"}


def test_a_bare_profile_has_only_what_it_names() -> None:
    found = of_profile(hooks=("Stop",), servers=("rare",), bare=True)
    assert (found.hooks.auto_lint, found.mcp_servers.github) == (False, False)
    assert set(found.hooks.custom) == {"Stop"}
    assert set(found.mcp_servers.custom) == {"rare"}


@pytest.mark.parametrize("choices", [{"hooks": ("nope",)}, {"servers": ("nope",)}])
def test_a_name_that_nobody_knows_is_refused_with_the_known_ones(choices: dict[str, Any]) -> None:
    with pytest.raises(RingletError, match="nope") as caught:
        of_profile(**choices)
    assert "Known are: " in caught.value.hint


def test_secrets_are_told_apart_and_not_shown() -> None:
    servers = of_profile().mcp_servers
    assert servers.secrets == {
        "TOKEN": "$KEYCHAIN:notes",
        "GITHUB_TOKEN": "ghp-secret",
        "GITHUB_PERSONAL_ACCESS_TOKEN": "ghp-secret",
    }
    assert "ghp-secret" not in repr(parse(_TEXT))


@pytest.mark.parametrize(
    "text",
    [
        "[[hooks.custom.Never]]\ncommand = 'x'",
        "[[hooks.custom.Stop]]\ncommand = ''",
        "[[hooks.custom.Stop]]\ntype = 'url'\nurl = 'ftp://x'",
        "[[hooks.custom.Stop]]\ntype = 'url'\ncommand = 'x'",
        "[[hooks.custom.Stop]]\ntype = 'prompt'\ncommand = 'x'",
        "[[hooks.custom.Stop]]\ncommand = 'x'\ntimeout = 0",
        "[mcp_servers.custom.notes]\ncommand = ''",
        "[mcp_servers.custom.notes]\ncommand = 'x'\nenv = { 'A-B' = '1' }",
        "[mcp_servers.custom.github]\ncommand = 'x'",
        "[mcp_servers.custom.'a b']\ncommand = 'x'",
    ],
)
def test_what_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        parse(text)
