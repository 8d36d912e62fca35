"""What a request holds is done or refused, never passed over, whichever way it comes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.e2e.site import Site

from ringlet.cli.link import connect

_NEW = {"agent_id": "claude", "provider_id": "minimax", "api_key": "sk-x-0123456789", "alias": "f"}


def ask(site: Site, **request: Any) -> dict[str, Any]:
    """What the request socket says."""
    return tell(site, json.dumps(request))


def tell(site: Site, text: str) -> dict[str, Any]:
    link = connect(site.world.endpoint())
    try:
        return dict(json.loads(link.call(text.encode())))
    finally:
        link.close()


def refusal(site: Site, **request: Any) -> dict[str, Any]:
    reply = ask(site, **request)
    assert reply["type"] == "error", reply
    return dict(reply["data"])


@pytest.mark.parametrize(
    ("more", "code", "named"),
    [
        ({"template": "web"}, 1105, "template"),
        ({"proxy": True}, 1105, "proxy"),
        ({"proxy": True, "template": None}, 1105, "proxy"),
        ({"modle": "MiniMax-M2.1"}, 1101, "Did you mean model?"),
        ({"Alias": "F"}, 1101, "Did you mean alias?"),
        ({"x" * 5000: None}, 1101, "xxx"),
        ({"template": "web", "no_such": 1}, 1101, "no_such"),
    ],
)
def test_both_edges_refuse_a_field_that_a_new_profile_has_not(
    site: Site, more: dict[str, Any], code: int, named: str
) -> None:
    said = refusal(site, type="profiles_create", no_alias=True, **_NEW, **more)
    answer = site.ask("POST", "/api/profiles", json={**_NEW, "no_alias": True, **more})
    for error in (said, answer.json()["error"]):
        assert error["code"] == code
        assert named in error["message"] + error["hint"]
        assert len(error["message"]) < 300
    assert site.ask("GET", "/api/profiles/f").status_code == 404


@pytest.mark.parametrize("field", ["remote", "no_sandbox", "bwrap_flags", "cols"])
def test_a_run_in_a_terminal_of_ours_is_not_run_without_one(site: Site, field: str) -> None:
    more = {field: 80 if field == "cols" else True}
    assert refusal(site, type="profiles_run", alias="f", **more)["code"] == 1105
    answer = site.ask("POST", "/api/profiles/f/run", json=more)
    assert answer.json()["error"]["code"] == 1105


def test_what_asks_for_nothing_is_no_obstacle(site: Site) -> None:
    nothing = {"template": None, "proxy": False, "model": None, "endpoint_id": None}
    wish = {**_NEW, **nothing, "provider_id": "nobody"}  # so that only the provider is missed
    assert refusal(site, type="profiles_preview", **wish)["code"] == 1002
    answer = site.ask("POST", "/api/profiles/preview", json=wish)
    assert answer.json()["error"]["code"] == 1002
    assert ask(site, type="usage", period=None, profile=None)["type"] == "usage"
    envelope = {"id": None, "protocol": None, "deadline_secs": None, "token": None}
    assert ask(site, type="ping", **envelope)["type"] == "pong"


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"ping","now":true}',
        '{"type":"daemon_status","fix":null}',
        '{"type":"usage","period":{"date_range":{"start":"2026-01-01","end":"2026-01-02"},"x":1}}',
        '{"type":"usage","period":{"date_range":{"start":"2026-01-01","end":"2026-01-02","x":1}}}',
        '{"type":"profiles_inspect","alias":"f","alias":"g"}',
        '{"type":"shutdown","type":"ping"}',
        '{"type":"shutdown","reason":"x"}',
        '{"Type":"ping"}',
        '["ping"]',
        "null",
        "\x00",
        "[" * 100_000,
        '{"type":"profiles_inspect","alias":' + "[" * 5000 + "]" * 5000 + "}",
    ],
)
def test_what_is_no_request_is_told_so_and_nothing_happens(site: Site, text: str) -> None:
    before = site.world.daemon_pid()
    reply = tell(site, text)
    assert (reply["type"], reply["data"]["code"]) == ("error", 1101)
    assert site.world.daemon_pid() == before
