"""Values that fit a JSON schema."""

from __future__ import annotations

from typing import Any, Final

from ringlet.demo.llm.document import child, objects

_WORDS: Final = "Ringlet demo"
_MOST_ITEMS: Final = 16


def example(schema: dict[str, Any]) -> Any:
    """A small value that the schema accepts; knows the keywords that agents use."""
    if "const" in schema:
        return schema["const"]
    if isinstance(choices := schema.get("enum"), list) and choices:
        return choices[0]
    for keyword in ("anyOf", "oneOf"):
        if variants := objects(schema.get(keyword)):
            return example(variants[0])
    match _type(schema):
        case "object":
            return example_object(schema)
        case "array":
            return _example_array(schema)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "null":
            return None
        case _:
            return _WORDS


def example_object(schema: dict[str, Any]) -> dict[str, Any]:
    """An object with all required properties, or with all if none is said to be required."""
    properties = child(schema, "properties")
    names = required(schema) or list(properties)
    return {name: example(child(properties, name)) for name in names}


def required(schema: dict[str, Any]) -> list[str]:
    """Names of the properties that must be there."""
    names = schema.get("required")
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _example_array(schema: dict[str, Any]) -> list[Any]:
    least = schema.get("minItems")
    count = min(least, _MOST_ITEMS) if isinstance(least, int) else 0
    return [example(child(schema, "items"))] * count


def _type(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return str(kind[0] if isinstance(kind, list) and kind else kind).lower()  # Google: OBJECT
