"""One repository as seen from one directory: where its directories are, and its objects through GitPython.

Finding the directories is one cheap git command; GitPython (84 ms to import) loads only when somebody asks for
commits, trees or tracking branches.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agentgrid.errors import GitError, InputError, NoRepository
from agentgrid.git.process import OBJECT_VARIABLES, Git
from agentgrid.git.registrations import read_registrations

if TYPE_CHECKING:
    from git import Commit, Repo

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
EMPTY_TREE_SHA256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"


class Repository:
    """A git repository.

    `directory`: where the caller stands. `worktree`: the top of its work tree, None in a bare repository or inside
    a git directory. `git_dir`: the git directory of that work tree. `common_dir`: shared by all its work trees.
    """

    def __init__(self, directory: Path, worktree: Path | None, git_dir: Path, common_dir: Path) -> None:
        self.directory = directory
        self.worktree = worktree
        self.git_dir = git_dir
        self.common_dir = common_dir

    @classmethod
    def discover(cls, start: Path) -> "Repository":
        """The repository that `start` is in. Raises NoRepository when there is none, InputError when git won't
        trust it."""
        git = Git(start)
        try:
            answer = git.run("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir").stdout
        except GitError as error:
            raise _not_a_repository(start, error) from error
        git_dir, common_dir = (Path(os.fsdecode(line)) for line in answer.split(b"\n")[:2])
        inside = git.run("rev-parse", "--show-toplevel", accept=(0, 128))
        worktree = Path(inside.text) if inside.code == 0 and inside.text else None
        return cls(start, worktree, git_dir, common_dir)

    @cached_property
    def git(self) -> Git:
        """Git in the work tree where there is one, else in the git directory."""
        return Git(self.worktree or self.git_dir)

    @cached_property
    def is_bare(self) -> bool:
        """True when there is no main work tree (linked ones may exist)."""
        return self.git.run("config", "--file", str(self.common_dir / "config"), "--type=bool",
                            "--get", "core.bare", accept=(0, 1, 128)).text == "true"  # fmt: skip

    def with_environment(self, env: Mapping[str, str]) -> "Repository":
        """The same repository, whose git commands get these variables."""
        other = Repository(self.directory, self.worktree, self.git_dir, self.common_dir)
        other.__dict__["git"] = Git(self.worktree or self.git_dir, env=env)
        return other

    def with_new_objects(self) -> "Repository":
        """The same, with the objects that git has not taken in yet (a push into it), as a hook of git's sees them."""
        env = {name: os.environ[name] for name in OBJECT_VARIABLES if name in os.environ}
        return self.with_environment(env) if env else self

    @property
    def is_linked(self) -> bool:
        """True in a linked worktree, False in the main one."""
        return self.git_dir != self.common_dir

    @cached_property
    def main_worktree(self) -> Path | None:
        """The main work tree; None when the repository is bare, or when nobody here knows where it is."""
        if self.is_bare:
            return None
        if not self.is_linked and self.worktree:
            return self.worktree
        listed = read_registrations(self.git, self.common_dir)
        path = os.fsdecode(listed[0].removeprefix(b"worktree "))
        return Path(path) if os.path.realpath(path) != os.path.realpath(self.common_dir) else self._named_worktree()

    def _named_worktree(self) -> Path | None:
        """Where git lists the git directory itself (a submodule, `--separate-git-dir`): what core.worktree says."""
        named = self.git.run("config", "--file", str(self.common_dir / "config"), "--get", "core.worktree",
                             accept=(0, 1)).text  # fmt: skip
        return Path(os.path.normpath(self.common_dir / named)) if named else None

    @property
    def root(self) -> Path:
        """What relative paths of the configuration start from: the main work tree, or the bare directory."""
        return self.main_worktree or self.common_dir

    @property
    def name(self) -> str:
        """The project's name for path templates: `shop` for shop/.git, shop.git and shop/.bare alike."""
        root = self.root
        return root.parent.name if root.name.startswith(".") else root.name.removesuffix(".git")

    @cached_property
    def own_hooks(self) -> Path:
        """Where git looks for hooks in the main worktree; relative to a work tree when it is written so."""
        found = Git(self.common_dir, env={"GIT_DIR": str(self.common_dir)}).run(
            "config", "--type=path", "--get", "core.hooksPath", accept=(0, 1)
        )
        return Path(found.text) if found.text else self.common_dir / "hooks"

    @cached_property
    def empty_tree(self) -> str:
        hash_format = self.git.text("rev-parse", "--show-object-format")
        return EMPTY_TREE_SHA256 if hash_format == "sha256" else EMPTY_TREE

    @cached_property
    def objects(self) -> "Repo":
        """GitPython's view, for commits, trees, branches and their upstreams."""
        from git import Repo

        return Repo(self.worktree or self.git_dir)

    def resolve(self, revision: str) -> str | None:
        """The commit id that `revision` names, or None."""
        found = self.git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
                             accept=(0, 1, 128))  # fmt: skip
        return found.text if found.code == 0 else None

    def require(self, revision: str) -> str:
        """As `resolve`, but raises InputError when nothing has that name."""
        oid = self.resolve(revision)
        if oid is None:
            raise InputError(f"no commit is named {revision!r}", hint="`git branch --all` lists the branches")
        return oid

    def commit(self, oid: str) -> "Commit":
        return self.objects.commit(oid)

    def current_branch(self) -> str | None:
        """The branch that HEAD names, also before its first commit; None when HEAD is detached."""
        found = self.git.run("symbolic-ref", "--quiet", "--short", "HEAD", accept=(0, 1, 128))
        return found.text if found.code == 0 else None


def _not_a_repository(start: Path, error: GitError) -> Exception:
    if "dubious ownership" in error.stderr:
        return InputError(
            f"git does not trust {start}: another user owns it",
            hint=f"git config --global --add safe.directory {start}",
        )
    if "not a git repository" in error.stderr:
        return NoRepository(f"{start} is not inside a git repository", hint="cd into one, or `git init` first")
    return error
