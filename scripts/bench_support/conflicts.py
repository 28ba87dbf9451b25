"""The conflict matrix against one `git merge-tree --stdin`, a process a pair and real merges; a refresh after one
agent's commit; snapshots against `git status`."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from agentgrid.config.places import grid_directory
from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.integration.conflicts.finding import Options, find_conflicts
from agentgrid.integration.conflicts.model import BASE, ConflictReport
from agentgrid.integration.snapshots.shelf import open_shelf
from agentgrid.integration.snapshots.taking import WorkPlace, take_snapshots
from bench_support.harness import Contender, CouldNotRun, Experiment, Taken, Target
from bench_support.workshop import Workshop

OURS, STDIN, SINGLE, REAL = "agentgrid", "one merge-tree --stdin", "merge-tree, a process a pair", "git merge"
REFRESH, FULL = "agentgrid, one agent changed", "agentgrid, from nothing"
SNAPSHOTS, STATUS = "agentgrid snapshots", "git status"
_REAL_MERGES = 6  # so many are made; the time of all is reckoned from them


@dataclass(frozen=True)
class Field:
    """A repository with a branch for each agent."""

    shop: Path
    places: tuple[WorkPlace, ...]
    base: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The commits of every merge that a matrix is made of."""
        heads = [str(place.head) for place in self.places]
        return [*combinations(heads, 2), *((head, self.base) for head in heads)]

    @property
    def private(self) -> Path:
        return grid_directory(Repository.discover(self.shop))

    def report(self) -> ConflictReport:
        repository = Repository.discover(self.shop)
        options = Options(committed_only=True, with_order=False)
        return find_conflicts(repository, self.places, ("main", self.base), options)

    def forget(self) -> None:
        shutil.rmtree(self.private, ignore_errors=True)


def prepare(workshop: Workshop) -> list[Experiment]:
    few, many, files = (8, 12, 1000) if workshop.quick else (30, 100, 5000)
    cold = _build_field(workshop, "cold", files=files, agents=few, common=12, picked=3)
    hot = _build_field(workshop, "hot", files=files, agents=many, common=12, picked=3)
    mild = _build_field(workshop, "mild", files=files, agents=many, common=80, picked=1)
    return [
        _cold(workshop, cold, few, files),
        *(
            _many(workshop, field, how, many, at_most)
            for field, how, at_most in ((hot, "hot", 0.5), (mild, "mild", 0.3))
        ),
        _refresh(workshop, hot, many),
        *(_snapshots(workshop, files, count) for count in (1, 4 if workshop.quick else 8)),
    ]


def _cold(workshop: Workshop, field: Field, agents: int, files: int) -> Experiment:
    _require_same_conflicts(workshop, field)
    return Experiment(
        f"conflicts: {agents} agents, {files} files, {len(field.pairs)} pairs, nothing known",
        [
            Contender(OURS, field.report, field.forget),
            Contender(STDIN, lambda: _merge_stdin(workshop, field)),
            Contender(SINGLE, lambda: _merge_one_by_one(workshop, field)),
            Contender(REAL, lambda: _merge_for_real(workshop, field)),
        ],
        [Target("#5", OURS, STDIN, 0.55), Target("#5", OURS, SINGLE, 1 / 6), Target("#5", OURS, REAL, 0.01)],
        workshop.rounds(5),
    )


def _many(workshop: Workshop, field: Field, how: str, agents: int, at_most: float) -> Experiment:
    return Experiment(
        f"conflicts: {agents} agents, {how}: {len(field.pairs)} pairs, nothing known",
        [
            Contender(OURS, field.report, field.forget),
            Contender(STDIN, lambda: _merge_stdin(workshop, field)),
        ],
        [Target("#6", OURS, STDIN, at_most)],
        workshop.rounds(3),
    )


