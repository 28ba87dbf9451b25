"""The fast way of the edit hook: it says yes only when the whole program would, and imports next to nothing."""

import os
import random
from pathlib import Path

import pytest

from agentgrid.grid import Grid
from support.edits import SLOW, ask_fast, ask_hook, edit_hook_of, recorded_call, refusal, write_call
from support.grids import BILLING, GRID, ORDERS, GridSandbox, admin_dir_of, make_grid
from support.program import agentgrid
from support.repositories import Sandbox

YES = 0
CACHE, NEW = "services/common/cache.py", "services/billing/new.py"
HEAVY = {
    "argparse", "collections", "contextlib", "dataclasses", "enum", "filelock", "functools", "git", "importlib", "json",
    "logging", "os", "pathlib", "pydantic", "re", "rich", "site", "sqlite3", "subprocess", "tempfile", "typer",
    "typing", "yaml",
}  # fmt: skip
PROBE = (  # the spare functools of `fast_leases` comes from no file
    "import posix, sys; leave = posix._exit; "
    "names = lambda: [n for n, m in sys.modules.items() if n != 'functools' or hasattr(m, '__file__')]; "
    "posix._exit = lambda code: (print(*names()), sys.stdout.flush(), leave(code)); "
)
MOST_MODULES = 33
TRICKY = GRID.replace("frozen: [/LICENSE]", "frozen: [/LICENSE, vendor/lib/]\nunowned: deny")
OWNED = {
    "a1": "services/orders/**",
    "a2": "services/billing/**\n    - vendor/**\n    - '!services/billing/tax.py'\n    - docs/*.md",
}


def fast(desk: Sandbox, path: str | Path) -> int:
    return ask_fast(desk, write_call(desk, path)).code


@pytest.mark.parametrize("path", [BILLING, NEW, CACHE])
def test_it_imports_nothing_heavy(a2: Sandbox, path: str) -> None:
    assert agentgrid(a2, "lock", CACHE).code == 0
    done = ask_fast(a2, write_call(a2, path), before=PROBE)
    modules = set(done.out.split())
    assert (done.code, done.err, modules & HEAVY) == (YES, "", set())
    assert len([name for name in modules if name.startswith("agentgrid")]) <= MOST_MODULES


@pytest.mark.parametrize("bundle", [True, False])
def test_the_answers_are_the_same_with_the_bundle_and_without(grid: GridSandbox, a2: Sandbox, bundle: bool) -> None:
    [file] = (grid.main.path / ".git/agentgrid").glob("edits-*.marshal")
    kept = file.read_bytes()
    if not bundle:
        file.unlink()
    answers = [fast(a2, path) for path in (BILLING, ORDERS, CACHE)]
    file.write_bytes(kept)
    assert answers == [YES, SLOW, SLOW]


