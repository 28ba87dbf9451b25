"""The shell script under every hook name: it fails closed, and runs what the repository had, in any POSIX shell."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from agentgrid.workspace import dispatcher
from support.grids import (
    BILLING,
    ORDERS,
    GridSandbox,
    admin_dir_of,
    attempt,
    hook_of,
    make_grid,
    try_commit,
)
from support.repositories import Sandbox

SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["bash"], ["busybox", "sh"], ["ksh"], ["zsh"])
          if shutil.which(shell[0])]  # fmt: skip
SAY = '#!/bin/sh\necho "{0}: $*" >&2\n'


def put_hook(path: Path, text: str, *, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def run_hook(desk: Sandbox, name: str = "post-commit", *arguments: str, shell: list[str] | None = None) -> str:
    """What a hook says on stderr when it is run as git runs it, and its exit code when that isn't 0."""
    done = subprocess.run(
        [*(shell or []), hook_of(desk, name), *arguments],
        cwd=desk.path,
        env={**os.environ, "GIT_DIR": str(admin_dir_of(desk))},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return done.stderr + (f"exit {done.returncode}\n" if done.returncode else "")


def rewrite(desk: Sandbox, old: str, new: str) -> None:
    """Changes the text of the installed pre-commit."""
    hook = hook_of(desk)
    text = hook.read_text()
    assert old in text
    hook.chmod(0o755)
    hook.write_text(text.replace(old, new))


# When the guard can't run


def test_a_missing_interpreter_refuses_and_names_the_command_that_takes_the_hooks_out(a2: Sandbox) -> None:
    rewrite(a2, f"python={dispatcher.interpreter()}", "python='/gone/bin/python'")
    refused = try_commit(a2, BILLING)
    first, _, last = refused.said.splitlines()
    assert (refused.code, first) == (1, "agentgrid: refused: the guard's interpreter is gone: /gone/bin/python")
    subprocess.run(["sh", "-c", last.removeprefix("hint: ")], check=True)
    assert attempt(a2, "commit", "--quiet", "-m", "Work").code == 0


def test_an_interpreter_that_dies_refuses(a2: Sandbox, tmp_path: Path) -> None:
    dying = put_hook(tmp_path / "python", "#!/bin/sh\nkill -9 $$\n")
    rewrite(a2, f"python={dispatcher.interpreter()}", f"python={dying}")
    refused = try_commit(a2, BILLING)
    assert (refused.code, "agentgrid: refused: the guard could not run (exit 137)\n" in refused.said) == (1, True)


@pytest.mark.parametrize("damage", ["gone", "half an upgrade"])
def test_a_missing_package_refuses_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    source, copy = Path(dispatcher.__file__).parents[1], tmp_path / "lib" / "agentgrid"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(dispatcher, "__file__", str(copy / "workspace" / "dispatcher.py"))
    a2 = make_grid(tmp_path / "shop").desks["a2"]
    assert try_commit(a2, BILLING).code == 0
    if damage == "gone":
        shutil.rmtree(copy)
    else:
        (copy / "boundaries" / "patterns" / "matching.py").write_text("def (:\n")
        shutil.rmtree(copy / "boundaries" / "patterns" / "__pycache__")
        (copy / "hooks" / "guard.py").unlink()
    # An editable install of this very program would be found without the copy.
    rewrite(a2, '"$python" -I -c', '"$python" -I -S -c')
    refused = try_commit(a2, BILLING)
    first, *hints = refused.said.splitlines()
    assert (refused.code, first) == (1, f"agentgrid: refused: the guard's program is gone or broken: {copy}")
    assert ([hint.split(":")[0] for hint in hints], "Traceback" in refused.said) == (["hint", "hint"], False)


def test_unguarded_hooks_go_on_without_the_program(grid: GridSandbox, a2: Sandbox) -> None:
    put_hook(grid.main.path / ".git/hooks/post-commit", SAY.format("own"))
    assert run_hook(a2) == "own: \n"


# In every shell


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_every_posix_shell_runs_it(grid: GridSandbox, a2: Sandbox, shell: list[str]) -> None:
    put_hook(grid.main.path / ".git/hooks/pre-commit", SAY.format("own"))
    (hook_of(a2).parents[1] / "chain").unlink(missing_ok=True)
    said = [run_hook(a2, "pre-commit", "x y", "", shell=shell) for _ in range(2)]
    a2.write(ORDERS, "CHANGED = True\n")
    a2.git("add", ORDERS)
    refused = run_hook(a2, "pre-commit", shell=shell).splitlines()
    assert said == ["own: x y \n", "own: x y \n"]
    assert (refused[0], refused[-1]) == ("agentgrid: refused: a2 may not make this commit", "exit 1")
    assert chain_is_known(a2, shell)


def chain_is_known(desk: Sandbox, shell: list[str]) -> bool:
    """Whether what is remembered of git's configuration still counts: git is not asked for it again."""
    trace = desk.path.parent / "trace"
    trace.unlink(missing_ok=True)
    later = time.time() + 5  # some shells compare whole seconds
    os.utime(hook_of(desk).parents[1] / "chain", (later, later))
    subprocess.run([*shell, hook_of(desk, "post-commit")], cwd=desk.path, check=True,
                   env={**os.environ, "GIT_TRACE": str(trace), "GIT_DIR": str(admin_dir_of(desk))})  # fmt: skip
    return not trace.exists()


def test_it_keeps_to_what_old_shells_can_parse(a2: Sandbox) -> None:
    text = hook_of(a2).read_text()
    assert text.startswith("#!/bin/sh\n")
    inside = [part.partition(")")[0] for part in text.split("$(")[1:]]
    assert [part for part in inside if "case" in part] == []  # bash 3.2 takes the pattern's bracket for the end


# Where the repository's own hooks are


def test_without_any_setting_the_common_hooks_directory_counts(grid: GridSandbox, a2: Sandbox) -> None:
    assert run_hook(a2) == ""
    put_hook(grid.main.path / ".git/hooks/post-commit", SAY.format("own"))
    assert run_hook(a2) == "own: \n"


def test_a_setting_is_seen_when_it_is_made_changed_and_taken_back(grid: GridSandbox, a2: Sandbox) -> None:
    put_hook(grid.main.path / ".git/hooks/post-commit", SAY.format("common"))
    put_hook(grid.main.path / "one/post-commit", SAY.format("one"))
    put_hook(grid.main.path / "two/post-commit", SAY.format("two"))
    said = [run_hook(a2)]
    for value in ("one", grid.main.path / "two"):
        grid.main.git("config", "core.hooksPath", value)
        said.append(run_hook(a2))
    grid.main.git("config", "--unset", "core.hooksPath")
    assert [*said, run_hook(a2)] == ["common: \n", "one: \n", "two: \n", "common: \n"]


def test_a_global_setting_counts_and_the_repositorys_own_stands_before_it(
    grid: GridSandbox, a2: Sandbox, hermetic: Path
) -> None:
    put_hook(hermetic / "my hooks/post-commit", SAY.format("global"))
    put_hook(grid.main.path / "local/post-commit", SAY.format("local"))
    run_hook(a2)
    grid.main.git("config", "--global", "core.hooksPath", "~/my hooks")
    said = [run_hook(a2)]
    grid.main.git("config", "core.hooksPath", "local")
    assert [*said, run_hook(a2)] == ["global: \n", "local: \n"]


def test_a_global_configuration_that_comes_or_goes_is_noticed(a2: Sandbox, hermetic: Path) -> None:
    put_hook(hermetic / "hooks/post-commit", SAY.format("global"))
    said = [run_hook(a2)]
    file = hermetic / ".config/git/config"
    put_hook(file, "[core]\n\thooksPath = ~/hooks\n", mode=0o644)
    os.utime(file, (1, 1))  # older than what is remembered: as a restored backup is
    said.append(run_hook(a2))
    file.unlink()
    assert [*said, run_hook(a2)] == ["", "global: \n", ""]


def test_a_file_that_the_configuration_includes_is_watched(a2: Sandbox, hermetic: Path) -> None:
    put_hook(hermetic / "hooks/post-commit", SAY.format("included"))
    included = put_hook(hermetic / "more.inc", "[alias]\n\tst = status\n", mode=0o644)
    a2.git("config", "--global", "include.path", "~/more.inc")
    said = [run_hook(a2)]
    included.write_text("[core]\n\thooksPath = ~/hooks\n")
    assert [*said, run_hook(a2)] == ["", "included: \n"]


def test_another_home_has_its_own_answer(a2: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "o'ther"
    put_hook(other / "hooks/post-commit", SAY.format("other"))
    put_hook(other / ".gitconfig", "[core]\n\thooksPath = ~/hooks\n", mode=0o644)
    said = [run_hook(a2)]
    with monkeypatch.context() as patch:
        patch.setenv("HOME", str(other))
        said += [run_hook(a2), run_hook(a2)]
    assert [*said, run_hook(a2)] == ["", "other: \n", "other: \n", ""]


def test_a_repository_below_a_folder_named_like_ours_keeps_its_hooks(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "agentgrid" / "agents" / "shop")
    put_hook(tmp_path / "agentgrid/agents/hooks/post-commit", SAY.format("own"))
    grid.main.git("config", "core.hooksPath", tmp_path / "agentgrid/agents/hooks")
    assert run_hook(grid.desks["a2"]) == "own: \n"


@pytest.mark.parametrize("agent", ["a1", "a2"])
@pytest.mark.parametrize("through_link", [False, True])
def test_a_setting_that_leads_back_to_us_ends(
    grid: GridSandbox, a2: Sandbox, tmp_path: Path, agent: str, through_link: bool
) -> None:
    target = hook_of(grid.desks[agent]).parent
    if through_link:
        (tmp_path / "link").symlink_to(target)
        target = tmp_path / "link"
    grid.main.git("config", "core.hooksPath", target)
    assert run_hook(a2) == ""
    assert try_commit(a2, ORDERS).verdict.startswith("agentgrid: refused: a2 may not make this commit\n")


def test_a_hook_that_isnt_executable_or_no_file_is_ignored(grid: GridSandbox, a2: Sandbox) -> None:
    put_hook(grid.main.path / ".git/hooks/post-commit", SAY.format("own"), mode=0o644)
    (grid.main.path / ".git/hooks/post-merge").mkdir(parents=True)
    assert (run_hook(a2), run_hook(a2, "post-merge")) == ("", "")


def test_a_grid_directory_that_cant_be_written_hinders_nobody(grid: GridSandbox, a2: Sandbox) -> None:
    put_hook(grid.main.path / ".git/hooks/post-commit", SAY.format("own"))
    chain = hook_of(a2).parents[1] / "chain"
    chain.unlink(missing_ok=True)
    chain.mkdir()  # root may write anywhere; nobody can write a file over a directory
    said = run_hook(a2)
    shutil.rmtree(chain)
    assert said == "own: \n"