def _refresh(workshop: Workshop, field: Field, agents: int) -> Experiment:
    """Everything is known; then one agent commits."""
    moved = _after_a_commit(workshop, field)
    kept = workshop.scratch / "known"
    field.forget()
    field.report()
    shutil.copytree(field.private, kept)
    objects = sorted((field.shop / ".git/objects").rglob("*"))

    def put_back() -> None:
        field.forget()
        shutil.copytree(kept, field.private)

    def refresh() -> None:
        moved.report()
        if sorted((field.shop / ".git/objects").rglob("*")) != objects:
            raise CouldNotRun("a new file is in the real object store")

    return Experiment(
        f"conflicts: {agents} agents, one of them changed",
        [
            Contender(REFRESH, refresh, put_back),
            Contender(FULL, moved.report, moved.forget),
            Contender(STDIN, lambda: _merge_stdin(workshop, moved)),
        ],
        # What was found possible stands against a full run that took nearly half of git's time for all merges.
        [Target("#7", REFRESH, FULL, 0.05), Target("#7", REFRESH, STDIN, 0.05 * 0.46)],
        workshop.rounds(5),
    )


def _snapshots(workshop: Workshop, files: int, count: int) -> Experiment:
    shop = workshop.sample(f"snapshots-{count}", files=files)
    worktrees = [shop.parent / f"wt-{number}" for number in range(count)]
    for number, worktree in enumerate(worktrees):
        workshop.run("git", "worktree", "add", "--quiet", "--no-track", "-b", f"work/{number}", worktree, cwd=shop)
    time.sleep(1.1)  # as in daily work, the index is younger than what was checked out: git needn't read it all again
    for number, worktree in enumerate(worktrees):
        workshop.run("git", "status", cwd=worktree)
        _make_dirty(worktree, number)
    repository = Repository.discover(shop)
    places = [
        WorkPlace(tree.path.name, None, tree.head, tree.path, tree.admin_dir) for tree in list_worktrees(repository)[1:]
    ]

    def snapshots() -> None:
        with open_shelf(repository) as shelf:
            works = take_snapshots(repository, places, shelf)
        if any(work.problem or work.snapshot == work.head for work in works):
            raise CouldNotRun("a dirty worktree gave no snapshot")

    def statuses() -> None:
        ask = ("git", "--no-optional-locks", "status", "--porcelain=v2", "-z", "--untracked-files=all")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda worktree: workshop.run(*ask, cwd=worktree), worktrees))

    def forget() -> None:
        shutil.rmtree(grid_directory(repository), ignore_errors=True)

    return Experiment(
        f"snapshots: {count} dirty worktree(s) of {files} files, on {os.cpu_count()} threads both",
        [
            Contender(SNAPSHOTS, snapshots, forget),
            Contender(f"{SNAPSHOTS}, nothing changed", snapshots),
            Contender(STATUS, statuses),
        ],
        [Target("#8", SNAPSHOTS, STATUS, 1.6)],
        workshop.rounds(9),
    )


def _build_field(workshop: Workshop, name: str, *, files: int, agents: int, common: int, picked: int) -> Field:
    """Each agent changes files of its own and `picked` of the `common` ones that all may change, adds one, and every
    fifth deletes or moves one."""
    shop = workshop.sample(name, files=files)
    chance = random.Random(7)
    tracked = [path for path in workshop.run("git", "ls-files", cwd=shop).splitlines() if path.endswith(".py")]
    chance.shuffle(tracked)
    shared, own = tracked[:common], tracked[common:]
    for number in range(agents):
        workshop.run("git", "checkout", "--quiet", "-b", f"work/a{number}", "main", cwd=shop)
        mine = own[number * 6 : number * 6 + 6] + chance.sample(shared, picked)
        for path in mine:
            _edit(shop / path, chance)
        (shop / f"services/note_{number}.py").write_text(f"NOTE = {number}\n", encoding="utf-8")
        if number % 5 == 0:
            os.replace(shop / mine[0], (shop / mine[0]).with_name(f"moved_{number}.py"))
        workshop.run("git", "add", "--all", cwd=shop)
        workshop.run("git", "commit", "--quiet", "-m", "Work", cwd=shop)
    workshop.run("git", "checkout", "--quiet", "main", cwd=shop)
    workshop.run("git", "repack", "-adq", cwd=shop)
    return _field(workshop, shop, agents)


def _field(workshop: Workshop, shop: Path, agents: int) -> Field:
    heads = [workshop.run("git", "rev-parse", f"work/a{number}", cwd=shop).strip() for number in range(agents)]
    places = tuple(WorkPlace(f"a{number}", f"work/a{number}", head) for number, head in enumerate(heads))
    return Field(shop, places, workshop.run("git", "rev-parse", "main", cwd=shop).strip())


