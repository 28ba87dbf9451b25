"""The hooks that a repository had go on working in agents' worktrees: plain ones, husky's, pre-commit's, lefthook's,
git-lfs's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.workspace.hookdir import find_hook_faults
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
    policy_files,
    try_commit,
)
from support.repositories import Sandbox, create_bare, create_repository
from support.tools import IS_CI, require_git_lfs, require_lefthook

# Tells its name, arguments, directory and stdin, then does what a file beside the repository says.
TELLER = """\
#!/bin/sh
name=${0##*/}
{
    printf '%s' "$name"
    for each in "$@"; do printf ' <%s>' "${each##*/}"; done
    printf ' in %s' "${PWD##*/}"
    case $name in pre-push) printf ': '; cut -d ' ' -f 1,3 ;; *) echo ;; esac
} >>"$TOLD"
if [ -e "$TOLD.$name" ]; then exit "$(cat "$TOLD.$name")"; fi
"""
NAMES = (
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "post-checkout",
    "pre-push",
    "pre-merge-commit",
)

# What `npx husky` 9 leaves behind: .husky/_ is ignored by git, .husky/NAME is tracked.
HUSKY_RUNNER = """\
#!/usr/bin/env sh
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n
[ ! -f "$s" ] && exit 0
export PATH="node_modules/.bin:$PATH"
sh -e "$s" "$@"
c=$?
[ $c != 0 ] && echo "husky - $n script failed (code $c)"
exit $c
"""
HUSKY_HOOK = '#!/usr/bin/env sh\n. "$(dirname "$0")/h"\n'

PRE_COMMIT_CONFIG = """\
repos:
  - repo: local
    hooks:
      - id: no-todo
        name: no todo
        entry: sh -c 'if grep -n TODO "$@"; then exit 1; fi' --
        language: system
"""


class Told:
    """What the tellers wrote."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def lines(self) -> list[str]:
        told = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        self.file.unlink(missing_ok=True)
        return told

    def let_fail(self, name: str, code: int) -> None:
        self.file.with_name(f"{self.file.name}.{name}").write_text(str(code))


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    return Told(tmp_path / "told")


def put_tellers(directory: Path, text: str = TELLER, names: tuple[str, ...] = NAMES) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        (directory / name).write_text(text, encoding="utf-8")
        (directory / name).chmod(0o755)


def test_plain_hooks_run_in_an_agents_worktree_as_in_the_main_one(grid: GridSandbox, a2: Sandbox, told: Told) -> None:
    put_tellers(grid.main.path / ".git/hooks")
    seen = []
    for where, path in ((grid.main, ORDERS), (a2, BILLING)):
        assert try_commit(where, path).code == 0
        place = where.path.name
        seen.append([line.replace(f" in {place}", " in HERE") for line in told.lines()])
    assert seen[0] == [
        "pre-commit in HERE",
        "prepare-commit-msg <COMMIT_EDITMSG> <message> in HERE",
        "commit-msg <COMMIT_EDITMSG> in HERE",
        "post-commit in HERE",
    ]
    assert seen[1] == seen[0]


def test_a_hook_sees_the_arguments_of_a_checkout(grid: GridSandbox, a2: Sandbox, told: Told) -> None:
    put_tellers(grid.main.path / ".git/hooks")
    a2.git("switch", "--quiet", "-c", "other")
    oid = a2.oid()
    assert told.lines() == [f"post-checkout <{oid}> <{oid}> <1> in wt-a2"]


def test_pre_push_gets_what_is_pushed_on_stdin(grid: GridSandbox, a2: Sandbox, told: Told, tmp_path: Path) -> None:
    server = create_bare(tmp_path / "server.git")
    put_tellers(grid.main.path / ".git/hooks")
    a2.git("push", "--quiet", server.path, "HEAD:refs/heads/feat/a2/mine__a2", "HEAD:refs/heads/feat/a2/too__a2")
    assert told.lines() == [
        "pre-push <server.git> <server.git> in wt-a2: HEAD refs/heads/feat/a2/mine__a2",
        "HEAD refs/heads/feat/a2/too__a2",
    ]


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_a_hook_that_says_no_stops_the_commit(grid: GridSandbox, a2: Sandbox, told: Told, name: str) -> None:
    put_tellers(grid.main.path / ".git/hooks")
    told.let_fail(name, 3)
    before = a2.oid()
    assert (try_commit(a2, BILLING).code, a2.oid()) == (1, before)
    assert told.lines()[-1].startswith(f"{name} ")


def test_the_exit_code_of_a_hook_is_passed_on(grid: GridSandbox, a2: Sandbox, told: Told) -> None:
    put_tellers(grid.main.path / ".git/hooks")
    told.let_fail("post-commit", 42)
    assert attempt(a2, "hook", "run", "post-commit").code == 42


