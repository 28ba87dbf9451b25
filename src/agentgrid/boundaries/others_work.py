"""What another agent has done to a path that the base doesn't have: a warning to whoever is about to change it too."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OthersWork:
    """`commits`: how many of the agent's commits that change the path have not landed. `is_dirty`: whether it has
    uncommitted changes there; None when its worktree can't be read."""

    agent: str
    commits: int
    is_dirty: bool | None

    def as_json(self) -> dict[str, object]:
        return {"agent": self.agent, "commits": self.commits, "dirty": self.is_dirty}

    @property
    def words(self) -> str:
        """What the agent has, without its name: `2 commits and uncommitted changes`."""
        commits = f"{self.commits} commit{'s' if self.commits != 1 else ''}" if self.commits else ""
        dirty = {True: "uncommitted changes", False: "", None: "a worktree that can't be read"}[self.is_dirty]
        return " and ".join(each for each in (commits, dirty) if each)