def _after_a_commit(workshop: Workshop, field: Field) -> Field:
    workshop.run("git", "checkout", "--quiet", "work/a0", cwd=field.shop)
    path = workshop.run("git", "diff", "--name-only", "--diff-filter=M", "main", cwd=field.shop).splitlines()[-1]
    _edit(field.shop / path, random.Random(8))
    workshop.run("git", "commit", "--quiet", "--all", "-m", "More", cwd=field.shop)
    workshop.run("git", "checkout", "--quiet", "main", cwd=field.shop)
    return _field(workshop, field.shop, len(field.places))


def _edit(path: Path, chance: random.Random) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    place = chance.randrange(len(lines) + 1)
    lines[place : place + 1] = [f"CHANGED_{chance.randrange(1000)} = True"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _make_dirty(worktree: Path, number: int) -> None:
    for file in sorted((worktree / "services").rglob("*.py"))[number * 10 : number * 10 + 12]:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("\nCHANGED = True\n")
    for each in range(10):
        (worktree / f"note-{each}.txt").write_text(f"not yet {number}\n", encoding="utf-8")


def _in_scratch(act: Callable[[dict[str, str]], str]) -> str:
    """Peers get what we have: objects that go nowhere."""
    with tempfile.TemporaryDirectory(prefix="bench-objects-") as directory:
        return act({"GIT_OBJECT_DIRECTORY": directory})


def _merge_stdin(workshop: Workshop, field: Field) -> str:
    listed = field.shop.parent / "pairs"
    listed.write_text("".join(f"{ours} {theirs}\n" for ours, theirs in field.pairs), encoding="ascii")
    real = f"{field.shop}/.git/objects"
    return _in_scratch(lambda env: workshop.run(
        "sh", "-c", 'git merge-tree --write-tree --stdin -z < "$0"', listed, cwd=field.shop,
        env={**env, "GIT_ALTERNATE_OBJECT_DIRECTORIES": real},
    ))  # fmt: skip


def _merge_one_by_one(workshop: Workshop, field: Field) -> str:
    real = f"{field.shop}/.git/objects"
    script = "\n".join(f"git merge-tree --write-tree -z {ours} {theirs} || [ $? = 1 ]" for ours, theirs in field.pairs)
    return _in_scratch(lambda env: workshop.run(
        "sh", "-c", script, cwd=field.shop, env={**env, "GIT_ALTERNATE_OBJECT_DIRECTORIES": real}
    ))  # fmt: skip


def _merge_for_real(workshop: Workshop, field: Field) -> Taken:
    """In a clone: checked out, merged, taken back; some of the pairs, reckoned up to all."""
    clone = field.shop.parent / "clone"
    if not clone.exists():
        workshop.run("git", "clone", "--quiet", "--shared", field.shop, clone, cwd=field.shop.parent)
    chosen: Sequence[tuple[str, str]] = field.pairs[:: max(1, len(field.pairs) // _REAL_MERGES)][:_REAL_MERGES]
    started = time.perf_counter()
    for ours, theirs in chosen:
        workshop.run("git", "checkout", "--quiet", "--force", "--detach", ours, cwd=clone)
        workshop.run("sh", "-c", f"git merge --quiet --no-commit --no-ff {theirs} || [ $? = 1 ]", cwd=clone)
        workshop.run("git", "reset", "--quiet", "--hard", cwd=clone)
    return Taken((time.perf_counter() - started) * len(field.pairs) / len(chosen))


def _require_same_conflicts(workshop: Workshop, field: Field) -> None:
    """Raises CouldNotRun where ours are other conflicts than git's own."""
    field.forget()
    heads = {place.agent: str(place.head) for place in field.places} | {BASE: field.base}
    ours = {(heads[pair.a], heads[pair.b]) for pair in field.report().pairs if pair.level == "conflict"}
    theirs = set()
    for pair in field.pairs:
        answer = workshop.run("sh", "-c", f"git merge-tree --write-tree {' '.join(pair)} >/dev/null; echo $?",
                              cwd=field.shop)  # fmt: skip
        if answer.strip() == "1":
            theirs.add(pair)
    if ours != theirs:
        raise CouldNotRun(f"other conflicts than git's: {ours ^ theirs}")
