"""Data files as plain nested values. Numbers and dates stay as they are written; nothing is made of unknown tags."""

import json
import re
import tomllib
from typing import Any

import yaml

from agentgrid.config.documents import compose_documents

_MOST_DOTS = 200  # `tomllib` takes the square of them in time
_MOST_NODES = 100_000  # aliases of aliases grow without end


def read_data(path: bytes, content: bytes) -> Any:
    """The values of a file. Raises ValueError, RecursionError or LookupError for one that can't be read."""
    kind = path.lower().rpartition(b".")[2]
    if kind == b"json":
        return json.loads(content, parse_int=str, parse_float=str)
    if kind == b"toml":
        return read_toml(content)
    return _read_yaml(content)


def read_toml(content: bytes) -> Any:
    """The values of a TOML file. Raises ValueError or RecursionError for one that can't be read."""
    if any(piece.count(b".") > _MOST_DOTS for piece in re.split(rb"[=\n,\[\]{}#]", content)):
        raise ValueError("too many dots")
    return tomllib.loads(content.decode("utf-8-sig"), parse_float=str)


def _read_yaml(content: bytes) -> Any:
    documents = [_Nodes().read(node) for node in compose_documents(content)]
    if len(documents) == 1:
        return documents[0]
    names = [_name_document(each) for each in documents]
    if None in names or len(set(names)) != len(names):
        names = [f"#{number}" for number in range(1, len(names) + 1)]
    return dict(zip(names, documents, strict=True))


def _name_document(document: Any) -> str | None:
    """What Kubernetes and the like call one of several documents."""
    metadata = document.get("metadata") if isinstance(document, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    kind = document.get("kind") if isinstance(document, dict) else None
    return f"{kind}/{name}" if isinstance(kind, Plain) and isinstance(name, Plain) else None


class Plain(str):
    """A YAML scalar as it is written, with its tag: `"1"` is not `1`."""

    __slots__ = ("tag",)
    tag: str

    def __repr__(self) -> str:
        return f"{self.tag} {super().__repr__()}"


class _Nodes:
    def __init__(self) -> None:
        self.count = 0

    def read(self, node: yaml.Node) -> Any:
        self.count += 1
        if self.count > _MOST_NODES:
            raise ValueError("too many nodes")
        if isinstance(node, yaml.MappingNode):
            return {self.name(key): self.read(value) for key, value in node.value}
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item) for item in node.value]
        scalar = Plain(node.value)
        scalar.tag = node.tag
        return scalar

    def name(self, node: yaml.Node) -> str:
        return str(node.value) if isinstance(node, yaml.ScalarNode) else repr(self.read(node))
