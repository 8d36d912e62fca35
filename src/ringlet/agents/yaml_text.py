"""YAML with line numbers, and with bounds: a few lines of it can stand for any amount of work."""

from __future__ import annotations

from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError

from ringlet.agents.problems import KeyPath, ManifestError, ManifestProblem

_MOST_NODES: Final = 10_000
_MOST_EXPANDED: Final = 50_000  # with what aliases repeat, and what is merged
_DEEPEST: Final = 32
_LONGEST_VALUE: Final = 100  # characters of a number, a time, true or false
_TEXT: Final = "tag:yaml.org,2002:str"
_NOT_TEXT_KEY: Final = "a key must be a text: put text that begins with { or [ in quotes"
_MERGE: Final = "tag:yaml.org,2002:merge"


class _Loader(yaml.SafeLoader):
    """Tells what the usual one passes over: keys that are there twice, lines of odd values."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._nodes = self._depth = self._merged = 0
        self._sizes: dict[int, int] = {}  # of finished nodes by their ids, aliases expanded

    def fetch_flow_collection_start(self, kind: Any) -> None:
        # The scanner looks ahead, and at each bracket at all that are open.
        deep = self.flow_level > _DEEPEST
        mark = self.get_mark()
        _refuse(deep, "it is nested too deeply", mark)
        super().fetch_flow_collection_start(kind)

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        self._nodes += 1
        self._depth += 1
        _refuse(self._nodes > _MOST_NODES, f"it holds more than {_MOST_NODES:,} values", mark)
        _refuse(self._depth > _DEEPEST, "it is nested too deeply", mark)
        node: Any = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(event, yaml.AliasEvent):
            _refuse(id(node) not in self._sizes, "it holds itself", mark)
            return node
        inner = () if isinstance(node, yaml.ScalarNode) else node.value
        size = 1 + sum(self._sizes[id(part)] for item in inner for part in _parts(item))
        _refuse(size > _MOST_EXPANDED, "its aliases repeat too much", mark)
        self._sizes[id(node)] = size
        return node

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        self._merged += len(node.value)
        _refuse(self._merged > _MOST_EXPANDED, "its merges repeat too much", node.start_mark)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for name, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            _refuse(not isinstance(name, yaml.ScalarNode), _NOT_TEXT_KEY, name.start_mark)
            twice = name.value in seen and name.tag != _MERGE
            _refuse(twice, f"the key {name.value} is there twice", name.start_mark)
            seen.add(name.value)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.tag != _TEXT:
            too_long = len(node.value) > _LONGEST_VALUE
            _refuse(too_long, "what is no text in quotes is too long", node.start_mark)
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:  # a date such as 2026-13-45, a tag that does not fit, …
            raise ConstructorError(None, None, _reason(error), node.start_mark) from error


def parse_yaml(path: str, text: str) -> Any:
    """Return the document, or raise `ManifestError` with the line of the first syntax error."""
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        message = error.problem or error.context or "not valid YAML"
        raise ManifestError(ManifestProblem(path, message, line=line)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "it holds a character that YAML forbids"
        raise ManifestError(ManifestProblem(path, message, line=line)) from error
    except Exception as error:  # the parser is not ours: it may trip over anything
        line = None if loader is None else loader.line + 1
        raise ManifestError(ManifestProblem(path, _reason(error), line=line)) from error
    finally:
        if loader is not None:
            loader.dispose()


class YamlLines:
    """The lines of all keys in a text that was parsed before."""

    def __init__(self, text: str) -> None:
        self._root: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        self._inner: dict[int, dict[Any, tuple[int, yaml.Node]]] = {}

    def find(self, key: KeyPath) -> int | None:
        """The line where the key, or else its nearest parent, is written."""
        node, line = self._root, None
        for part in key:
            found = self._children(node).get(part) if node is not None else None
            if found is None:
                break
            line, node = found
        return line

    def _children(self, node: yaml.Node) -> dict[Any, tuple[int, yaml.Node]]:
        if id(node) not in self._inner:
            self._inner[id(node)] = dict(_children(node))
        return self._inner[id(node)]


def _children(node: yaml.Node) -> list[tuple[Any, tuple[int, yaml.Node]]]:
    if isinstance(node, yaml.MappingNode):
        named = [pair for pair in reversed(node.value) if isinstance(pair[0], yaml.ScalarNode)]
        return [(name.value, (name.start_mark.line + 1, value)) for name, value in named]
    if isinstance(node, yaml.SequenceNode):
        return [(at, (item.start_mark.line + 1, item)) for at, item in enumerate(node.value)]
    return []


def _parts(item: Any) -> tuple[Any, ...]:
    """The nodes in an entry of a mapping or of a sequence."""
    return item if isinstance(item, tuple) else (item,)


def _refuse(wrong: bool, message: str, mark: Any) -> None:
    if wrong:
        raise ConstructorError(None, None, message, mark)


def _reason(error: Exception) -> str:
    return f"it cannot be read: {error or type(error).__name__}"
