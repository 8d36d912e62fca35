"""What commands do, asked for by requests: usage in and out, and the passphrase."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.site import Site
from tests.e2e.test_keys import files_with
from tests.e2e.test_profiles import ask
from tests.e2e.test_runs import add_agent, create
from tests.e2e.world import World
from tests.unit.usage.world import answer, transcript

_PASSPHRASE = "a passphrase 0123456789 of a test"


@pytest.fixture
def used(world: World) -> World:
    """An account whose ledger has seven answers, three of them at one time."""
    lines = [answer(number, hour=max(4, number)) for number in range(1, 8)]
    transcript(world.home).write_bytes(b"".join(lines))
    world.run("daemon", "start")
    return world


def pages(world: World, **request: Any) -> list[list[dict[str, Any]]]:
    found = []
    after: str | None = ""
    while after is not None:
        page = ask(world, type="usage_export", after=after, **request)["data"]
        found.append(page["records"])
        after = page["next"]
    return found


def test_usage_leaves_in_pages_and_comes_in_once(used: World) -> None:
    lines = used.run("usage", "export", "--format", "ndjson").stdout.splitlines()
    whole = [json.loads(line) for line in lines]
    for limit in (1, 3, 7, 5000):
        found = pages(used, limit=limit)
        assert [record for page in found for record in page] == whole
        assert len(found) == -(-7 // limit)
    assert pages(used, limit=5, since="2030-01-01") == [[]]
    assert pages(used, limit=2, until="2026-11-20", tz="Asia/Tokyo") != []
    other = [record | {"machine": "other", "key": f"{n:016x}"} for n, record in enumerate(whole)]
    assert ask(used, type="usage_merge", records=other)["data"] == {"records": 7, "new": 7}
    assert ask(used, type="usage_merge", records=other)["data"] == {"records": 7, "new": 0}
    assert used.json("usage", "models", "--period", "all")["total"]["calls"] == 14


def test_what_cannot_be_exported_or_merged_is_refused_by_name(used: World) -> None:
    whole = pages(used)[0]
    for request in (
        {"type": "usage_export", "limit": 0},
        {"type": "usage_export", "limit": 5001},
        {"type": "usage_export", "after": "nonsense"},
        {"type": "usage_export", "after": "1-zz"},
        {"type": "usage_export", "after": f"{10**30}-{'0' * 16}"},
        {"type": "usage_export", "since": "someday"},
        {"type": "usage_merge"},
        {"type": "usage_merge", "records": [whole[0] | {"key": "short"}]},
        {"type": "usage_merge", "records": [whole[0] | {"seq": 1 << 60}]},
        {"type": "usage_import", "home": "relative"},
        {"type": "usage_import", "home": "/proc/self/root"},
        {"type": "usage_import", "home": "/nowhere"},
    ):
        assert ask(used, **request)["data"]["code"] == 1101, request
    assert ask(used, type="usage_import", profile="nobody")["data"]["code"] == 1003
    assert ask(used, type="usage_import", agent_id="nobody")["data"]["code"] == 1001


def test_a_home_is_imported_and_the_ledger_verified(used: World, tmp_path: Path) -> None:
    transcript(tmp_path, "old").write_bytes(answer(11, session="old"))
    request = {"type": "usage_import", "home": str(tmp_path), "agent_id": "claude"}
    reply = ask(used, **request)
    assert (reply["type"], reply["data"]["calls"], reply["data"]["files"]) == (
        "usage_imported",
        1,
        1,
    )
    found = ask(used, type="usage_verify")["data"]
    assert (found["in_files"], found["in_ledger"], found["different"]) == (8, 8, 0)


def test_the_same_goes_over_http(used: World, tmp_path: Path) -> None:
    used.run("ui")
    site = Site(used)
    transcript(tmp_path, "old").write_bytes(answer(11, session="old"))
    imported = site.data("POST", "/api/usage/import", json={"home": str(tmp_path)})
    assert imported["calls"] == 1
    page = site.data("GET", "/api/usage/export?limit=5&period=all")
    rest = site.data("GET", f"/api/usage/export?limit=5&after={page['next']}")
    assert (len(page["records"]), len(rest["records"]), rest["next"]) == (5, 3, None)
    again = site.data("POST", "/api/usage/merge", json={"records": page["records"]})
    assert again == {"records": 5, "new": 0}
    assert site.data("POST", "/api/usage/verify")["sums_agree"] is True
    assert site.ask("GET", "/api/usage/export?limit=x").status_code == 400
    assert site.ask("POST", "/api/secrets/passphrase", json={"passphrase": "x"}).is_error


def test_a_passphrase_travels_over_the_socket_and_stays_nowhere(world: World) -> None:
    add_agent(world, 'echo "key=$FAKE_KEY"')
    create(world, key="sk-canary-0123456789abcdefgh")
    short = ask(world, type="secrets_passphrase", passphrase="short")
    assert short["data"]["code"] == 1101
    done = ask(world, type="secrets_passphrase", passphrase=_PASSPHRASE)
    assert done["data"]["message"] == "The encrypted file opens with the passphrase now"
    ask(world, type="secrets_lock")
    assert ask(world, type="secrets_unlock", passphrase="wrong")["data"]["code"] == 1104
    assert ask(world, type="secrets_unlock", passphrase=_PASSPHRASE)["type"] == "success"
    assert files_with(_PASSPHRASE, world.root, world.runtime) == []
    assert ask(world, type="secrets_passphrase", passphrase=None)["type"] == "success"
    world.run("daemon", "stop")
    assert world.run("profiles", "run", "work").stdout.startswith("key=sk-canary")


def test_what_the_earlier_name_left_is_taken_over(world: World) -> None:
    world.run("daemon", "start")
    assert ask(world, type="config_adopt")["data"]["code"] == 1101
    old = world.home / ".config" / "clown" / "scripts"
    old.mkdir(parents=True)
    (old / "own.rhai").write_text("#{}")
    told = ask(world, type="config_adopt")["data"]["message"]
    assert told.startswith("Took over 1 files from")
    assert (world.config / "scripts" / "own.rhai").read_text() == "#{}"