def test_a_damaged_bundle_is_passed_over(grid: GridSandbox, a2: Sandbox) -> None:
    [file] = (grid.main.path / ".git/agentgrid").glob("edits-*.marshal")
    kept = file.read_bytes()
    for damaged in (b"", kept[: len(kept) // 2], b"\xff" * 64):
        file.write_bytes(damaged)
        assert (fast(a2, BILLING), fast(a2, ORDERS)) == (YES, SLOW)
    file.write_bytes(kept)


def test_it_never_says_no_and_what_it_asks_gets_the_whole_input(a2: Sandbox) -> None:
    done = ask_fast(a2, write_call(a2, ORDERS))
    assert (done.code, done.out, done.err) == (SLOW, "", "")
    call = write_call(a2, ORDERS)
    call["tool_input"] = {"file_path": str(a2.path / ORDERS), "content": "é" * 300_000}
    assert "belongs to a1" in (ask_hook(a2, call).reason or "")


def test_a_common_file_needs_a_live_lease_and_a_base_that_has_not_moved(grid: GridSandbox, a2: Sandbox) -> None:
    assert fast(a2, CACHE) == SLOW
    assert ask_hook(a2, write_call(a2, CACHE)).reason is None  # takes it
    assert fast(a2, CACHE) == YES
    tip = a2.git("commit-tree", "main^{tree}", "-p", "main", "-m", "Meanwhile")
    grid.main.git("-c", f"core.hooksPath={os.devnull}", "update-ref", "refs/heads/main", tip)
    Grid.open(a2.path).check_staged()  # publishes the policy of the new base
    assert (fast(a2, CACHE), fast(a2, BILLING)) == (SLOW, YES)


def test_a_notice_for_the_agent_holds_no_edit_up(grid: GridSandbox, a2: Sandbox) -> None:
    assert agentgrid(a2, "lock", CACHE).code == 0
    assert agentgrid(grid.main, "unlock", CACHE, "--force", "--reason", "urgent").code == 0
    assert (fast(a2, BILLING), fast(a2, CACHE)) == (YES, SLOW)
    assert "urgent" in agentgrid(a2, "locks").err  # not lost: a command tells it


def test_places_that_arent_plainly_in_the_worktree_are_not_its_business(grid: GridSandbox, a2: Sandbox) -> None:
    (a2.path / "services/billing/link.py").symlink_to("main.py")
    (a2.path / "services/billing/linked").symlink_to("../orders")
    a2.write("services/billing/inner/.git", "gitdir: elsewhere\n")
    top = a2.path
    asked = [
        f"{top}/services/billing/../orders/main.py", f"{top}/services//billing/main.py", f"{top}/./{BILLING}",
        f"{top}/services/billing/link.py", f"{top}/services/billing/linked/main.py", f"{top}/services/billing",
        f"{top}/services/billing/", f"{top}/services/billing/inner/x.py", f"{top}/services/billing/.git/config",
        f"{top}/services/billing/.GIT", f"{top}x/{BILLING}", str(grid.desks["a1"].path / BILLING), "/etc/hosts",
        f"{top}", f"{top}/services/billing/main.py/x", f"{top}/.claude/settings.local.json", f"{top}/.git",
    ]  # fmt: skip
    assert [path for path in asked if ask_fast(a2, raw(path, top)).code == YES] == []
    assert ask_fast(a2, raw(f"{top}/{BILLING}", top)).code == YES
    assert ask_fast(a2, raw(BILLING, top)).code == YES
    assert ask_fast(a2, raw("main.py", top / "services/billing")).code == YES
    assert ask_fast(a2, raw("main.py", top / "services/orders")).code == SLOW


def raw(path: str, cwd: Path) -> dict[str, object]:
    return {"cwd": str(cwd), "tool_name": "Write", "tool_input": {"file_path": path}}


def test_a_new_file_with_a_twin_is_not_its_business(a2: Sandbox) -> None:
    assert fast(a2, NEW) == YES
    assert fast(a2, "services/billing/Main.py") == SLOW
    assert fast(a2, "services/billing/ﬁle.py") == SLOW


def test_a_base_branch_and_a_detached_head_are_not_its_business(grid: GridSandbox, a2: Sandbox) -> None:
    a2.git("switch", "--quiet", "--detach")
    assert fast(a2, BILLING) == SLOW
    grid.main.git("switch", "--quiet", "-c", "elsewhere")
    a2.git("-c", f"core.hooksPath={os.devnull}", "switch", "--quiet", "main")
    assert fast(a2, BILLING) == SLOW


def test_a_worktree_that_was_moved_or_is_another_agents_is_not_its_business(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2, admin = grid.desks["a2"], admin_dir_of(grid.desks["a2"])
    assert fast(a2, BILLING) == YES
    for file, text in ((admin / "gitdir", f"{grid.desks['a1'].path}/.git\n"), (admin / "gitdir", "relative/.git\n"),
                       (admin / "agentgrid-identity", f"a1 {'0' * 32}\n"), (admin / "HEAD", "")):  # fmt: skip
        kept = file.read_text()
        call, hook = write_call(a2, BILLING), edit_hook_of(a2)
        assert hook.exists()
        before = f"open({str(file)!r}, 'w').write({text!r}); "
        assert ask_fast(a2, call, before=before).code == SLOW, file
        file.write_text(kept)


def test_nothing_in_the_environment_leads_git_elsewhere(a2: Sandbox, tmp_path: Path) -> None:
    env = {"GIT_DIR": str(tmp_path), "GIT_INDEX_FILE": str(tmp_path / "index"), "GIT_WORK_TREE": str(tmp_path)}
    before = f"import posix; posix.environ.update({{k.encode(): v.encode() for k, v in {env!r}.items()}}); "
    assert ask_fast(a2, write_call(a2, "services/billing/Main.py"), before=before).code == SLOW
    assert ask_fast(a2, write_call(a2, NEW), before=before).code == YES


@pytest.mark.parametrize(
    "name",
    ["claude-edit", "codex-apply-patch", "gemini-replace", "copilot-edit-as-text", "cursor-write", "opencode-write"],
)
def test_every_dialect_has_it(a2: Sandbox, name: str) -> None:
    dialect = name.partition("-")[0]
    done = ask_fast(a2, recorded_call(name, a2.path), dialect=dialect)
    assert (done.code, done.out) == (YES, '{"permission":"allow"}\n' if dialect == "cursor" else "")


def test_a_patch_with_one_foreign_path_is_not_its_business(a2: Sandbox) -> None:
    assert ask_fast(a2, recorded_call("codex-move-and-delete", a2.path), dialect="codex").code == SLOW


def test_a_call_that_makes_a_worktree_is_not_its_business(a2: Sandbox) -> None:
    assert ask_fast(a2, {"hook_event_name": "WorktreeCreate", "cwd": str(a2.path), "name": "x"}).code == SLOW


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"{}", b'{"tool_name":"Write"}', b"7"])
def test_what_it_cant_read_is_never_a_yes(a2: Sandbox, content: bytes) -> None:
    assert ask_fast(a2, content).code == SLOW


def test_it_says_yes_only_where_the_whole_program_would(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop", owned=OWNED, grid=TRICKY)
    a1, a2, chance = grid.desks["a1"], grid.desks["a2"], random.Random(20251126)
    assert agentgrid(a2, "lock", CACHE).code == 0
    assert agentgrid(a1, "lock", "services/common/held.py").code == 0
    (a2.path / "vendor/lib").mkdir(parents=True)
    (a2.path / "services/billing/to-orders").symlink_to("../orders")
    folders = ["services/billing/", "services/orders/", "services/common/", "vendor/", "vendor/lib/", "docs/", "",
               "services/billing/to-orders/", "services/billing/deep/er/", "SERVICES/billing/"]  # fmt: skip
    names = ["main.py", "tax.py", "cache.py", "held.py", "new.py", "Main.PY", "LICENSE", "README.md", "ö.md", "a b.md"]
    answers: list[tuple[str, bool, str | None]] = []
    for _ in range(60):
        path = chance.choice(folders) + chance.choice(names)
        answers.append((path, fast(a2, path) == YES, refusal(a2, path)))
    assert [(path, said) for path, is_yes, said in answers if is_yes and said] == []
    yes, no = sum(is_yes for _, is_yes, _ in answers), sum(said is not None for _, _, said in answers)
    assert (yes >= 8, no >= 8) == (True, True)
