"""Where the ways around a guard are played: one grid with a server, put back before each; agent a2 acts.

Everything is played by real git. What a way needs beforehand is made past all hooks.
"""

import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from support.desks import tree_of
from support.grids import (
    BILLING,
    ORDERS,
    Attempt,
    GridSandbox,
    SharedGrid,
    admin_dir_of,
    attempt,
    remove_guard,
)
from support.program import Answer, agentgrid
from support.repositories import Sandbox

COMMON = "services/common/cache.py"
LINEAGE = "services/billing/db"
"""A lineage of migrations in what a2 owns itself."""
PAST = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": os.devnull}
POINTS = {
    "commit": ("pre-commit", "pre-merge-commit"),
    "refs": ("reference-transaction",),
    "push": ("pre-push",),
}
_GUARDS = frozenset({"pre-commit", "pre-merge-commit", "prepare-commit-msg", "commit-msg", "reference-transaction",
                     "pre-push"})  # fmt: skip
_OPERATIONS = ("rebase-merge", "rebase-apply", "sequencer", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD",
               "MERGE_AUTOSTASH", "MERGE_MSG", "MERGE_MODE", "BISECT_LOG", "BISECT_START")  # fmt: skip


@dataclass
class Scene:
    """`names`: what a way's command may name in braces: branches, commits, places."""

    shared: SharedGrid
    grid: GridSandbox
    server: Sandbox
    refs: Mapping[str, str]
    names: dict[str, str] = field(default_factory=dict)

    @property
    def a2(self) -> Sandbox:
        return self.grid.desks["a2"]

    def fill(self, text: str) -> str:
        """`text` with its {names} filled in."""
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def past(self, command: str, *, where: Sandbox | None = None, **env: str) -> Attempt:
        """Runs git past all hooks; it must work."""
        done = attempt(where or self.a2, *shlex.split(self.fill(command)), env={**PAST, **env})
        assert done.code == 0, (command, done)
        return done

    def only(self, *points: str) -> None:
        """Leaves the hooks of these points as the only guards; none of them: no guard at all."""
        remove_guard(self.a2, *sorted(_GUARDS - {hook for point in points for hook in POINTS[point]}))

    def value(self, watched: str) -> str:
        """The object that `watched` names: a revision of a2's worktree, or `server:REF`, or `PATH:REVISION`."""
        if not watched:
            return ""
        place, _, revision = self.fill(watched).rpartition(":")
        where = self.server if place == "server" else Sandbox(Path(place)) if place else self.a2
        return where.git("rev-parse", "--verify", "--quiet", revision, accept=(0, 1, 128))

    def snapshot(self) -> dict[str, object]:
        """All that a refusal may not change: HEAD, refs, index, files, what git is in the middle of."""
        admin = admin_dir_of(self.a2)
        return {
            "HEAD": (admin / "HEAD").read_text(),
            "refs": self.a2.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/heads", "refs/tags"),
            "stash": self.value("refs/stash"),
            "index": self.a2.git("ls-files", "--stage"),
            "files": tree_of(self.a2.path),
            "operation": [name for name in _OPERATIONS if (admin / name).exists() and name != "MERGE_MSG"],
            "main": self.grid.main.status(),
        }

    def put_back(self) -> None:
        """Everything as it was when the scene was made."""
        common, admin = self.grid.main.path / ".git", admin_dir_of(self.a2)
        for name in _OPERATIONS:
            place = admin / name
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
        for extra in set((common / "worktrees").iterdir()) - {admin_dir_of(each) for each in self.grid.desks.values()}:
            shutil.rmtree(extra)
        shutil.rmtree(self.names["beside"], ignore_errors=True)
        Path(self.names["beside"]).mkdir()
        if (admin / "info/sparse-checkout").exists():
            self.past("sparse-checkout disable")
            (admin / "info/sparse-checkout").unlink()
        _put_refs_back(self.grid.main, self.refs)
        _put_refs_back(self.server, {"refs/heads/main": self.refs["refs/heads/main"]})
        self.shared.fresh()

    def check_in_ci(self, head: str) -> Answer:
        """What the server has now, cloned and checked there as CI does. `head`: a revision of the clone."""
        clone = Path(self.names["beside"]) / "clone"
        self.server.git("clone", "--quiet", self.server.path, clone)
        return agentgrid(clone, "check", "--base", "origin/main", "--head", self.fill(head))


Act = Callable[[Scene], Attempt]
Step = Callable[[Scene], object]


def build_scene(shared: SharedGrid, beside: Path) -> Scene:
    """`beside`: a directory that isn't there yet, for the server, clones and further worktrees."""
    grid = shared.fresh()
    main, a1, a2 = grid.main, grid.desks["a1"], grid.desks["a2"]
    beside.mkdir()
    server = main.clone(beside / "server.git", "--bare", "--single-branch", "--branch=main")
    server.git("config", "receive.denyDeleteCurrent", "ignore")
    main.git("remote", "add", "server", server.path)
    shared = replace(shared, config=(main.path / ".git/config").read_bytes())
    main.git("branch", "--no-track", "notes")
    names = {
        "own": a2.git("branch", "--show-current"),
        "other": a1.git("branch", "--show-current"),
        "start": main.oid(),
        "clean": _made(a2, {BILLING: "OWN = 1\n"}),
        "forged": _made(a2, {ORDERS: "FORGED = 1\n"}),
        "unqueued": _made(a2, {f"{LINEAGE}/0001_users.sql": "CREATE TABLE users (id INT);\n"}),
        "theirs": _made(a1, {ORDERS: "THEIRS = 1\n"}),
        "landed": _made(main, {"services/orders/tests/test_orders.py": "LANDED = 1\n"}),
        "landed_common": _made(main, {COMMON: "LANDED = 1\n"}),
        "main": str(main.path),
        "server": str(server.path),
        "beside": str(beside / "more"),
        "here": str(a2.path),
        "common": str(main.path / ".git"),
        "past": os.devnull,
    }
    refs = dict(
        line.split(" ", 1) for line in main.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
    )
    return Scene(shared, grid, server, refs, names)


def _made(where: Sandbox, files: Mapping[str, str]) -> str:
    """A commit on what is checked out there, which stays where it is."""
    before = where.oid()
    made = where.commit("Made", **files)
    where.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", before)
    return made


def _put_refs_back(where: Sandbox, wanted: Mapping[str, str]) -> None:
    listed = where.git("for-each-ref", "--format=%(refname) %(objectname) %(symref)").splitlines()
    found = {ref: (oid, symref) for ref, oid, symref in (line.split(" ") for line in listed)}
    for ref in [ref for ref, (_, symref) in found.items() if symref]:
        where.git("symbolic-ref", "--delete", ref, env=PAST)
        del found[ref]
    lines = [f"delete {ref}\n" for ref in found if ref not in wanted]
    lines += [f"update {ref} {oid}\n" for ref, oid in wanted.items() if found.get(ref) != (oid, "")]
    if lines:
        where.git("update-ref", "--stdin", stdin="".join(lines), env=PAST)
