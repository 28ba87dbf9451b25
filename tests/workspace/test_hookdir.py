"""The hook directory of a desk: installed, verified, mended and taken out without a trace elsewhere."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgrid.config.schema import Author
from agentgrid.git.repository import Repository
from agentgrid.git.settings import list_settings
from agentgrid.workspace.dispatcher import interpreter
from agentgrid.workspace.hook_seal import is_verified
from agentgrid.workspace.hookdir import HOOK_NAMES, desk_directory, equip, find_hook_faults, unequip
from support import equip_desk
from support.grids import (
    BILLING,
    FILES,
    ORDERS,
    OWNED,
    GridSandbox,
    admin_dir_of,
    attempt,
    equip_grid,
    hook_of,
    make_grid,
    policy_files,
    try_commit,
)
from support.repositories import Sandbox, create_repository


def equip_a2(grid: GridSandbox, **options: Author) -> bool:
    return equip(grid.repository, "a2", admin_dir_of(grid.desks["a2"]), **options)


def faults(grid: GridSandbox) -> list[tuple[str, str]]:
    """(kind, last part of the path) of what is wrong with a2's hooks."""
    found = find_hook_faults(grid.repository, "a2", admin_dir_of(grid.desks["a2"]))
    return [(fault.kind, Path(fault.path).name) for fault in found]


