"""The table of routes, and everything that is derived from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringlet.daemon.handlers import ENTRIES
from ringlet.daemon.http.openapi import FAILURES, document
from ringlet.daemon.http.routes import ROUTES, SOCKET_ONLY, Route
from ringlet.domain.errors import ErrorCode, RingletError
from ringlet.wire.event_types import EVENTS, REMARKS
from ringlet.wire.events import Event
from ringlet.wire.strict import parse

_ROOT = Path(__file__).resolve().parents[3]


def test_every_request_has_a_route_or_a_reason_why_not() -> None:
    served = {route.request for route in ROUTES}
    missing = [
        entry.tag
        for entry in ENTRIES.values()
        if entry.request not in served and entry.request not in SOCKET_ONLY
    ]
    assert not missing, "add them to ROUTES or SOCKET_ONLY in ringlet/daemon/http/routes.py"
    assert not served & SOCKET_ONLY.keys()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_names_fields_of_its_request_and_each_once(route: Route) -> None:
    fields = {each.name: each for each in msgspec.structs.fields(route.request)}
    query = [route.renamed.get(name, name) for name in route.query]
    named = [*route.parameters, *query, *route.body, *route.fixed]
    assert len(set(named)) == len(named)
    assert set(named) <= fields.keys()
    required = {name for name, each in fields.items() if each.required}
    assert required <= set(named)
    assert not {"environ", "include_secrets", "bin_dir"} & set(named)


def test_only_methods_that_change_something_take_a_body() -> None:
    assert not [route for route in ROUTES if route.body and route.method in ("GET", "DELETE")]


def test_the_description_has_every_route_and_every_type_it_refers_to() -> None:
    described = document()
    for route in ROUTES:
        operation = described["paths"][f"/api{route.path}"][route.method.lower()]
        assert str(route.status) in operation["responses"]
    text = msgspec.json.encode(described).decode()
    names = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    names |= {Event.__name__, *EVENTS, *REMARKS}
    assert names == described["components"]["schemas"].keys()


def test_the_description_has_the_status_of_every_error() -> None:
    assert {RingletError(code, "x").status for code in ErrorCode} <= set(FAILURES)


def test_the_types_of_the_web_interface_are_those_of_the_daemon() -> None:
    done = subprocess.run(
        [sys.executable, _ROOT / "tools" / "generate-types", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_values)
def test_ordinary_json_is_read_as_it_is(value: object) -> None:
    assert parse(msgspec.json.encode(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parse(body)
    except RingletError as error:
        assert error.status == 400
