"""TypeScript types of everything that goes over HTTP, from the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any, Final

from ringlet.daemon.http.openapi import document
from ringlet.daemon.http.routes import ROUTES, Route
from ringlet.wire.event_types import EVENTS, REMARKS

_HEAD: Final = """\
// Made by tools/generate-types from the types of the daemon. Change those, not this.

export interface Success<T> { success: true; data: T }
"""
_PLAIN: Final = {"string": "string", "integer": "number", "number": "number",
                 "boolean": "boolean", "null": "null"}  # fmt: skip


def module() -> str:
    """The text of the module."""
    description = document()
    interfaces = [
        f"export {_declaration(name, schema)}"
        for name, schema in sorted(description["components"]["schemas"].items())
    ]
    operations = [
        f'  "{route.method} {route.path}": {_operation(route, description)};' for route in ROUTES
    ]
    table = "\n".join(["export interface Operations {", *operations, "}"])
    events = [f"  {name}: {name};" for name in (*EVENTS, *REMARKS)]
    kinds = "\n".join(["export interface Events {", *events, "}"])
    return "\n".join(
        [
            *(_HEAD, *interfaces, "", "// By the type of an event: its data.", kinds, ""),
            *("// By method and path below /api.", table, ""),
        ]
    )


def _declaration(name: str, schema: dict[str, Any]) -> str:
    if "properties" in schema:
        return f"interface {name} {type_of(schema)}"
    return f"type {name} = {type_of(schema)};"


def _operation(route: Route, description: dict[str, Any]) -> str:
    operation = description["paths"][f"/api{route.path}"][route.method.lower()]
    parts = []
    for place in ("path", "query"):
        given = [each for each in operation["parameters"] if each["in"] == place]
        if given:
            fields = {each["name"]: each["schema"] for each in given}
            required = [each["name"] for each in given if each.get("required")]
            parts.append(f"{place}: {type_of({'properties': fields, 'required': required})}")
    if "requestBody" in operation:
        parts.append(f"body: {type_of(_schema(operation['requestBody']))}")
    reply = _schema(operation["responses"][str(route.status)])
    return "{ " + "; ".join([*parts, f"data: {type_of(reply['properties']['data'])}"]) + " }"


def _schema(content: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = content["content"]["application/json"]["schema"]
    return schema


def type_of(schema: dict[str, Any]) -> str:
    """The TypeScript type that says the same as a JSON schema."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(map(type_of, schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        return " | ".join(map(json.dumps, schema.get("enum", [schema.get("const")])))
    if "properties" in schema:
        required = schema.get("required", ())
        fields = [
            f"{name}{'' if name in required else '?'}: {type_of(field)}"
            for name, field in schema["properties"].items()
        ]
        return "{ " + "; ".join(fields) + " }"
    kind = schema.get("type")
    if kind == "array":
        return f"({type_of(schema['items'])})[]" if "items" in schema else "unknown[]"
    if kind == "object":
        return f"Record<string, {type_of(schema.get('additionalProperties') or {})}>"
    return _PLAIN.get(str(kind), "unknown")
