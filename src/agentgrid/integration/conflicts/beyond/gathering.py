"""One side's facts, from the base's and its own versions of the files that it changed. Each version is parsed once."""

import hashlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Literal

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.integration.conflicts.beyond.facts import NOTHING, Facts, join_facts
from agentgrid.integration.conflicts.beyond.language import Language
from agentgrid.integration.conflicts.beyond.languages import LANGUAGES
from agentgrid.integration.conflicts.beyond.migrations import find_numbers

TOO_LARGE_BYTES = 1 << 20
"""Files beyond that are made by machines; they'd cost more than they tell."""

Version = Literal["base", "side"]
Reader = Callable[[Version, bytes], bytes | None]
"""The content of a path in the base or in the side; None where there is no such file."""


class Memo:
    """What was parsed in this run, by content: the base's versions are the same for all agents."""

    def __init__(self) -> None:
        self._parsed: dict[tuple[str, bytes, bytes], Any] = {}

    def parse(self, language: Language, path: bytes, content: bytes) -> Any:
        """What `language` makes of the content; None when that can't be read."""
        key = (language.name, path.rpartition(b"/")[2], hashlib.sha256(content).digest())
        if key not in self._parsed:
            self._parsed[key] = _parse(language, path, content)
        return self._parsed[key]


def gather_facts(
    reader: Reader, changed: Sequence[bytes], *, lineages: Sequence[LineagePlace] = (), memo: Memo | None = None
) -> Facts:
    """What a side did. `changed`: the paths that it added, changed or deleted against the base. `lineages`:
    of database migrations."""
    memo = memo if memo is not None else Memo()
    known = [path for path in changed if any(language.handles(path) for language in LANGUAGES)]
    parts = [_of_file(reader, path, memo) for path in known]
    return join_facts([*parts, find_numbers(reader, changed, lineages)])


def facts_of(path: bytes, before: bytes | None, after: bytes | None, *, memo: Memo | None = None) -> Facts:
    """What a side did to one file. None: not there. A version that can't be read makes that nobody can tell."""
    if before == after:
        return NOTHING
    memo = memo if memo is not None else Memo()
    return join_facts(_compare(language, path, before, after, memo) for language in LANGUAGES if language.handles(path))


def _of_file(reader: Reader, path: bytes, memo: Memo) -> Facts:
    before, after = reader("base", path), reader("side", path)
    moved = _other_form(path)
    if moved and after is None:
        after = reader("side", moved)  # a module that became a package, or the other way round, is still there
    elif moved and before is None and reader("base", moved) is not None and reader("side", moved) is None:
        return NOTHING  # told of the path that it had
    return facts_of(path, before, after, memo=memo)


def _other_form(path: bytes) -> bytes | None:
    if path.endswith(b"/__init__.py"):
        return path.removesuffix(b"/__init__.py") + b".py"
    return path.removesuffix(b".py") + b"/__init__.py" if path.endswith(b".py") else None


def _compare(language: Language, path: bytes, before: bytes | None, after: bytes | None, memo: Memo) -> Facts:
    versions = []
    for content in (before, after):
        parsed = None if content is None else memo.parse(language, path, content)
        if content is not None and parsed is None:
            return NOTHING
        versions.append(parsed)
    if versions == [None, None]:
        return NOTHING
    try:
        return language.compare(path, *versions)
    except (RecursionError, MemoryError):
        return NOTHING  # nested beyond what anybody writes


def _parse(language: Language, path: bytes, content: bytes) -> Any:
    if len(content) > TOO_LARGE_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a compiler would say of the agents' code is not for here
            return language.parse(path, content)
    except (ValueError, SyntaxError, LookupError, ArithmeticError, RecursionError, MemoryError):
        return None
