"""`secret.leaked`: a known key, or what looks like a secret, in what a change adds. A person's change as well: the rule
is about the repository.

A finding names path, line and kind; the secret itself goes nowhere.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agentgrid.boundaries.findings import Finding, Words, named_finding
from agentgrid.boundaries.leases.rules import LeasePoint
from agentgrid.boundaries.policy.territory import Territory
from agentgrid.boundaries.secrets.additions import Addition, committed_additions, staged_additions
from agentgrid.boundaries.secrets.guessing import guess_secrets, is_generated_name
from agentgrid.boundaries.secrets.known_values import KnownValue, known_values
from agentgrid.boundaries.secrets.suspicion import is_suspicious
from agentgrid.boundaries.verdict import SECRET_RULE, severity_of
from agentgrid.git.commit_messages import CommitMessage, list_messages
from agentgrid.git.content import read_blobs_by_id
from agentgrid.git.paths import quote_path
from agentgrid.git.process import OBJECT_VARIABLES, Git
from agentgrid.git.repository import Repository

PRAGMA = "pragma: allowlist secret"


@dataclass(frozen=True, slots=True)
class _Leak:
    """`known`: the key whose value it is; None: it only looks so, like a `kind`."""

    line: int
    text: bytes = field(repr=False)
    kind: str = ""
    known: KnownValue | None = None


def commit_leaks(repository: Repository, territory: Territory, *, base: str, head: str) -> tuple[Finding, ...]:
    """Findings about every commit that `head` adds to `base`."""
    if _is_off(territory):
        return ()
    check = _LeakCheck(repository, repository.git, territory, base)
    blobs = check.judge(committed_additions(repository.git, base, head))
    return (*blobs, *check.judge_messages(list_messages(repository.git, base, head)))


def staged_leaks(
    repository: Repository, git: Git, territory: Territory, *, base: str, heads: Sequence[str]
) -> tuple[Finding, ...]:
    """Findings about the index that `git` runs with. `heads`: the commits that the next one is made on."""
    if _is_off(territory):
        return ()
    seeing = {
        name: os.environ[name] for name in OBJECT_VARIABLES if name in os.environ
    }  # blobs nobody has taken in yet
    git = Git(git.directory, env={**git.env, **seeing})
    check = _LeakCheck(repository, git, territory, base)
    return check.judge(staged_additions(git, heads or [repository.empty_tree]))


def is_asked(territory: Territory, point: LeasePoint | None) -> bool:
    """Whether contents are read at `point` (None: in CI). A grid that configures keys has them looked for at every
    commit; any other when something leaves the repository, in CI and in `check`: reading is most of what a commit's
    guard would cost."""
    return bool(territory.compiled["keys"]) or point is None or point.mode == "look"


class _LeakCheck:
    """One check. `git`: with the index that is checked."""

    def __init__(self, repository: Repository, git: Git, territory: Territory, base: str) -> None:
        self._git = git
        self._territory = territory
        self._base = base
        self._known = known_values(territory.compiled["keys"], str(repository.root), dict(os.environb))

    def judge(self, additions: Sequence[Addition]) -> tuple[Finding, ...]:
        suspects = {
            oid: content
            for oid, content in read_blobs_by_id(self._git, (each.oid for each in additions))
            if is_suspicious(content) or any(key.value in content for key in self._known)
        }
        suspicious = [each for each in additions if each.oid in suspects]
        if not suspicious:
            return ()
        on_base = self._entries_of_base()
        suspicious = [each for each in suspicious if each.oid not in on_base.values()]  # a file that was moved
        olds = {oid for each in suspicious for oid in (*each.before, on_base.get(each.path)) if oid}
        older = dict(read_blobs_by_id(self._git, olds))
        found: dict[tuple[bytes, bytes], Finding] = {}
        for each in suspicious:
            before = [older[oid] for oid in (*each.before, on_base.get(each.path)) if oid in older]
            for leak in self._find(each.path, suspects[each.oid]):
                if not _was_there(leak, suspects[each.oid], before):
                    finding = self._finding(each, leak)
                    if finding is not None:
                        found.setdefault((each.path, leak.text), finding)
        return tuple(found.values())

    def judge_messages(self, messages: Iterable[CommitMessage]) -> Iterator[Finding]:
        """Known keys in the messages of commits."""
        for message in messages:
            for key in self._known:
                if key.value in message.raw:
                    words = Words(f"the message of commit {message.oid[:10]} has the value of {_name(key)} in it",
                                  _anew(message.oid))  # fmt: skip
                    finding = named_finding(self._territory, SECRET_RULE, words, commit=message.oid)
                    yield from [finding] if finding else []

    def _find(self, path: bytes, content: bytes) -> Iterator[_Leak]:
        known = [key for key in self._known if key.value in content]
        for key in known:
            yield _Leak(content[: content.index(key.value)].count(b"\n") + 1, key.value, known=key)
        if self._territory.is_trusted_with_secrets(path) or not is_suspicious(content):
            return
        name = os.fsdecode(path)
        with_entropy = not (self._territory.place(path).is_derived or is_generated_name(name))
        for guess in guess_secrets(content, name, with_entropy=with_entropy):
            if not any(guess.text in key.value or key.value in guess.text for key in known):
                yield _Leak(guess.line, guess.text, guess.kind)

    def _entries_of_base(self) -> Mapping[bytes, bytes]:
        """Path → blob of the base's tree."""
        found = {}
        for entry in self._git.run("ls-tree", "-r", "-z", "--full-tree", self._base).fields:
            facts, _, path = entry.partition(b"\t")
            found[path] = facts.split(b" ")[2]
        return found

    def _finding(self, addition: Addition, leak: _Leak) -> Finding | None:
        if leak.known is not None:
            message = f"line {leak.line} has the value of {_name(leak.known)} in it"
            advice = "keep it out of files: the configuration names where it is"
        else:
            message = f"line {leak.line} looks like a secret ({leak.kind})"
            advice = f"if it is none, say so in a comment on that line ({PRAGMA}) or in `secrets.allow`"
        return named_finding(self._territory, SECRET_RULE, Words(message, f"{self._way_out(addition)}; {advice}"),
                             path=addition.path, commit=addition.commit)  # fmt: skip

    def _way_out(self, addition: Addition) -> str:
        if addition.commit is None:
            return f"take it out, and stage the file again: git restore --staged -- {quote_path(addition.path)}"
        return _anew(addition.commit)


def _name(key: KnownValue) -> str:
    whose = f"{key.agent}'s key" if key.agent else "a key of this grid"
    return f"{key.name} ({whose})"


def _anew(commit: str) -> str:
    short = commit[:10]
    return f"commit {short} adds it: make that one anew (git rebase -i {short}^), and replace a key that was pushed"


def _was_there(leak: _Leak, content: bytes, before: Sequence[bytes]) -> bool:
    """Whether the file had it as often as now: it was moved within it, or stands in a line nearby."""
    return any(old.count(leak.text) >= content.count(leak.text) for old in before)


def _is_off(territory: Territory) -> bool:
    return severity_of(SECRET_RULE, territory.compiled["severity"], territory.compiled["unowned"]) == "off"
