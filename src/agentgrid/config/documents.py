"""YAML with positions: the value of a document, and the line on which each key and item stands."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import yaml

from agentgrid.errors import ConfigError, ConfigProblem

KeyPath = tuple[str | int, ...]
_TOO_DEEP = 40


@dataclass(frozen=True)
class Document:
    """`name`: the file as shown to people. `value`: plain Python data. `lines`: key path → line, from 1."""

    name: str
    value: Any
    lines: dict[KeyPath, int]

    def line_of(self, path: KeyPath) -> int | None:
        """The line of `path`, or of its nearest ancestor that has one."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return None


def parse_document(name: str, content: bytes) -> Document:
    """Parses one YAML file; an empty one is an empty mapping.

    Raises ConfigError, with the line, for text that isn't YAML or UTF-8, duplicate keys, keys that are not text,
    several documents in a file, and aliases (a list that says one thing in two places is read wrongly by people).
    """
    try:
        node = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError([ConfigProblem(name, line, "", "the file is not UTF-8")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_or_none = mark.line + 1 if mark else None
        message = f"not YAML: {error.problem or error.context}"
        raise ConfigError([ConfigProblem(name, line_or_none, "", message)]) from error
    except yaml.YAMLError as error:  # a character that YAML forbids carries no mark
        raise ConfigError([ConfigProblem(name, None, "", f"not YAML: {error}")]) from error
    if node is None:
        return Document(name, {}, {(): 1})
    reader = _Reader(name)
    return Document(name, reader.read(node, ()), reader.lines)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {}
        self.constructor = yaml.SafeLoader("")
        self.seen: set[int] = set()

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > _TOO_DEEP:
            raise self.problem(node, path, "nested too deeply")
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if id(node) in self.seen:
            raise self.problem(node, path, "YAML aliases are not used here; write it out")
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self.mapping(node, path)

    def scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        try:
            return self.constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            raise self.problem(node, path, f"{node.value!r} can't be read as {node.tag}") from error

    def mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.read_key(key_node, path)
            if key in result:
                raise self.problem(key_node, (*path, key), "is written twice")
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = self.read(value_node, (*path, key))
        return result

    def read_key(self, node: yaml.Node, path: KeyPath) -> str:
        key = self.constructor.construct_object(node) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(key, bool) or not isinstance(key, Hashable) or key is None:
            raise self.problem(node, path, "a key must be text; put quotes around it")
        return str(key)

    def problem(self, node: yaml.Node, path: KeyPath, message: str) -> ConfigError:
        key = format_key(path)
        return ConfigError([ConfigProblem(self.name, node.start_mark.line + 1, key, message)])


def format_key(path: KeyPath) -> str:
    """`owns.critical[2]` for ('owns', 'critical', 2)."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