def tree_of(directory: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file below: when written, its mode, its content. Not the note of when they were last looked at."""
    files = [path for path in sorted(directory.rglob("*")) if path.is_file() and path.name != "verified"]
    found = {path: path.lstat() for path in files}
    return {str(path): (each.st_mtime_ns, each.st_mode, path.read_bytes()) for path, each in found.items()}


def writable_hooks(desk: Sandbox) -> Path:
    hooks = hook_of(desk).parent
    hooks.chmod(0o755)
    return hooks


def test_every_hook_is_there_executable_and_not_writable(a2: Sandbox) -> None:
    hooks = hook_of(a2).parent
    assert sorted(os.listdir(hooks)) == sorted(HOOK_NAMES)
    assert {path.stat().st_mode & 0o777 for path in (hooks, *hooks.iterdir())} == {0o555}


def test_a_sound_desk_has_no_fault_and_equipping_it_again_changes_nothing(grid: GridSandbox) -> None:
    before = tree_of(grid.main.path / ".git/agentgrid/agents"), (grid.main.path / ".git/config").read_bytes()
    assert (faults(grid), equip_a2(grid)) == ([], False)
    assert (tree_of(grid.main.path / ".git/agentgrid/agents"), (grid.main.path / ".git/config").read_bytes()) == before


def test_another_name_of_the_same_interpreter_is_no_fault(grid: GridSandbox) -> None:
    beside = Path(sys.executable).with_name("python")
    code = (
        "from pathlib import Path; from agentgrid.git.repository import Repository\n"
        "from agentgrid.workspace.hookdir import find_hook_faults; import sys\n"
        "repository = Repository.discover(Path(sys.argv[1]))\n"
        "print(find_hook_faults(repository, 'a2', Path(sys.argv[2])))"
    )
    admin = grid.desks["a2"].git("rev-parse", "--absolute-git-dir")
    for name in (beside, beside.with_name("python3")):
        done = subprocess.run([name, "-c", code, grid.main.path, admin], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]", name


def test_files_that_nobody_touched_are_taken_as_read_and_touched_ones_are_not(grid: GridSandbox) -> None:
    repository = Repository.discover(grid.main.path)
    admin = Path(grid.desks["a2"].git("rev-parse", "--absolute-git-dir"))
    names = list_settings(repository.common_dir)
    assert find_hook_faults(repository, "a2", admin, settings=names) == []
    assert is_verified(repository, desk_directory(repository, "a2"))
    hooks = writable_hooks(grid.desks["a2"])
    (hooks / "pre-push").chmod(0o755)
    (hooks / "pre-push").write_text("#!/bin/sh\n")
    (hooks / "pre-push").chmod(0o555)
    hooks.chmod(0o555)
    found = find_hook_faults(repository, "a2", admin, settings=names)
    assert [(fault.kind, Path(fault.path).name) for fault in found] == [("edited", "pre-push")]


def test_the_author_of_the_agent_is_set_in_its_worktree_alone(grid: GridSandbox, a2: Sandbox) -> None:
    assert equip_a2(grid, author=Author(name='Agent "Zwölf" \\2', email="a2@example.invalid")) is True
    assert try_commit(a2, BILLING).code == 0
    assert a2.git("log", "-1", "--format=%an <%ae>") == 'Agent "Zwölf" \\2 <a2@example.invalid>'
    assert [each.git("config", "user.name") for each in (grid.main, grid.desks["a1"])] == ["Test Person"] * 2


def delete_one(hooks: Path) -> None:
    (hooks / "pre-commit").unlink()


def edit_one(hooks: Path) -> None:
    (hooks / "pre-commit").chmod(0o755)
    with (hooks / "pre-commit").open("a") as stream:
        stream.write("# edited\n")


def replace_one(hooks: Path) -> None:
    (hooks / "pre-push").unlink()
    (hooks / "pre-push").write_text("#!/bin/sh\ngit lfs pre-push\n")
    (hooks / "pre-push").chmod(0o755)


def rename_one(hooks: Path) -> None:
    (hooks / "pre-commit").rename(hooks / "pre-commit.old")
    (hooks / "pre-commit").write_text("#!/bin/sh\nlefthook\n")


def link_one(hooks: Path) -> None:
    (hooks / "pre-commit").rename(hooks.parent / "moved")
    (hooks / "pre-commit").symlink_to(hooks.parent / "moved")


def disable_one(hooks: Path) -> None:
    (hooks / "pre-commit").chmod(0o644)


def move_interpreter(hooks: Path) -> None:
    text = (hooks / "pre-commit").read_text()
    (hooks / "pre-commit").chmod(0o755)
    (hooks / "pre-commit").write_text(text.replace(f"python={interpreter()}", "python='/gone/my python'"))


def add_one(hooks: Path) -> None:
    (hooks / "helper.sh").write_text("echo helped\n")


def make_a_folder(hooks: Path) -> None:
    (hooks / "update").unlink()
    (hooks / "update").mkdir()


def delete_all(hooks: Path) -> None:
    shutil.rmtree(hooks)


@pytest.mark.parametrize(
    ("damage", "expected", "displaced"),
    [
        (delete_one, [("missing", "pre-commit")], []),
        (edit_one, [("edited", "pre-commit")], []),
        (replace_one, [("edited", "pre-push")], ["pre-push"]),
        (rename_one, [("edited", "pre-commit"), ("extra", "pre-commit.old")], ["pre-commit"]),
        (link_one, [("edited", "pre-commit")], ["pre-commit"]),
        (disable_one, [("mode", "pre-commit")], []),
        (move_interpreter, [("dangling", "pre-commit")], []),
        (add_one, [("extra", "helper.sh")], ["helper.sh"]),
        (make_a_folder, [("missing", "update")], ["update"]),
        (delete_all, [("missing", name) for name in HOOK_NAMES], []),
    ],
)
def test_damage_is_found_and_mended_and_what_others_put_there_is_kept(
    grid: GridSandbox,
    a2: Sandbox,
    damage: Callable[[Path], None],
    expected: list[tuple[str, str]],
    displaced: list[str],
) -> None:
    hooks = writable_hooks(a2)
    damage(hooks)
    if hooks.exists():
        hooks.chmod(0o555)
    assert faults(grid) == expected
    assert (equip_a2(grid), faults(grid), equip_a2(grid)) == (True, [], False)
    kept = hooks.parent / "displaced"
    assert (sorted(os.listdir(kept)) if kept.exists() else []) == displaced
    assert try_commit(a2, ORDERS).code == 1


def test_what_is_displaced_last_has_the_name_and_what_was_before_is_kept(grid: GridSandbox, a2: Sandbox) -> None:
    for text in ("first\n", "second\n", "second\n", "third\n"):
        (writable_hooks(a2) / "helper.sh").write_text(text)
        assert equip_a2(grid) is True
    kept = hook_of(a2).parents[1] / "displaced"
    assert {each.name: each.read_text() for each in kept.iterdir()} == {
        "helper.sh": "third\n",
        "helper.sh.2": "first\n",
        "helper.sh.3": "second\n",
    }


def test_a_writable_directory_is_a_fault(grid: GridSandbox, a2: Sandbox) -> None:
    writable_hooks(a2)
    assert (faults(grid), equip_a2(grid), faults(grid)) == ([("mode", "hooks")], True, [])


def test_a_section_that_is_gone_or_damaged_is_found_and_mended(grid: GridSandbox, a2: Sandbox) -> None:
    section = f"includeIf.gitdir:./worktrees/{admin_dir_of(a2).name}"
    grid.main.git("config", "--local", "--remove-section", section)
    assert (faults(grid), equip_a2(grid), faults(grid)) == ([("unset", "config")], True, [])
    grid.main.git("config", "--local", f"{section}.path", "elsewhere")
    assert (faults(grid), equip_a2(grid), faults(grid)) == ([("unset", "config")], True, [])
    (hook_of(a2).parents[1] / "config").unlink()
    assert (faults(grid), equip_a2(grid), faults(grid)) == ([("unset", "config")], True, [])
    assert try_commit(a2, ORDERS).code == 1


def test_a_setting_that_was_appended_after_ours_no_longer_wins(grid: GridSandbox, a2: Sandbox) -> None:
    with (grid.main.path / ".git/config").open("a") as stream:
        stream.write("[core]\n\thooksPath = .husky\n")
    assert faults(grid) == [("unset", "config")]
    assert (equip_a2(grid), faults(grid), equip_a2(grid)) == (True, [], False)
    assert (grid.main.git("config", "core.hooksPath"), try_commit(a2, ORDERS).code) == (".husky", 1)


def test_a_setting_made_with_git_config_never_wins(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("config", "core.hooksPath", ".husky")
    a2.git("config", "core.hooksPath", ".husky/_")
    grid.main.git("config", "--global", "core.hooksPath", "~/hooks")
    assert (faults(grid), try_commit(a2, ORDERS).code) == ([], 1)


@pytest.mark.parametrize("ending", ["", "[alias]\n\tst = status", "# the end\n\n"])
def test_taking_the_hooks_out_leaves_the_configuration_as_it_was(tmp_path: Path, ending: str) -> None:
    main = create_repository(tmp_path / "shop", **FILES, **policy_files(OWNED))
    config = main.path / ".git/config"
    with config.open("a") as stream:
        stream.write(ending)
    main.git("config", "branch.main.description", "Ours")
    before = config.read_bytes()
    grid = equip_grid(main, "a1", "a2")
    admins = {agent: admin_dir_of(desk) for agent, desk in grid.desks.items()}
    unequip(grid.repository, "a1", admins["a1"])
    assert (faults(grid), try_commit(grid.desks["a2"], ORDERS).code) == ([], 1)
    unequip(grid.repository, "a2", admins["a2"])
    unequip(grid.repository, "a2", admins["a2"])
    assert config.read_bytes() == before
    assert os.listdir(main.path / ".git/agentgrid/agents") == []
    assert try_commit(grid.desks["a2"], ORDERS).code == 0


def test_nothing_that_is_tracked_or_shared_is_touched(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **FILES, **policy_files(OWNED))
    hooks = tree_of(main.path / ".git/hooks")
    grid = equip_grid(main, "a1", "a2")
    assert (main.status(), grid.desks["a2"].status(), tree_of(main.path / ".git/hooks")) == ("", "", hooks)
    assert main.git("config", "--get-regexp", r"extensions\..*", accept=(1,)) == ""


def test_a_bare_repository_works(tmp_path: Path) -> None:
    source = create_repository(tmp_path / "source", **FILES, **policy_files(OWNED))
    bare = source.clone(tmp_path / "shop.git", "--bare")
    grid = equip_grid(bare, "a1", "a2")
    a2 = grid.desks["a2"]
    assert (faults(grid), try_commit(a2, BILLING).code, try_commit(a2, ORDERS).code) == ([], 0, 1)


def test_worktree_configuration_works_and_ours_stands_below_it(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("config", "extensions.worktreeConfig", "true")
    a2.git("config", "--worktree", "alias.st", "status")
    grid.main.git("config", "--worktree", "core.hooksPath", "elsewhere")
    assert (faults(grid), try_commit(a2, BILLING).code, try_commit(a2, ORDERS).code) == ([], 0, 1)
    a2.git("config", "--worktree", "core.hooksPath", "elsewhere")
    assert (faults(grid), equip_a2(grid), faults(grid)) == ([("unset", "config")], False, [("unset", "config")])


def test_a_moved_worktree_stays_guarded(grid: GridSandbox, a2: Sandbox, tmp_path: Path) -> None:
    moved = Sandbox(tmp_path / "some where" / "else")
    moved.path.parent.mkdir()
    grid.main.git("worktree", "move", a2.path, moved.path)
    assert (try_commit(moved, BILLING).code, try_commit(moved, ORDERS).code) == (0, 1)


def test_a_moved_repository_has_faults_until_it_is_equipped_again(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "old" / "shop")
    (tmp_path / "old").rename(tmp_path / "new")
    moved = GridSandbox(Sandbox(tmp_path / "new/shop"), {"a2": Sandbox(tmp_path / "new/wt-a2")})
    moved.main.git("worktree", "repair", *(tmp_path / "new").glob("wt-*"))
    assert ("unset", "config") in faults(moved)
    assert try_commit(moved.desks["a2"], ORDERS).code == 0  # git finds no hook where it looks
    assert (equip_a2(moved), faults(moved)) == (True, [])
    assert attempt(moved.desks["a2"], "commit", "--amend", "--no-edit").code == 1
    assert set(grid.desks) == {"a1", "a2"}


def test_a_repository_that_is_reached_through_a_link_is_guarded(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    grid = make_grid(tmp_path / "link" / "shop")
    a2 = grid.desks["a2"]
    assert (faults(grid), try_commit(a2, BILLING).code, try_commit(a2, ORDERS).code) == ([], 0, 1)


def test_eight_processes_at_once_lose_no_section(tmp_path: Path) -> None:
    owned = {f"a{number}": f"part/{number}/**" for number in range(1, 9)}
    main = create_repository(tmp_path / "shop", **FILES, **policy_files(owned))
    grid = equip_grid(main, *owned)
    admins = {agent: admin_dir_of(desk) for agent, desk in grid.desks.items()}
    config = main.path / ".git/config"
    before = sorted(config.read_text().splitlines())
    for agent, admin in admins.items():
        unequip(grid.repository, agent, admin)
    assert "includeIf" not in config.read_text()
    running = [
        subprocess.Popen(
            [sys.executable, equip_desk.__file__, main.path, agent, admin],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for agent, admin in admins.items()
    ]
    assert [process.wait(60) for process in running] == [0] * 8
    repository = Repository.discover(main.path)
    assert sorted(config.read_text().splitlines()) == before
    assert [find_hook_faults(repository, agent, admin) for agent, admin in admins.items()] == [[]] * 8
