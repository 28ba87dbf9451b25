"""Repositories whose branches clash in every way that git knows, from a seed; and what a real `git merge` makes of
them."""

import os
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agentgrid.git.repository import Repository
from agentgrid.git.worktree_list import list_worktrees
from agentgrid.integration.snapshots.taking import WorkPlace
from support.grids import attempt
from support.repositories import Sandbox, create_repository

FOLDERS = ("api", "api/v1", "web", "web/ui")
_LINES = 24


@dataclass(frozen=True)
class Clash:
    """`main`: the base is checked out there. `desks`: agent → its worktree."""

    main: Sandbox
    desks: dict[str, Sandbox]

    @property
    def repository(self) -> Repository:
        return Repository.discover(self.main.path)

    @property
    def places(self) -> list[WorkPlace]:
        by_path = {tree.path.resolve(): tree for tree in list_worktrees(self.repository)}
        found = []
        for agent, desk in self.desks.items():
            tree = by_path[desk.path.resolve()]
            branch = tree.branch.removeprefix("refs/heads/") if tree.branch else None
            found.append(WorkPlace(agent, branch, tree.head, tree.path, tree.admin_dir))
        return found


def build_clash(path: Path, seed: int, *, agents: int = 4) -> Clash:
    """Agents with one to five changes each, some committed, some staged, some neither; some merged each other. Every
    fourth seed makes changes of lines alone, most of them in two files."""
    chance = random.Random(seed)
    ways = (_edit,) if seed % 4 == 3 else _WAYS
    main = create_repository(path / "shop", **_files(chance))
    (main.path / "web/link").symlink_to("ui")
    _link_submodule(main, "1")
    main.commit("Links")
    desks = {}
    for number in range(1, agents + 1):
        desks[f"a{number}"] = main.worktree(path / f"wt-a{number}", f"work/a{number}")
    for desk in desks.values():
        for _ in range(chance.randint(1, 5)):
            chance.choice(ways)(desk, chance)
            if chance.random() < 0.5:
                desk.commit("Work")
    if chance.random() < 0.6:
        _cross(*chance.sample(list(desks.values()), 2))
    for desk in desks.values():
        for _ in range(chance.randint(0, 2)):
            chance.choice(ways)(desk, chance)
            if chance.random() < 0.3:
                desk.git("add", "--all")
    if chance.random() < 0.5:
        chance.choice(ways)(main, chance)
        main.commit("The base moves")
    return Clash(main, desks)


def merge_for_real(clash: Clash, objects: Path, scratch: Path, ours: str, theirs: str) -> tuple[str, set[bytes]]:
    """How `git merge` ends in a clone of its own (`merged`, `conflict`, or `died`: of a mistake of git's own, or of a
    file in its way), and the paths that it leaves in conflict."""
    if not scratch.exists():
        clash.main.git("clone", "--quiet", "--shared", "--no-checkout", clash.main.path, scratch)
        alternates = scratch / ".git/objects/info/alternates"
        alternates.write_text(alternates.read_text() + f"{objects}\n")
    clone = Sandbox(scratch)
    clone.git("checkout", "--quiet", "--force", "--detach", ours)
    clone.git("clean", "--quiet", "-ffdx")
    done = attempt(clone, "merge", "--no-commit", "--no-ff", "--quiet", theirs)
    unmerged = clone.git("ls-files", "--unmerged", "-z").split("\0")[:-1]
    paths = {os.fsencode(re.sub(r"~(HEAD|[0-9a-f]{40})(_\d+)?$", "", line.split("\t")[1])) for line in unmerged}
    (scratch / ".git/index.lock").unlink(missing_ok=True)  # of a git that died
    clone.git("reset", "--quiet", "--hard", ours)
    if done.code == 0:
        return "merged", paths
    if done.code == 1 and (paths or "Automatic merge failed" in done.said):
        return "conflict", paths
    return "died", {done.said.encode()}


def _files(chance: random.Random) -> dict[str, str | bytes]:
    files: dict[str, str | bytes] = {}
    for folder in FOLDERS:
        for number in range(3):
            words = [f"{folder} {number} {line} {chance.randrange(10**6)}" for line in range(_LINES)]
            files[f"{folder}/f{number}.txt"] = "\n".join(words) + "\n"
    return {**files, "top.txt": "top\n" * 5, "web/logo.bin": bytes(range(256))}


def _some_file(desk: Sandbox, chance: random.Random) -> str | None:
    found = sorted(
        str(file.relative_to(desk.path))
        for file in desk.path.rglob("*.txt")
        if file.is_file() and not file.is_symlink()
    )
    return chance.choice(found) if found else None


