"""Generated files (`derived:`) made anew on a merged tree, in the private worktree."""

from collections.abc import Callable, Mapping
from pathlib import Path

from agentgrid.integration.landing.checks import Check, run_command
from agentgrid.integration.landing.merging import GenerationFailed
from agentgrid.integration.landing.model import CheckRun
from agentgrid.integration.landing.workroom import Workroom
from agentgrid.workspace.sync.derived import Commands


class Generator:
    """Runs the policy's commands. `directory`: where their output goes."""

    def __init__(
        self, room: Callable[[], Workroom], environment: Mapping[str, str], directory: Path, timeout_s: float
    ) -> None:
        self._room = room
        self._environment = environment
        self._directory = directory
        self._timeout_s = timeout_s
        self._count = 0

    def regenerate(self, commit: str, commands: Commands) -> str:
        """The tree of `commit` with what `commands` generate. Only the generated files are taken, whatever else a
        command changes."""
        room = self._room()
        room.show(commit)
        for command, paths in commands.items():
            self._count += 1
            log = self._directory / f"generate-{self._count:03}.log"
            wanted = CheckRun(command, commit, "", 0.0, None, None, log)
            run = run_command(Check(command, self._timeout_s), room, wanted, self._environment)
            if not run.is_passed:
                raise GenerationFailed(f"`{command}` failed ({run.told}); log: {log}")
            room.stage(paths)
        return room.git.text("write-tree")
