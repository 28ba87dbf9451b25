"""Who uses a name that broke: on the base, and on every agent's branch. Found in the syntax, by the same rules as what
meets beyond lines."""

import re
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.charged import charge_commit
from agentgrid.git.content import modules_with, read_blobs_by_id
from agentgrid.git.repository import Repository
from agentgrid.git.trees import list_blobs
from agentgrid.integration.common_code.model import Break, Certainty, User
from agentgrid.integration.common_code.sources import Sources, read_text
from agentgrid.integration.conflicts.beyond.python.language import Python, PythonBreak, PythonUse
from agentgrid.integration.conflicts.beyond.python.outline import Outline, dotted, read_outline
from agentgrid.integration.conflicts.beyond.python.reach import find_reach, is_distinctive
from agentgrid.integration.conflicts.beyond.python.uses import Mention, Origin, find_mentions

_SURENESS: dict[str, Certainty] = {"it": "sure", "what seems to be it": "likely"}
_COOKIE = re.compile("coding[:=]")
_WORD = re.compile(r"\w+")
_CALLS_ALONE = ("parameter", "form")
MOST_FILES = 1500


@dataclass(frozen=True)
class Branch:
    """Work that may use common code. `agent`: whose branch it is."""

    agent: str
    head: str


@dataclass(frozen=True)
class _View:
    """One commit's files, of which those that `counts` says are looked at. `branch_of`: as in `User`."""

    commit: str
    branch_of: str | None
    counts: Callable[[bytes], bool]


@dataclass(frozen=True)
class _Target:
    """One name of a break. `signatures`: what its calls had to fit, and have to fit now, where that is known."""

    number: int
    whole: str
    broken: Break
    signatures: PythonBreak | None

    @property
    def holder(self) -> str:
        """The name of what it stands in; files that use it by an import have that too."""
        parts = self.whole.split(".")
        return parts[-2] if len(parts) > 1 else parts[-1]

    @property
    def module(self) -> bytes:
        return self.broken.module

    @property
    def is_passed_on(self) -> bool:
        """Whether a package has it, so that a relative import needn't name what it stands in."""
        return (
            self.broken.is_module or self.broken.module.endswith(b"/__init__.py") or self.whole != self.broken.wholes[0]
        )


class Users:
    """Finds uses. `owner_of`: whose code a path is. `notes` tells what was left out."""

    def __init__(self, repository: Repository, owner_of: Callable[[bytes], str | None]) -> None:
        self._repository = repository
        self._owner_of = owner_of
        self.notes: list[str] = []

    def find(
        self, breaks: Sequence[Break], sources: Sources, *, base: str, own: Branch | tuple[None, str],
        others: Sequence[Branch],
    ) -> list[tuple[User, ...]]:  # fmt: skip
        """The users of each break, in order. `own`: the change set's own branch, whose files are as it made them."""
        agent, head = (own.agent, own.head) if isinstance(own, Branch) else own
        targets = _by_name(breaks, sources)
        found: list[dict[tuple[bytes, int, str | None], User]] = [{} for _ in breaks]
        for view in self._views(base, agent, head, others):
            for path, mentions in self._mentions(view, targets):
                for number, user in self._struck(view, path, mentions, targets):
                    found[number].setdefault((user.path, user.line, user.branch_of), user)
        return [tuple(sorted(each.values(), key=_in_order)) for each in found]

    def _views(self, base: str, agent: str | None, head: str, others: Sequence[Branch]) -> Iterator[_View]:
        mine = self._charged(base, head)
        yield _View(base, None, lambda path: path not in mine)
        yield _View(head, agent or "", mine.__contains__)
        for each in others:
            if each.head not in {base, head}:
                yield _View(each.head, each.agent, self._charged(base, each.head).__contains__)

    def _charged(self, base: str, head: str) -> frozenset[bytes]:
        return frozenset(each.path for each in charge_commit(self._repository, base, head).charged)

    def _mentions(self, view: _View, targets: Mapping[str, Sequence[_Target]]) -> Iterator[tuple[bytes, list[Mention]]]:
        git = self._repository.git
        paths = [path for path in modules_with(git, view.commit, targets) if view.counts(path)]
        blobs = list_blobs(git, view.commit, suffix=b".py") if paths else {}
        contents = dict(read_blobs_by_id(git, [blobs[path] for path in paths if path in blobs]))
        texts = {path: read_text(contents[blobs[path]]) for path in paths if path in blobs}
        wanted = [(path, text) for path, text in texts.items() if text is not None and _may_use(path, text, targets)]
        if len(wanted) > MOST_FILES:
            where = view.branch_of or "the base"
            self.notes.append(f"uses were looked for in {MOST_FILES} of {len(wanted)} files of {where}")
        for path, text in wanted[:MOST_FILES]:
            outline = _outline(text)
            if outline is not None:
                yield path, find_mentions(outline, dotted(path), is_package=path.endswith(b"/__init__.py"))

    def _struck(
        self, view: _View, path: bytes, mentions: Sequence[Mention], targets: Mapping[str, Sequence[_Target]]
    ) -> Iterator[tuple[int, User]]:
        for mention in mentions:
            for target, origin in _named(mention, targets):
                sureness = _strike(target, origin, mention, path)
                if sureness is not None:
                    user = User(path, mention.lines.start, self._owner_of(path), view.branch_of, sureness)
                    yield target.number, user


