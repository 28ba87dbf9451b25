"""Values of a TOML or JSON manifest with the place of each string: what its own parser reads, and where that stands."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agentgrid.integration.dependencies.reading.json_spans import find_json_spans
from agentgrid.integration.dependencies.reading.toml_spans import Key, Spans, find_toml_spans
from agentgrid.integration.dependencies.texts import Text

ESCAPED = "it is written with escapes or over several lines"


class Broken(ValueError):
    """A document that its parser refuses. `line`: where, as far as that is known."""

    def __init__(self, line: int | None, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


@dataclass(frozen=True)
class Document:
    """`data`: as the parser reads it. `spans`: see `toml_spans`."""

    source: Text
    data: Any
    spans: Spans

    def table(self, *path: str) -> Mapping[str, Any]:
        """The table there; empty where there is none."""
        found = self.data
        for part in path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def strings(self, path: Key, listed: Any) -> Iterator[tuple[Key, str]]:
        """The strings of a list at `path`; what else is in it (a group that is included) is no package."""
        for number, each in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(each, str):
                yield (*path, number), each

    def line(self, path: Key) -> int:
        """The line that the string at `path` stands on, else of the first one in it, else of the table around it."""
        while path:
            inside = [each[0] for key, each in self.spans.items() if key[: len(path)] == path]
            if inside:
                return self.source.line_at(min(inside))
            path = path[:-1]
        return 1

    def span(self, path: Key, value: str) -> tuple[int, int] | None:
        """Where `value` stands in the text, character by character; None where it is written in another way."""
        start, end, is_plain = self.spans.get(path, (0, 0, False))
        return (start, end) if is_plain and self.source.text[start:end] == value else None


def read_toml_document(source: Text) -> Document:
    """Raises Broken."""
    import tomllib

    text = source.text[source.body_start :]
    try:
        data = tomllib.loads(text)
        return Document(source, data, find_toml_spans(source.text, source.body_start))
    except tomllib.TOMLDecodeError as error:
        raise Broken(_line_in(str(error)), f"no TOML: {error}") from error
    except (ValueError, IndexError, RecursionError) as error:
        raise Broken(None, f"it can't be read: {error}") from error


def read_json_document(source: Text) -> Document:
    """Raises Broken."""
    try:
        data = json.loads(source.text[source.body_start :])
        return Document(source, data, find_json_spans(source.text, source.body_start))
    except json.JSONDecodeError as error:
        raise Broken(error.lineno, f"no JSON: {error.msg}") from error
    except (ValueError, IndexError, RecursionError) as error:
        raise Broken(None, f"it can't be read: {error}") from error


def _line_in(message: str) -> int | None:
    """The line that `tomllib` names: `… (at line 3, column 5)`."""
    number = message.rpartition("at line ")[2].partition(",")[0]
    return int(number) if number.isdigit() else None
