"""The life of a profile over HTTP: made, run, followed and deleted, and its key never seen."""

from __future__ import annotations

import pytest
from tests.e2e.event_clients import dial, hear_all
from tests.e2e.site import Site
from tests.e2e.test_runs import add_agent
from tests.e2e.world import World, wait_for

_KEY = "sk-canary-0123456789abcdefgh"


@pytest.fixture
def populated(world: World) -> Site:
    add_agent(world, 'echo "$FAKE_KEY" > "$HOME/key"; sleep "$1"; exit 3')
    world.run("ui")
    return Site(world)


def create(site: Site, alias: str = "work") -> None:
    body = {"agent_id": "fake", "alias": alias, "provider_id": "loop", "api_key": _KEY}
    answer = site.ask("POST", "/api/profiles", json=body)
    assert answer.status_code == 201, answer.text
    assert _KEY not in answer.text


def test_a_profile_is_made_run_followed_and_deleted(populated: Site) -> None:
    with dial(populated) as follower:
        create(populated)
        assert hear_all(follower, "ProfileCreated", 1)[0]["data"]["alias"] == "work"
        started = populated.ask("POST", "/api/profiles/work/run", json={"args": ["0"]})
        assert started.status_code == 201
        begun = hear_all(follower, "ProfileStarted", 1)[0]["data"]
        assert begun["pid"] == started.json()["data"]["pid"]
        ended = hear_all(follower, "ProfileStopped", 1)[0]["data"]
        assert (ended["run_id"], ended["exit_code"]) == (begun["run_id"], 3)
        assert populated.data("GET", "/api/runs")[0]["run_id"] == begun["run_id"]
        assert populated.data("GET", "/api/profiles/work")["total_runs"] == 1
        populated.data("DELETE", "/api/profiles/work", params={"purge": "true"})
        assert hear_all(follower, "ProfileDeleted", 1)[0]["data"] == {"alias": "work"}
    assert populated.ask("GET", "/api/profiles/work").status_code == 404


def test_a_run_can_be_ended(populated: Site) -> None:
    create(populated)
    with dial(populated, "?events=ProfileStarted,ProfileStopped") as follower:
        populated.data("POST", "/api/profiles/work/run", json={"args": ["1000"]})
        run_id = hear_all(follower, "ProfileStarted", 1)[0]["data"]["run_id"]
        populated.data("DELETE", f"/api/runs/{run_id}")
        assert hear_all(follower, "ProfileStopped", 1)[0]["data"]["outcome"] == "stopped"
    assert populated.ask("DELETE", f"/api/runs/{run_id}").status_code == 404


def test_conflicts_and_wrong_values_have_the_status_that_fits(populated: Site) -> None:
    create(populated)
    body = {"agent_id": "fake", "alias": "work", "provider_id": "loop", "api_key": _KEY}
    assert populated.ask("POST", "/api/profiles", json=body).status_code == 409
    for wrong, status in (
        ({"agent_id": "nothing"}, 404),
        ({"provider_id": "nothing"}, 404),
        ({"alias": "../x"}, 400),
        ({"alias": "ünïcode"}, 400),
        ({"alias": 5}, 400),
        ({"args": "text"}, 400),
    ):
        answer = populated.ask("POST", "/api/profiles", json=body | {"alias": "other"} | wrong)
        assert (answer.status_code, answer.json()["success"]) == (status, False), wrong
        assert _KEY not in answer.text


def test_the_key_reaches_the_agent_and_nobody_else(populated: Site) -> None:
    create(populated)
    with dial(populated, "?events=ProfileStopped") as follower:
        populated.data("POST", "/api/profiles/work/run", json={"args": ["0"]})
        hear_all(follower, "ProfileStopped", 1)
    home = populated.data("GET", "/api/profiles/work")["home"]
    key = populated.world.home / home / "key"
    wait_for(key.exists, "what the agent has seen")
    assert key.read_text().strip() == _KEY
    paths = ["/api/profiles", "/api/profiles/work", "/api/profiles/work/env", "/api/runs"]
    paths += ["/api/daemon/status", "/metrics"]
    texts = [populated.ask("GET", path).text for path in paths]
    texts.append((populated.world.config / "logs" / "ringletd.log").read_text())
    assert not any(_KEY in text for text in texts)