def _in_order(user: User) -> tuple[bool, str, bytes, int]:
    return user.branch_of is not None, user.branch_of or "", user.path, user.line


def _may_use(path: bytes, text: str, targets: Mapping[str, Sequence[_Target]]) -> bool:
    """Whether a file may use any of the targets: it has the name of what they stand in as well. Cheap: most files that
    have a word like `get` in them are about something else."""
    words = set(_WORD.findall(text))
    return any(
        target.holder in words or target.module == path or (target.is_passed_on and "from ." in text)
        or (target.broken.is_method and is_distinctive(name))
        for name in words & targets.keys()
        for target in targets[name]
    )  # fmt: skip


def _outline(text: str) -> Outline | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_outline(_plain(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _plain(text: str) -> bytes:
    """As UTF-8; what the first two lines say of another encoding is made void."""
    head, mark, rest = text.partition("\n")
    second, more, tail = rest.partition("\n")
    voided = [_COOKIE.sub("--", line) if line.lstrip().startswith("#") else line for line in (head, second)]
    return "".join([voided[0], mark, voided[1], more, tail]).encode("utf-8", "surrogatepass")


def _by_name(breaks: Sequence[Break], sources: Sources) -> dict[str, list[_Target]]:
    """The last part of each name → what is called so."""
    found: defaultdict[str, list[_Target]] = defaultdict(list)
    signatures = _signatures(breaks, sources)
    for number, broken in enumerate(breaks):
        first = signatures.get(broken.wholes[0])
        for whole in broken.wholes:
            known = replace(first, whole=whole) if first is not None and not broken.is_gone else None
            found[whole.rpartition(".")[2]].append(_Target(number, whole, broken, known))
    return found


def _signatures(breaks: Sequence[Break], sources: Sources) -> dict[str, PythonBreak]:
    known: dict[str, PythonBreak] = {}
    for path in {each.module for each in breaks}:
        if path in sources.before and path in sources.after:
            sides = [read_outline(_plain(side[path])) for side in (sources.before, sources.after)]
            for found in Python().compare(path, *sides).breaks.values():
                known.update({each.whole: each for each in found if isinstance(each, PythonBreak)})
    return known


def _named(mention: Mention, targets: Mapping[str, Sequence[_Target]]) -> Iterator[tuple[_Target, Origin]]:
    for target in targets.get(mention.name, ()):
        yield target, mention.origin
    parts = mention.origin.target.split(".")
    for length in range(1, len(parts)):  # what is imported from a module uses the module
        for target in targets.get(parts[length - 1], ()):
            if target.broken.is_module:
                yield target, Origin(".".join(parts[:length]), mention.origin.is_exact)


def _strike(target: _Target, origin: Origin, mention: Mention, path: bytes) -> Certainty | None:
    broken = target.broken
    reach = find_reach(target.whole, broken.is_method, origin, path)
    if reach is None:
        return None
    if all(each.kind.startswith(_CALLS_ALONE) for each in broken.changes):
        if mention.call is None:
            return None
        use = PythonUse(path, mention.lines, origin, mention.call)
        is_told = any(each.kind in {"parameter-default", "form"} for each in broken.changes)
        if target.signatures is not None and not is_told and target.signatures.strike(use) is None:
            return None
    return _SURENESS.get(reach.words, "by-name")
