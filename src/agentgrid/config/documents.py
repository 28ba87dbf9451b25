"""YAML with positions: the value of a document, and the line on which each key and item stands."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from agentgrid.errors import ConfigError, ConfigProblem

_MERGE_TAG = "tag:yaml.org,2002:merge"
KeyPath = tuple[str | int, ...]
_TOO_DEEP = 40
_TOO_LONG_BITS = 64  # no key means a number that large, and Python refuses to print much larger ones


@dataclass(frozen=True)
class Document:
    """`name`: the file as shown to people. `value`: plain Python data. `lines`: key path → line, from 1."""

    name: str
    value: Any
    lines: dict[KeyPath, int]

    def line_of(self, path: KeyPath) -> int | None:
        """The line of `path`, or of its nearest ancestor that has one."""
        return _nearest_line(self.lines, path)


def parse_document(name: str, content: bytes) -> Document:
    """Parses one YAML file; an empty one is an empty mapping.

    Raises ConfigError, with the line, for text that isn't YAML or UTF-8, duplicate keys, keys that are not text,
    several documents in a file, aliases (a list that says one thing in two places is read wrongly by people), NUL
    characters (no path, name or command has one) and nesting deeper than any key.
    """
    try:
        node = yaml.compose(content.decode("utf-8-sig"), Loader=_Loader)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError([ConfigProblem(name, line, "", "the file is not UTF-8")]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line_or_none = mark.line + 1 if mark else None
        said = error.problem or error.context or ""
        message = f"not YAML: {'nested too deeply' if 'nesting depth' in said else said}"  # newer libraries' own limit
        raise ConfigError([ConfigProblem(name, line_or_none, "", message)]) from error
    except yaml.YAMLError as error:  # a character that YAML forbids carries no mark
        raise ConfigError([ConfigProblem(name, None, "", f"not YAML: {error}")]) from error
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return Document(name, {}, {(): 1})
    reader = _Reader(name)
    return Document(name, reader.read(node, ()), reader.lines)


def compose_documents(content: bytes) -> list[yaml.Node]:
    """The nodes of anybody's YAML file, one a document, aliases and unknown tags included; nothing is made of them.

    Raises ValueError for what is no YAML, no UTF-8, or nested too deeply.
    """
    try:
        return [node for node in yaml.compose_all(content.decode("utf-8-sig"), Loader=_Loader) if node is not None]
    except yaml.YAMLError as error:
        raise ValueError("not YAML") from error


class _Loader(yaml.CSafeLoader):
    """libyaml's composer recurses without a limit of its own: a file of brackets would end the interpreter."""

    depth = 0

    def descend_resolver(self, current_node: yaml.Node | None, current_index: Any) -> None:  # noqa: ARG002
        self.depth += 1
        if self.depth > _TOO_DEEP and current_node is not None:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=current_node.start_mark)

    def ascend_resolver(self) -> None:
        self.depth -= 1


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {}
        self.constructor = yaml.SafeLoader("")
        self.seen: set[int] = set()

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        self.refuse_alias(node, path)
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return self.mapping(node, path)

    def scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        if "\0" in node.value:
            raise self.problem(node, path, "a NUL character has no meaning here")
        try:
            value = self.constructor.construct_object(node)
        except (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
            shown = f"{node.value[:40]}…" if len(node.value) > 40 else node.value
            raise self.problem(node, path, f"{shown!r} can't be read as {node.tag}") from error
        if isinstance(value, int) and value.bit_length() > _TOO_LONG_BITS:
            raise self.problem(node, path, "the number is too large")
        return value

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
        self.refuse_alias(node, path)
        if isinstance(node, yaml.ScalarNode) and node.tag == _MERGE_TAG:
            raise self.problem(node, path, "YAML merge keys are not used here; write it out")
        key = self.scalar(node, path) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(key, bool) or not isinstance(key, str | int | float | date):
            raise self.problem(node, path, "a key must be text; put quotes around it")
        return str(key)

    def refuse_alias(self, node: yaml.Node, path: KeyPath) -> None:
        if id(node) in self.seen:  # the node is the anchor's: its own mark stands elsewhere
            message, line = "YAML aliases are not used here; write it out", _nearest_line(self.lines, path)
            raise ConfigError([ConfigProblem(self.name, line, format_key(path), message)])
        self.seen.add(id(node))

    def problem(self, node: yaml.Node, path: KeyPath, message: str) -> ConfigError:
        key = format_key(path)
        return ConfigError([ConfigProblem(self.name, node.start_mark.line + 1, key, message)])


def _nearest_line(lines: dict[KeyPath, int], path: KeyPath) -> int | None:
    return next((lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in lines), None)


def format_key(path: KeyPath) -> str:
    """`owns.critical[2]` for ('owns', 'critical', 2)."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