def test_the_repositorys_hook_doesnt_run_when_the_guard_says_no(grid: GridSandbox, a2: Sandbox, told: Told) -> None:
    put_tellers(grid.main.path / ".git/hooks")
    assert (try_commit(a2, ORDERS).code, told.lines()) == (1, [])


def test_a_merge_runs_the_repositorys_hook_after_the_guard(grid: GridSandbox, a2: Sandbox, told: Told) -> None:
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert try_commit(a2, BILLING).code == 0
    put_tellers(grid.main.path / ".git/hooks", names=("pre-merge-commit",))
    a2.git("merge", "--no-edit", "main")
    assert told.lines() == ["pre-merge-commit in wt-a2"]


def install_husky(main: Sandbox, told: Told) -> None:
    """Husky 9 as its own installer lays it out, with two hooks of the project."""
    main.write(".husky/_/.gitignore", "*")
    main.write(".husky/_/h", HUSKY_RUNNER)
    put_tellers(main.path / ".husky/_", HUSKY_HOOK)
    main.write(".husky/pre-commit", 'echo "husky in ${PWD##*/}" >>"$TOLD"\n')
    main.write(".husky/commit-msg", 'echo "message: $(cat "$1")" >>"$TOLD"\n')
    main.git("config", "core.hooksPath", ".husky/_")


@pytest.mark.parametrize("when", ["before", "after"])
def test_huskys_hooks_run_though_a_fresh_worktree_lacks_its_folder(tmp_path: Path, told: Told, when: str) -> None:
    main = create_repository(tmp_path / "shop", **FILES, **policy_files(OWNED))
    if when == "before":
        install_husky(main, told)
        main.commit("Husky")
    grid = equip_grid(main, *OWNED)
    if when == "after":
        install_husky(main, told)
    a2 = grid.desks["a2"]
    assert not (a2.path / ".husky/_").exists()
    assert try_commit(a2, BILLING).code == 0
    assert told.lines() == ["husky in wt-a2", "message: Work", "", "Agent: a2"]
    assert (try_commit(a2, ORDERS).code, told.lines()) == (1, [])


def test_huskys_folder_in_the_worktree_itself_stands_before_the_main_ones(tmp_path: Path, told: Told) -> None:
    main = create_repository(tmp_path / "shop", **FILES, **policy_files(OWNED))
    install_husky(main, told)
    main.commit("Husky")
    a2 = equip_grid(main, *OWNED).desks["a2"]
    shutil.copytree(main.path / ".husky/_", a2.path / ".husky/_")
    a2.write(".husky/pre-commit", 'echo "its own" >>"$TOLD"\n')
    assert (try_commit(a2, BILLING).code, told.lines()[0]) == (0, "its own")


def pre_commit_program() -> str:
    program = Path(sys.executable).parent / "pre-commit"
    assert program.exists(), "pre-commit comes with the dev extra: pip install -e '.[dev]'"
    return str(program)


@pytest.mark.parametrize("when", ["before", "after"])
def test_pre_commit_itself_checks_agents_commits_and_peoples(tmp_path: Path, when: str) -> None:
    main = create_repository(tmp_path / "shop", **FILES, **policy_files(OWNED))
    main.commit("Configure", **{".pre-commit-config.yaml": PRE_COMMIT_CONFIG})
    if when == "before":
        subprocess.run([pre_commit_program(), "install"], cwd=main.path, check=True, capture_output=True)
    grid = equip_grid(main, *OWNED)
    if when == "after":
        subprocess.run([pre_commit_program(), "install"], cwd=main.path, check=True, capture_output=True)
    for where, path in ((grid.desks["a2"], BILLING), (grid.main, ORDERS)):
        done = try_commit(where, path)
        assert (done.code, "no todo" in done.said, "Passed" in done.said) == (0, True, True)
        where.write(path, "# TODO\n")
        refused = attempt(where, "commit", "-a", "-m", "Later")
        assert (refused.code, "no todo" in refused.said, "Failed" in refused.said) == (1, True, True)


def test_pre_commit_wont_overwrite_the_guard(tmp_path: Path, grid: GridSandbox, a2: Sandbox) -> None:
    before = hook_of(a2).read_bytes()
    done = subprocess.run([pre_commit_program(), "install"], cwd=a2.path, capture_output=True, text=True, check=False)
    assert (done.returncode, hook_of(a2).read_bytes()) == (1, before)


# Tools that write over what they find


LEFTHOOK_CONFIG = 'pre-commit:\n  commands:\n    told:\n      run: echo "lefthook in ${PWD##*/}" >>"$TOLD"\n'


