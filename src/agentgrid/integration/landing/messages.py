"""What the commits say that a train makes. Trailers of the branch's own commits are kept when they are squashed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.git.commit_objects import read_commit
from agentgrid.git.process import Git


@dataclass(frozen=True)
class Squashed:
    """The message of a squash, and whose work it is."""

    message: bytes
    author: dict[str, str]


def merge_message(agent: str, branch: str) -> bytes:
    return os.fsencode(f"Merge {branch}\n\nAgent: {agent}\n")


def squash_message(git: Git, agent: str, branch: str, commits: Sequence[str]) -> Squashed:
    """`commits`: the branch's own, oldest first; merges left out. One commit keeps its whole message; of several the
    first one's subject stands for all, and each is listed."""
    if not commits:
        return Squashed(_with_trailers(git, os.fsencode(f"{branch}\n"), [f"Agent: {agent}"]), {})
    author = read_commit(git, commits[0]).author
    texts = [git.run("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%B", oid).stdout
             for oid in commits]  # fmt: skip
    trailers = [line for oid in commits for line in _trailers(git, oid)]
    trailers += [f"Co-authored-by: {who}" for who in _other_authors(git, commits, author)]
    subjects = [text.strip().split(b"\n", 1)[0] for text in texts]
    listed = b"\n".join(b"* " + subject for subject in subjects)
    text = texts[0].strip() + b"\n" if len(commits) == 1 else subjects[0] + b"\n\n" + listed + b"\n"
    wanted = list(dict.fromkeys([*trailers, f"Agent: {agent}"]))
    newest = read_commit(git, commits[-1]).author["GIT_AUTHOR_DATE"]
    return Squashed(_with_trailers(git, text, wanted), {**author, "GIT_AUTHOR_DATE": newest})


def _with_trailers(git: Git, text: bytes, trailers: Sequence[str]) -> bytes:
    """The text with those of the trailers that it doesn't have yet."""
    given = [part for each in trailers for part in ("--trailer", each)]
    return git.run("interpret-trailers", "--no-divider", "--where=end", "--if-exists=addIfDifferent",
                   "--if-missing=add", *given, stdin=text).stdout  # fmt: skip


def _trailers(git: Git, oid: str) -> list[str]:
    shown = git.run("log", "-1", "--no-show-signature", "--encoding=UTF-8",
                    "--format=%(trailers:only=true,unfold=true)", oid).stdout  # fmt: skip
    return [line for line in os.fsdecode(shown).splitlines() if line.strip()]


def _other_authors(git: Git, commits: Sequence[str], author: dict[str, str] | object) -> list[str]:
    first = author if isinstance(author, dict) else {}
    found: dict[str, str] = {}
    for oid in commits:
        who = read_commit(git, oid).author
        found.setdefault(who["GIT_AUTHOR_EMAIL"].casefold(), f"{who['GIT_AUTHOR_NAME']} <{who['GIT_AUTHOR_EMAIL']}>")
    found.pop(str(first.get("GIT_AUTHOR_EMAIL", "")).casefold(), None)
    return list(found.values())
