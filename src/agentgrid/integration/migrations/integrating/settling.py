"""An integration that was killed: finished when its branch has moved, else taken back with all its numbers."""

from agentgrid.config.places import integration_note
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import Worktree, list_worktrees
from agentgrid.integration.migrations.integrating.runs import MigrationRun, end_run, read_runs, undo_run
from agentgrid.machine.activity import wait_for_git
from agentgrid.store.session import Store
from agentgrid.workspace.desks import Desk
from agentgrid.workspace.pending import clear_locks
from agentgrid.workspace.sync.journal import Note, take_back


def settle_runs(repository: Repository, store: Store) -> list[str]:
    """Settles every run that was begun and not ended; lines about it. The caller holds the landing's turn: nobody is at
    work then."""
    note = integration_note(repository)
    if not note.exists():
        return []
    with store.read() as session:
        runs = read_runs(session)
    lines = [line for run in runs for line in _settle(repository, store, run)]
    note.unlink(missing_ok=True)
    return lines


def _settle(repository: Repository, store: Store, run: MigrationRun) -> list[str]:
    worktree = _find(repository, run)
    if worktree is not None:
        wait_for_git(worktree.path)
    clear_locks(repository, run.branch, worktree.admin_dir if worktree else None)
    present = repository.resolve(run.ref)
    if present is not None and repository.git.succeeds("merge-base", "--is-ancestor", run.new, present):
        with store.write() as session:
            end_run(session, run)
        return [f"an integration of {run.lineage} that was cut short had moved {run.branch}: it stands"]
    lines: list[str] = []
    if worktree is not None and present == run.old:
        desk = Desk(run.branch, "", worktree, is_pending=False)
        lines = [each.replace("a sync", "an integration")
                 for each in take_back(repository, desk, Note(run.branch, run.old, run.new))]  # fmt: skip
    with store.write() as session:
        undo_run(session, store.now(), run)
    return [*lines, f"an integration of {run.lineage} was cut short before {run.branch} moved: its requests wait again"]


def _find(repository: Repository, run: MigrationRun) -> Worktree | None:
    return next((each for each in list_worktrees(repository) if each.branch == run.ref and each.exists), None)
