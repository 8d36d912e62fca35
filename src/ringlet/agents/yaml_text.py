"""YAML with line numbers."""

from __future__ import annotations

from typing import Any

import yaml

from ringlet.agents.problems import ManifestError, ManifestProblem


def parse_yaml(path: str, text: str) -> Any:
    """Return the document, or raise `ManifestError` with the line of the first syntax error."""
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        message = error.problem or error.context or "not valid YAML"
        raise ManifestError(ManifestProblem(path, message, line=line)) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
        raise ManifestError(ManifestProblem(path, str(error))) from error


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
