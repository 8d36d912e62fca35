"""YAML with line numbers."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import ConstructorError

from ringlet.agents.problems import ManifestError, ManifestProblem


class _Loader(yaml.SafeLoader):
    """Tells what the usual one passes over: keys that are there twice, lines of odd values."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for name, _ in node.value:
            if name.value in seen and isinstance(name, yaml.ScalarNode):
                raise ConstructorError(
                    None, None, f"the key {name.value} is there twice", name.start_mark
                )
            seen.add(name.value if isinstance(name, yaml.ScalarNode) else id(name))
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except ValueError as error:  # a date such as 2026-13-45
            raise ConstructorError(None, None, str(error), node.start_mark) from error


def parse_yaml(path: str, text: str) -> Any:
    """Return the document, or raise `ManifestError` with the line of the first syntax error."""
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        message = error.problem or error.context or "not valid YAML"
        raise ManifestError(ManifestProblem(path, message, line=line)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "it holds a character that YAML forbids"
        raise ManifestError(ManifestProblem(path, message, line=line)) from error


def find_yaml_line(text: str, key: tuple[str | int, ...]) -> int | None:
    """The line where the key, or else its nearest parent, is written."""
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    line: int | None = None
    for part in key:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == part:
                return name.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        item = node.value[part]
        return item.start_mark.line + 1, item
    return None
