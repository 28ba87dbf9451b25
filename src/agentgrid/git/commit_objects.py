"""Commits made in the object database alone: no work tree, no index of anybody's, no ref."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.merging import Foreseen, foresee_merge
from agentgrid.git.process import Git
from agentgrid.git.work_commit import AT_NO_TIME, AUTHOR, commit_tree


@dataclass(frozen=True)
class Written:
    """What a commit says of itself. `author`: the variables that make git write the same author and date again.
    `encoding`: of the message, None for UTF-8."""

    tree: str
    parents: tuple[str, ...]
    author: Mapping[str, str]
    message: bytes
    encoding: str | None = None


def read_commit(git: Git, oid: str) -> Written:
    """Reads the commit `oid`."""
    header, _, message = git.run("cat-file", "commit", oid).stdout.partition(b"\n\n")
    tree, parents, author, encoding = "", [], dict[str, str](), None
    for line in header.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree":
            tree = value.decode()
        elif key == b"parent":
            parents.append(value.decode())
        elif key == b"author":
            author = _author(value)
        elif key == b"encoding":
            encoding = value.decode("ascii", "replace")
    return Written(tree, tuple(parents), author, message, encoding)


def write_commit(
    git: Git,
    tree: str,
    parents: Sequence[str],
    message: bytes,
    *,
    author: Mapping[str, str] | None = None,
    encoding: str | None = None,
    is_passing: bool = False,
) -> str:
    """Writes a commit by whoever acts here, signed where git is configured so; `author`: when it is somebody else's.
    `is_passing`: nobody will see it, so it needs no signature.

    Raises GitError.
    """
    given = [part for parent in parents for part in ("-p", parent)]
    settings = ("-c", f"i18n.commitEncoding={encoding}") if encoding else ()
    env, signed = {**_committer(git), **(author or {})}, () if is_passing else _signing(git)
    return git.run(*settings, "commit-tree", tree, *signed, *given, "-F", "-", stdin=message, env=env).text


def tree_of(git: Git, revision: str) -> str:
    return git.text("rev-parse", "--verify", f"{revision}^{{tree}}")


def replay(git: Git, tip: str, commit: str) -> Foreseen:
    """What `commit` alone would give on top of `tip`: its change since its first parent, merged in.

    git before 2.40 can't be told where a merge starts from, so both sides are dressed as children of that commit.
    """
    written = read_commit(git, commit)
    start = written.parents[0] if written.parents else _dress(git, git.text("mktree", stdin=b""), [])
    ours, theirs = _dress(git, tree_of(git, tip), [start]), _dress(git, written.tree, [start])
    return foresee_merge(git, ours, theirs)


def replace_paths(git: Git, tree: str, source: str, paths: Sequence[bytes]) -> str:
    """`tree` with `paths` as they are in `source`; those that it doesn't have are left out."""
    wanted = set(paths)
    listed = git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", source, "--", *paths).fields
    lines: dict[bytes, bytes] = {path: b"0 " + b"0" * len(tree) + b"\t" + path + b"\0" for path in paths}
    for field in listed:
        facts, _, path = field.partition(b"\t")
        if path in wanted:
            mode, _kind, oid = facts.split(b" ")
            lines[path] = mode + b" " + oid + b" 0\t" + path + b"\0"
    return _with_entries(git, tree, list(lines.values()))


def replace_files(git: Git, tree: str, files: Mapping[bytes, bytes | None]) -> str:
    """`tree` with these contents at these paths (None: without the path); plain files, or of the mode that is there."""
    wanted = list(files)
    listed = git.run("--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", tree, "--", *wanted).fields
    modes = {path: facts.split(b" ")[0] for facts, _, path in (field.partition(b"\t") for field in listed)}
    lines = [
        b"0 " + b"0" * len(tree) + b"\t" + path + b"\0" if content is None
        else modes.get(path, b"100644") + b" " + _write_blob(git, content) + b" 0\t" + path + b"\0"
        for path, content in files.items()
    ]  # fmt: skip
    return _with_entries(git, tree, lines) if lines else tree


def _write_blob(git: Git, content: bytes) -> bytes:
    return git.run("hash-object", "-w", "--stdin", "--no-filters", stdin=content).text.encode()


def _with_entries(git: Git, tree: str, lines: Sequence[bytes]) -> str:
    with tempfile.TemporaryDirectory(prefix="agentgrid-index-") as directory:
        env = {"GIT_INDEX_FILE": str(Path(directory) / "index")}
        git.run("read-tree", tree, env=env)
        git.run("update-index", "-z", "--index-info", stdin=b"".join(lines), env=env)
        return git.run("write-tree", env=env).text


def _dress(git: Git, tree: str, parents: list[str]) -> str:
    return commit_tree(git, tree, parents, "a side of a merge", env=AT_NO_TIME)


def _author(value: bytes) -> dict[str, str]:
    who, _, rest = value.rpartition(b"> ")
    name, _, email = who.rpartition(b"<")
    return {
        "GIT_AUTHOR_NAME": os.fsdecode(name.strip()),
        "GIT_AUTHOR_EMAIL": os.fsdecode(email),
        "GIT_AUTHOR_DATE": f"@{os.fsdecode(rest)}",
    }


def _committer(git: Git) -> dict[str, str]:
    """Nothing where git knows who acts here, else agentgrid's own name."""
    known = git.run("var", "GIT_COMMITTER_IDENT", accept=(0, 1, 128)).code == 0
    return {} if known else dict(AUTHOR)


def _signing(git: Git) -> tuple[str, ...]:
    wanted = git.run("config", "--type=bool", "--get", "commit.gpgSign", accept=(0, 1, 128)).text == "true"
    return ("-S",) if wanted else ()