@pytest.fixture
def lefthook(a2: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Path:
    """lefthook, set up in an agent's worktree as its package does on installation."""
    program = require_lefthook(is_ci=IS_CI)
    monkeypatch.setenv("LEFTHOOK_BIN", str(program))
    shutil.rmtree(hook_of(a2).parents[1] / "displaced", ignore_errors=True)
    a2.write("lefthook.yml", LEFTHOOK_CONFIG)
    subprocess.run([program, "install"], cwd=a2.path, check=True, capture_output=True)
    return program


@pytest.fixture
def lfs(a2: Sandbox) -> None:
    """git-lfs, set up in an agent's worktree by force, as its documentation says when hooks are in the way."""
    require_git_lfs(is_ci=IS_CI)
    shutil.rmtree(hook_of(a2).parents[1] / "displaced", ignore_errors=True)
    if os.geteuid() != 0:  # it opens and writes: what isn't writable keeps it out
        for name in ("pre-push", "post-checkout", "post-commit", "post-merge"):
            hook_of(a2, name).chmod(0o755)
    a2.git("lfs", "install", "--local", "--force")


def require_guarded(grid: GridSandbox, a2: Sandbox) -> None:
    """Own commits pass, foreign ones don't, by no way; afterwards the guard is whole."""
    before = a2.oid()
    for bypass in ((), ("--no-verify",)):
        a2.write(ORDERS, "CHANGED = True\n")
        refused = attempt(a2, "commit", "--quiet", "-a", *bypass, "-m", "Foreign")
        assert (refused.code != 0, a2.oid()) == (True, before)
        assert "services/orders/main.py belongs to a1" in refused.said
    a2.git("checkout", "--quiet", "HEAD", "--", ORDERS)
    done = try_commit(a2, BILLING)
    assert (done.code, a2.oid() != before) == (0, True), done.said
    assert find_hook_faults(grid.repository, "a2", admin_dir_of(a2)) == []


def test_after_lefthook_install_the_guard_stands_and_lefthook_runs(
    grid: GridSandbox, a2: Sandbox, told: Told, lefthook: Path
) -> None:
    assert b"lefthook" in hook_of(a2).read_bytes()  # it has taken the place
    require_guarded(grid, a2)
    told.lines()
    done = try_commit(a2, BILLING)
    assert (done.code, told.lines()) == (0, ["lefthook in wt-a2"])
    assert "agentgrid: put back" not in done.said


def test_lefthook_may_install_itself_again_and_again(
    grid: GridSandbox, a2: Sandbox, told: Told, lefthook: Path
) -> None:
    for _ in range(2):
        assert try_commit(a2, BILLING).code == 0
        subprocess.run([lefthook, "install", "--force"], cwd=a2.path, check=True, capture_output=True)
    require_guarded(grid, a2)
    assert sorted(path.name for path in (hook_of(a2).parents[1] / "displaced").iterdir()) == ["pre-commit"]


def test_lefthooks_hook_without_lefthook_stops_nobody(
    grid: GridSandbox, a2: Sandbox, told: Told, lefthook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert try_commit(a2, BILLING).code == 0
    kept = hook_of(a2).parents[1] / "displaced/pre-commit"
    monkeypatch.delenv("LEFTHOOK_BIN")
    kept.write_text(kept.read_text().replace(str(lefthook), "/gone/lefthook"))
    elsewhere = [each for each in os.environ["PATH"].split(os.pathsep) if not (Path(each) / "lefthook").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(elsewhere))
    told.lines()
    assert (try_commit(a2, BILLING).code, told.lines()) == (0, [])


def test_after_git_lfs_install_the_guard_stands_and_lfs_uploads(
    grid: GridSandbox, a2: Sandbox, lfs: None, tmp_path: Path
) -> None:
    assert b"git lfs pre-push" in hook_of(a2, "pre-push").read_bytes()  # it has taken the place
    require_guarded(grid, a2)
    server = create_bare(tmp_path / "server.git")
    a2.git("remote", "add", "lfs-server", server.path)
    a2.write("services/billing/.gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    a2.write("services/billing/big.bin", b"\0" * 5000)
    a2.git("add", "services/billing")
    assert attempt(a2, "commit", "--quiet", "-m", "Big").code == 0
    branch = a2.git("branch", "--show-current")
    pushed = attempt(a2, "push", "--quiet", "lfs-server", branch)
    assert pushed.code == 0, pushed.said
    uploaded = [path for path in (server.path / "lfs/objects").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in uploaded] == [5000]


def test_after_git_lfs_install_a_foreign_push_is_refused(
    grid: GridSandbox, a2: Sandbox, lfs: None, tmp_path: Path
) -> None:
    assert try_commit(a2, BILLING).code == 0  # puts pre-push back
    server = create_bare(tmp_path / "server.git")
    foreign = a2.commit("Past all hooks", **{ORDERS: "FOREIGN = 1\n"})
    refused = attempt(a2, "push", "--quiet", str(server.path), f"{foreign}:refs/heads/feat/a2/work__a2")
    assert (refused.code != 0, "services/orders/main.py belongs to a1" in refused.said) == (True, True)
    assert server.git("for-each-ref") == ""
