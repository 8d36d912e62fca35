"""What each level of rights lets a run do."""

from __future__ import annotations

from typing import Any

import pytest

from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.domain.rights import RIGHTS, USER, AgentRights, Inside, Kind, Origin, Rule

_RUN = "3f2a9c1e" * 4


def inside(rights: AgentRights, profile: str = "two") -> Origin:
    return Origin((Inside(_RUN, profile, rights),), leases=frozenset({"mine"}))


# kind, whether it is about the run's own profile: what self and read allow.
_TABLE = {
    (Kind.OPEN, True): (True, True),
    (Kind.OPEN, False): (True, True),
    (Kind.READ, True): (True, True),
    (Kind.READ, False): (False, True),
    (Kind.SECRET, True): (True, True),
    (Kind.SECRET, False): (False, False),
    (Kind.START, True): (True, True),
    (Kind.START, False): (False, False),
    (Kind.CHANGE, True): (False, False),
    (Kind.CHANGE, False): (False, False),
    (Kind.CONTROL, True): (False, False),
    (Kind.CONTROL, False): (False, False),
}


@pytest.mark.parametrize(("kind", "own"), _TABLE)
def test_each_level_allows_what_the_table_says(kind: Kind, own: bool) -> None:
    rule = Rule(kind, of="alias")
    given = {"alias": "two" if own else "three"}
    found = tuple(inside(rights).allows(rule, given) for rights in ("self", "read"))
    assert found == _TABLE[kind, own]
    assert USER.allows(rule, given)


def test_the_table_covers_every_kind_and_level() -> None:
    assert {kind for kind, _ in _TABLE} == set(Kind) - {Kind.LEASE}
    assert RIGHTS == ("self", "read", "full")  # full is the user: see USER


def test_only_the_process_that_carries_a_run_out_may_tell_how_it_goes() -> None:
    rule = Rule(Kind.LEASE, of="run_id")
    for rights in ("self", "read"):
        assert inside(rights).allows(rule, {"run_id": "mine"})
        assert not inside(rights).allows(rule, {"run_id": "another"})


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.OPEN}))
def test_whoever_cannot_be_told_may_only_what_everybody_may(kind: Kind) -> None:
    unknown = Origin(is_known=False)
    assert not unknown.allows(Rule(kind, of="alias", lists="alias"), {"alias": "two"})
    assert unknown.allows(Rule(Kind.OPEN), {})
    assert not unknown.sees("two")
    with pytest.raises(RingletError, match="cannot be told"):
        unknown.demand("ringlet stats", Rule(kind), {})


def test_a_field_may_raise_what_something_comes_to() -> None:
    rule = Rule(Kind.READ, of="alias", raised={"secrets": Kind.SECRET})
    given: dict[str, Any] = {"alias": "three", "secrets": False}
    assert inside("read").allows(rule, given)
    assert not inside("read").allows(rule, given | {"secrets": True})


def test_a_profile_that_is_left_out_is_the_own_one_where_only_that_may_be_seen() -> None:
    rule = Rule(Kind.READ, of="profile", fills=True)
    assert inside("self").demand("usage", rule, {"profile": None}) == {"profile": "two"}
    assert inside("read").demand("usage", rule, {"profile": None}) == {}
    assert inside("self").demand("usage", rule, {"profile": "two"}) == {}
    assert USER.demand("usage", rule, {}) == {}


def test_a_process_of_several_runs_has_the_rights_of_all_of_them() -> None:
    both = Origin((Inside("1", "two", "read"), Inside("2", "three", "self")))
    rule = Rule(Kind.READ, of="profile", fills=True)
    assert both.demand("usage", rule, {}) == {"profile": "three"}
    assert not both.allows(rule, {"profile": "two"})
    assert both.sees("three")
    assert not both.sees("two")
    apart = Origin((Inside("1", "two", "self"), Inside("2", "three", "self")))
    with pytest.raises(RingletError):
        apart.demand("usage", rule, {})


def test_a_refusal_names_run_profile_setting_and_the_next_step() -> None:
    for kind, enough in ((Kind.READ, "read"), (Kind.CHANGE, "full")):
        with pytest.raises(RingletError) as caught:
            inside("self").demand("ringlet profiles set", Rule(kind, of="alias"), {"alias": "x"})
        error = caught.value
        assert error.code is ErrorCode.FORBIDDEN
        assert error.exit_status == 77
        words = ("ringlet profiles set", _RUN[:12], "profile two", "isolation.agent_rights is self")
        assert all(word in error.message for word in words)
        assert f"ringlet profiles set two agent-rights {enough}" in error.hint


def test_only_what_would_be_allowed_is_offered() -> None:
    own, change = Rule(Kind.READ, of="alias"), Rule(Kind.CHANGE, of="alias")
    assert inside("self").may_name(own, "alias", "two")
    assert not inside("self").may_name(own, "alias", "three")
    assert inside("read").may_name(own, "alias", "three")
    assert not inside("read").may_name(change, "alias", "two")
    assert not inside("self").may_name(Rule(Kind.READ), "name", "a-secret")
    assert inside("self").may_name(Rule(Kind.OPEN), "agent_id", "claude")
    assert USER.may_name(change, "alias", "three")
