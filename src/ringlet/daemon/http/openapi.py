"""The OpenAPI document, made from the table of routes and the types on both sides of it."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any, Final, get_type_hints

import msgspec

from ringlet import __version__
from ringlet.daemon.handlers import ENTRIES
from ringlet.daemon.http.envelope import Refusal
from ringlet.daemon.http.routes import ROUTES, Route
from ringlet.wire.event_types import EVENTS, REMARKS
from ringlet.wire.events import Event

_REFERENCE: Final = "#/components/schemas/{name}"
# What any request may be answered with when it is refused or fails.
FAILURES: Final = (
    400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 422, 423, 424, 429, 431,
    500, 502, 503, 504, 507,
)  # fmt: skip
_JSON: Final = "application/json"
Schema = dict[str, Any]


@cache
def document() -> Schema:
    """The whole document; the same object each time."""
    replies = [_reply_type(route) for route in ROUTES]
    schemas, components = msgspec.json.schema_components(
        [*replies, Event, *EVENTS.values(), *REMARKS.values(), Refusal], ref_template=_REFERENCE
    )
    for component in components.values():
        component["required"] = list(component.get("properties", ()))  # replies leave nothing out
    paths: dict[str, Schema] = {}
    for route, reply in zip(ROUTES, schemas, strict=False):
        paths.setdefault(f"/api{route.path}", {})[route.method.lower()] = _operation(route, reply)
    paths["/api/events"] = {"get": _events()}
    refused = {"description": "Refused or failed", "content": _content(schemas[-1])}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ringlet", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {"Refused": refused},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _reply_type(route: Route) -> Any:
    """What the function that answers the route's request says that it returns."""
    entry = ENTRIES[str(route.request.__struct_config__.tag)]
    return get_type_hints(entry.function)["return"]


def _operation(route: Route, reply: Schema) -> Schema:
    fields = request_fields(route)
    name = re.sub(r"[^a-z]+", "_", f"{route.method}{route.path}".lower()).strip("_")
    success = {"description": HTTPStatus(route.status).phrase, "content": _content(_wrapped(reply))}
    operation: Schema = {
        "operationId": name,
        "summary": (route.request.__doc__ or name).strip().partition("\n")[0],
        "parameters": [
            *({"name": each, "in": "path", "required": True, "schema": fields[each]}
              for each in route.parameters),
            *(_parameter(route, each) for each in route.query),
        ],
        "responses": {str(route.status): success, **_refusals()},
    }  # fmt: skip
    if route.body:
        required = [name for name in route.body if name in _required(route)]
        body = {
            "type": "object",
            "properties": {name: fields[name] for name in route.body},
            "required": required,
            "additionalProperties": False,
        }
        operation["requestBody"] = {"required": bool(required), "content": _content(body)}
    if route.public:
        operation["security"] = []
    return operation


def _parameter(route: Route, name: str) -> Schema:
    """A parameter in the query."""
    field = route.renamed.get(name, name)
    required = field in _required(route)
    schema = request_fields(route)[field]
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _events() -> Schema:
    """The stream of events, which is no answer to a request; `docs/events.md` tells all of it."""
    text = {"type": "string"}
    return {
        "operationId": "get_events",
        "summary": "Events as they happen, until the client leaves.",
        "parameters": [
            {"name": "events", "in": "query", "schema": text},
            {"name": "since", "in": "query", "schema": {"type": "integer", "minimum": 0}},
            {"name": "Last-Event-ID", "in": "header", "schema": text},
        ],
        "responses": {
            "200": {"description": "OK", "content": {"text/event-stream": {"schema": text}}},
            **_refusals(),
        },
    }


def _refusals() -> Schema:
    return {str(status): {"$ref": "#/components/responses/Refused"} for status in FAILURES}


def request_fields(route: Route) -> dict[str, Schema]:
    """The schema of each field of the route's request."""
    fields: dict[str, Schema] = _schema(route)["properties"]
    return fields


def _required(route: Route) -> list[str]:
    required: list[str] = _schema(route).get("required", [])
    return required


def _schema(route: Route) -> Schema:
    """The schema of the request; requests hold nothing but plain values."""
    name = route.request.__name__
    _, components = msgspec.json.schema_components([route.request], ref_template=_REFERENCE)
    schema: Schema = components[name]
    return schema


def _wrapped(data: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"success": {"const": True}, "data": data},
        "required": ["success", "data"],
    }


def _content(schema: Schema) -> Schema:
    return {_JSON: {"schema": schema}}