def _edit(desk: Sandbox, chance: random.Random) -> None:
    path = _some_file(desk, chance)
    if chance.random() < 0.7:
        path = f"api/f{chance.randrange(2)}.txt"
    if path is None or not (desk.path / path).is_file():
        return
    lines = desk.read(path).splitlines()
    place = chance.randrange(len(lines) + 1)
    lines[place : place + chance.randint(0, 2)] = [f"changed {chance.randrange(3)}"] * chance.randint(0, 2)
    desk.write(path, "".join(f"{line}\n" for line in lines))


def _delete(desk: Sandbox, chance: random.Random) -> None:
    path = _some_file(desk, chance)
    if path is not None:
        (desk.path / path).unlink()


def _rename(desk: Sandbox, chance: random.Random) -> None:
    path = _some_file(desk, chance)
    target = desk.path / chance.choice(FOLDERS) / f"moved{chance.randrange(2)}.txt"
    if path is not None and target.parent.is_dir() and not target.is_dir():
        os.replace(desk.path / path, target)


def _rename_folder(desk: Sandbox, chance: random.Random) -> None:
    source, target = desk.path / chance.choice(FOLDERS), desk.path / chance.choice(["new", "web/new", "api/v2"])
    if source.is_dir() and target.parent.is_dir() and not target.exists() and source not in target.parents:
        os.replace(source, target)


def _add(desk: Sandbox, chance: random.Random) -> None:
    folder = desk.path / chance.choice([*FOLDERS, "new"])
    name = chance.choice(["fresh.txt", "other.txt", f"own{chance.randrange(9)}.txt"])
    if folder.is_dir() and not (folder / name).is_dir():
        (folder / name).write_text(f"fresh {chance.randrange(2)}\n")


def _file_to_folder(desk: Sandbox, chance: random.Random) -> None:
    path = _some_file(desk, chance)
    if path is not None:
        (desk.path / path).unlink()
        desk.write(f"{path}/inner.txt", "inner\n")


def _folder_to_file(desk: Sandbox, chance: random.Random) -> None:
    folder = desk.path / chance.choice(FOLDERS)
    if folder.is_dir():
        shutil.rmtree(folder)
        folder.write_text("a file now\n")


def _chmod(desk: Sandbox, chance: random.Random) -> None:
    path = _some_file(desk, chance)
    if path is not None:
        (desk.path / path).chmod(0o755)


def _link(desk: Sandbox, chance: random.Random) -> None:
    place = desk.path / chance.choice(["web/link", "top.txt", "api/f0.txt"])
    if place.parent.is_dir() and not place.is_dir():
        place.unlink(missing_ok=True)
        place.symlink_to(chance.choice(["here", "there"]))
    elif place.is_symlink():
        place.unlink()


def _binary(desk: Sandbox, chance: random.Random) -> None:
    if (desk.path / "web").is_dir():
        desk.write("web/logo.bin", bytes([0, chance.randrange(3)]) * 200)


def _submodule(desk: Sandbox, chance: random.Random) -> None:
    _link_submodule(desk, str(chance.randint(2, 4)))


def _link_submodule(desk: Sandbox, digit: str) -> None:
    """A link to a commit that nobody has, of a module that isn't there: as in a clone without submodules."""
    (desk.path / "vendor").mkdir(exist_ok=True)
    desk.git("update-index", "--add", "--cacheinfo", f"160000,{digit * 40},vendor")


def _cross(one: Sandbox, other: Sandbox) -> None:
    """Each merges what the other had: two common pasts. Where git stops the merge is taken back."""
    for desk in (one, other):
        desk.commit("Before the crossing")
    tips = (other.oid(), one.oid())
    for desk, tip in zip((one, other), tips, strict=True):
        desk.git("merge", "--quiet", "--no-ff", "-m", "Cross", tip, accept=range(256))
        if (Path(desk.git("rev-parse", "--absolute-git-dir")) / "MERGE_HEAD").exists():
            desk.git("reset", "--quiet", "--hard")
            desk.git("clean", "--quiet", "-ffdx")


_WAYS: tuple[Callable[[Sandbox, random.Random], None], ...] = (
    _edit, _edit, _edit, _edit, _delete, _rename, _rename, _rename_folder, _rename_folder, _add, _add, _add,
    _file_to_folder, _folder_to_file, _chmod, _link, _binary, _submodule,
)  # fmt: skip
