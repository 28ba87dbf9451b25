"""Commits that a worktree alone remembers: those its HEAD was on, or a rebase put aside, that no ref has any more."""

from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.process import Git
from agentgrid.git.work_commit import commit_tree

_MOST_PARENTS = 100
_PUT_ASIDE = ("rebase-merge/autostash", "rebase-apply/autostash")


@dataclass(frozen=True)
class StrayCommits:
    """`count` of them, all reachable from `tips`, of which none is reachable from another."""

    tips: tuple[str, ...]
    count: int


def find_stray_commits(git: Git, admin_dir: Path) -> StrayCommits:
    """What the HEAD reflog of the worktree names and no ref of the repository that `git` runs in reaches."""
    seen = Git(admin_dir).run("rev-list", "--walk-reflogs", "HEAD", "--", accept=(0, 128))
    visited = seen.text.split() if seen.code == 0 else []  # 128: HEAD has no commit yet
    named = list(dict.fromkeys([*visited, *_read_put_aside(git, admin_dir)]))
    if not named:
        return StrayCommits((), 0)
    listed = git.text("rev-list", "--parents", "--stdin", "--not", "--glob=refs/*", stdin="\n".join(named).encode())
    lines = [line.split() for line in listed.splitlines()]
    parents = {parent for _, *parents in lines for parent in parents}
    return StrayCommits(tuple(oid for oid, *_ in lines if oid not in parents), len(lines))


def join_commits(git: Git, tips: tuple[str, ...], message: str) -> str:
    """One commit that reaches all of `tips`; the tip itself when there is one."""
    joined, *rest = tips
    while rest:
        parents, rest = [joined, *rest[:_MOST_PARENTS]], rest[_MOST_PARENTS:]
        joined = commit_tree(git, f"{joined}^{{tree}}", parents, message)
    return joined


def _read_put_aside(git: Git, admin_dir: Path) -> list[str]:
    """The uncommitted work that `rebase --autostash` took off before it began."""
    texts = [(admin_dir / name).read_text().strip() for name in _PUT_ASIDE if (admin_dir / name).is_file()]
    return [oid for oid in texts if git.run("cat-file", "-e", f"{oid}^{{commit}}", accept=(0, 1, 128)).code == 0]
