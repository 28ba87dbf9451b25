"""Grids with lineages of SQL migrations, and agents that submit to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agentgrid.boundaries.migrations.request import PRIORITIES, MigrationRequest, Status, Touched
from agentgrid.grid import Grid
from agentgrid.integration.migrations.queue import MigrationQueue
from agentgrid.integration.reviews.planning import Asker
from support.grids import GRID, GridSandbox, SharedGrid, make_grid, share_grid
from support.program import Answer, agentgrid
from support.repositories import Sandbox

DIRECTORY = "services/orders/migrations"
LINEAGES = f"""\
migrations:
  main: {{path: {DIRECTORY}, style: sql, owner: a1}}
  mart: {{path: mart/sql/, style: sql-timestamp, dialect: sqlite, window: weekly monday 09:00}}
"""
USERS = "CREATE TABLE users (id INT PRIMARY KEY, email TEXT);\n"
AGE = "ALTER TABLE users ADD COLUMN age INT;\n"
A1, A2, JANE = Asker("a1", "@jane"), Asker("a2", "@jane"), Asker(None, "@jane")


@dataclass(frozen=True, slots=True)
class QueueScene:
    """a1 owns the lineage `main`; nobody owns `mart`, whose window opens on Mondays."""

    grid: GridSandbox

    @property
    def main(self) -> Sandbox:
        return self.grid.main

    def desk(self, who: str) -> Sandbox:
        """The agent's worktree; the main one for a person."""
        return self.grid.main if who == "person" else self.grid.desks[who]

    def run(self, who: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Answer:
        """`agentgrid migration … --json`."""
        return agentgrid(self.desk(who), "migration", *arguments, "--json", env=env)

    def say(self, who: str, *arguments: str | Path) -> Answer:
        """`agentgrid migration …`."""
        return agentgrid(self.desk(who), "migration", *arguments)

    def write(self, who: str, name: str, sql: str = USERS) -> str:
        """Writes a file of the lineage `main` in somebody's worktree; its path."""
        path = f"{DIRECTORY}/{name}"
        self.desk(who).write(path, sql)
        return path

    def queue(self, who: str = "person") -> MigrationQueue:
        """The queue as it is seen from somebody's worktree."""
        return Grid.open(self.desk(who).path).integration.migrations

    def requests(self) -> dict[str, MigrationRequest]:
        return {each.id: each for each in self.queue().list_all()}

    def notices(self, who: str) -> list[str]:
        """What the agent is told at its next command."""
        said = agentgrid(self.desk(who), "migration", "list").err.splitlines()
        return [line.removeprefix("notice: ") for line in said if line.startswith("notice: ")]


def make_queue_scene(path: Path, lineages: str = LINEAGES) -> QueueScene:
    return QueueScene(make_grid(path / "shop", grid=GRID + lineages))


def share_queue_scene(path: Path, lineages: str = LINEAGES) -> SharedGrid:
    """As `make_queue_scene`, for a fixture that outlives a test."""
    return share_grid(path / "shop", grid=GRID + lineages)


def make_request(
    id_: str = "m1",
    *,
    agent: str = "a2",
    status: Status = "submitted",
    lineage: str = "main",
    depends_on: tuple[str, ...] = (),
    objects: tuple[str, ...] = (),
    priority: str = "normal",
) -> MigrationRequest:
    """A request as the state holds it, for rules that are asked about values."""
    return MigrationRequest(
        id_, lineage, agent, f"change {id_}", status, PRIORITIES.index(priority), b"SELECT 1", "d1" * 32,
        "2026-03-01T00:00:00Z", Touched(objects), depends_on,
    )  # fmt: skip


def carry(scene: QueueScene, who: str, name: str, sql: str = USERS, *, approve: bool = True) -> str:
    """Submits a file of `main` from the agent's worktree, commits it past all hooks, approves it; the request's id."""
    done = scene.run(who, "submit", scene.write(who, name, sql))
    assert done.code == 0, done.err
    desk = scene.desk(who)
    desk.git("-c", "core.hooksPath=/dev/null", "add", "-A", DIRECTORY)
    desk.git("-c", "core.hooksPath=/dev/null", "commit", "-qm", f"Carry {name}")
    if approve and done.data["status"] == "submitted":
        assert scene.run("person", "approve", done.data["id"]).code == 0
    return str(done.data["id"])


def ask(scene: QueueScene, title: str, sql: str = USERS, who: str = "person", *options: str) -> str:
    """Asks for a migration of `main` by its SQL alone; the request's id."""
    file = scene.grid.main.path.parent / f"{title.replace(' ', '-')}.sql"
    file.write_text(sql, encoding="utf-8")
    done = scene.run(who, "submit", file, "--ask", "--lineage", "main", "--title", title, *options)
    assert done.code == 0, done.err
    return str(done.data["id"])


def migrations_of(sandbox: Sandbox, revision: str = "HEAD") -> list[str]:
    """Names of the files that the lineage `main` has in a commit."""
    listed = sandbox.git("ls-tree", "--name-only", revision, f"{DIRECTORY}/").splitlines()
    return [each.rpartition("/")[2] for each in listed]
