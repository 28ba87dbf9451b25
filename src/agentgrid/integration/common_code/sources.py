"""The Python files of common code on both sides of a change set, read out of git: nothing is checked out."""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

from agentgrid.boundaries.charged import charge_commit
from agentgrid.boundaries.policy.territory import COMMON, Territory
from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.process import Git
from agentgrid.git.repository import Repository
from agentgrid.git.trees import list_blobs
from agentgrid.integration.common_code.model import Unreadable

_SUFFIX = b".py"
_TESTS = re.compile(rb"(^|/)(tests?/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$)")


@dataclass(frozen=True)
class Sources:
    """Path → text of every module of common code before and after. `changed`: paths that the change set is charged
    for. `unreadable`: those of them that can't be read any more; they are in neither side."""

    before: Mapping[bytes, str] = field(default_factory=dict)
    after: Mapping[bytes, str] = field(default_factory=dict)
    changed: tuple[bytes, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def is_common_module(territory: Territory, path: bytes) -> bool:
    """Whether the path is Python that agents share: common code, tests left out."""
    return path.endswith(_SUFFIX) and not _TESTS.search(path) and territory.place(path).state == COMMON


def read_sources(repository: Repository, territory: Territory, *, base: str, head: str) -> Sources:
    """What the commit `head` makes of common code against the commit `base`. What only the base changed since the two
    parted is the same on both sides."""
    changes = charge_commit(repository, base, head)
    charged = {each.path for each in changes.charged if each.via is None and not each.is_submodule}
    changed = tuple(sorted(path for path in charged if is_common_module(territory, path)))
    if not changed:
        return Sources()
    git = repository.git
    earlier = list_blobs(git, changes.fork, suffix=_SUFFIX)
    now = list_blobs(git, head, suffix=_SUFFIX)
    after = {path: oid for path, oid in now.items() if is_common_module(territory, path)}
    was = {path: earlier[path] for path in changed if path in earlier}
    before = {**{path: oid for path, oid in after.items() if path not in charged}, **was}
    return _read(git, before, after, changed)


def _read(git: Git, before: Mapping[bytes, bytes], after: Mapping[bytes, bytes], changed: tuple[bytes, ...]) -> Sources:
    texts = {oid: _decode(content) for oid, content in read_blobs_by_id(git, [*before.values(), *after.values()])}
    was = {path: text for path, oid in before.items() if isinstance(text := texts[oid], str)}
    now = {path: text for path, oid in after.items() if isinstance(text := texts[oid], str)}
    unreadable = []
    for path in changed:
        old = _fault(texts[before[path]]) if path in before else None
        new = _fault(texts[after[path]]) if path in after else None
        if new is not None and old is None:
            unreadable.append(Unreadable(path, *new))
        if old is not None or new is not None:  # it is neither gone nor new: nobody can tell what it is
            was.pop(path, None)
        if new is not None:
            now.pop(path, None)
    return Sources(was, now, changed, tuple(unreadable))


def read_text(content: bytes) -> str | None:
    """The text of a module, its own encoding obeyed; None for what can't be decoded."""
    text = _decode(content)
    return text if isinstance(text, str) else None


def parse(text: str) -> ast.Module | None:
    """The syntax of a module; None for what this Python can't read."""
    found = _parse(text)
    return found if isinstance(found, ast.Module) else None


def _decode(content: bytes) -> str | tuple[int, str]:
    """The text, or (line, why there is none)."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.IncrementalNewlineDecoder(None, translate=True).decode(content.decode(encoding), final=True)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1, f"its bytes are not {error.encoding}"
    except (ValueError, LookupError) as error:
        return 1, str(error) or type(error).__name__


def _fault(text: str | tuple[int, str]) -> tuple[int, str] | None:
    found = _parse(text) if isinstance(text, str) else text
    return None if isinstance(found, ast.Module) else found


def _parse(text: str) -> ast.Module | tuple[int, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it says of its own escapes is its own business
            return ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError) as error:
        return 1, str(error) or type(error).__name__
