"""The guard, attacked with real commits: what an agent may not change doesn't get in, and nobody else is hindered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.grids import (
    BILLING,
    FILES,
    GRID,
    ORDERS,
    OWNED,
    GridSandbox,
    admin_dir_of,
    attempt,
    equip_grid,
    make_grid,
    policy_files,
    remove_guard,
    try_commit,
    was_fast,
)
from support.repositories import Sandbox, create_repository

REFUSAL = (
    "agentgrid: refused: a2 may not make this commit\n"
    "  error: services/orders/main.py belongs to a1 by `services/orders/**` at config/agents/a1.yaml:4"
    " [ownership.foreign]\n"
)


def test_a_foreign_file_is_refused_with_its_owner_and_the_rules_place(a2: Sandbox) -> None:
    before = a2.oid()
    refused = try_commit(a2, ORDERS)
    assert (refused.code, refused.verdict, a2.oid()) == (1, REFUSAL, before)
    assert refused.said.removeprefix(REFUSAL).startswith("hint: leave the change to a1, or ask it or a person for: ")


def test_without_the_guard_the_same_commit_goes_through(a2: Sandbox) -> None:
    remove_guard(a2)
    assert try_commit(a2, ORDERS).code == 0


def test_without_the_section_in_the_configuration_it_goes_through(grid: GridSandbox, a2: Sandbox) -> None:
    section = f"includeIf.gitdir:./worktrees/{admin_dir_of(a2).name}"
    grid.main.git("config", "--local", "--remove-section", section)
    assert try_commit(a2, ORDERS).code == 0


def test_an_agents_own_common_and_unowned_files_pass_without_a_word(a2: Sandbox) -> None:
    done = try_commit(a2, BILLING, "services/billing/new.py", "services/common/cache.py", "notes.md")
    assert (done.code, done.said) == (0, "")


def test_one_foreign_file_among_own_ones_is_refused(a2: Sandbox) -> None:
    assert try_commit(a2, BILLING, ORDERS).verdict == REFUSAL


def test_a_frozen_file_is_refused_to_every_agent(a2: Sandbox) -> None:
    assert "LICENSE is frozen for every agent by `/LICENSE` at agentgrid.yaml:4" in try_commit(a2, "LICENSE").said


def test_deleting_and_renaming_a_foreign_file_are_refused(a2: Sandbox) -> None:
    a2.git("rm", "--quiet", ORDERS)
    assert attempt(a2, "commit", "-m", "Delete").verdict == REFUSAL
    a2.git("reset", "--quiet", "--hard")
    a2.git("mv", ORDERS, "services/billing/taken.py")
    assert attempt(a2, "commit", "-m", "Rename").verdict == REFUSAL


def test_a_mode_change_of_a_foreign_file_is_refused(a2: Sandbox) -> None:
    a2.git("update-index", "--chmod=+x", ORDERS)
    assert attempt(a2, "commit", "-m", "Mode").verdict == REFUSAL


def test_a_link_to_a_foreign_file_is_refused(a2: Sandbox) -> None:
    (a2.path / "services/billing/link.py").symlink_to("../orders/main.py")
    a2.git("add", "--all")
    refused = attempt(a2, "commit", "-m", "Link")
    assert refused.code == 1
    assert "the link services/billing/link.py leads there: belongs to a1" in refused.said


def test_a_person_in_the_main_worktree_is_not_hindered(grid: GridSandbox) -> None:
    done = try_commit(grid.main, ORDERS, BILLING, "LICENSE")
    assert (done.code, done.said) == (0, "")


def test_a_person_in_a_worktree_of_their_own_is_not_hindered(grid: GridSandbox, tmp_path: Path) -> None:
    own = grid.main.worktree(tmp_path / "own", "mine")
    assert try_commit(own, ORDERS).code == 0


@pytest.mark.parametrize(
    "arguments",
    [("-a",), ("--", ORDERS), ("--include", "--", ORDERS)],
)
def test_every_way_to_name_what_is_committed_is_guarded(a2: Sandbox, arguments: tuple[str, ...]) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    assert attempt(a2, "commit", "-m", "Work", *arguments).verdict == REFUSAL


def test_a_partial_commit_of_own_paths_passes_while_a_foreign_one_is_staged(a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    a2.git("add", ORDERS)
    a2.write(BILLING, "CHANGED = True\n")
    assert attempt(a2, "commit", "--quiet", "-m", "Work", "--", BILLING).code == 0
    assert attempt(a2, "commit", "--quiet", "-m", "The rest").verdict == REFUSAL


def test_only_what_is_staged_counts(a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    done = try_commit(a2, BILLING)
    assert (done.code, a2.status()) == (0, f" M {ORDERS}")


def test_partly_staged_foreign_lines_are_refused_though_the_file_was_put_back(a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    a2.git("add", ORDERS)
    a2.write(ORDERS, FILES[ORDERS])
    assert attempt(a2, "commit", "-m", "Work").verdict == REFUSAL


def test_an_amended_commit_is_guarded(a2: Sandbox) -> None:
    assert try_commit(a2, BILLING).code == 0
    a2.write(ORDERS, "CHANGED = True\n")
    assert attempt(a2, "commit", "--amend", "--no-edit", "-a").verdict == REFUSAL


def test_a_commit_from_a_subdirectory_is_guarded(a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    assert attempt(a2, "commit", "-m", "Work", "main.py", cwd="services/orders").verdict == REFUSAL
    a2.write(BILLING, "CHANGED = True\n")
    assert attempt(a2, "commit", "--quiet", "-m", "Work", "main.py", cwd="services/billing").code == 0


def test_a_commit_from_elsewhere_is_guarded(grid: GridSandbox, a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    assert attempt(grid.main, "-C", a2.path, "commit", "-a", "-m", "Work").verdict == REFUSAL


def test_git_dir_and_work_tree_in_the_environment_change_nothing(grid: GridSandbox, a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    there = {"GIT_DIR": str(admin_dir_of(a2)), "GIT_WORK_TREE": str(a2.path)}
    assert attempt(grid.main, "commit", "-a", "-m", "Work", env=there).verdict == REFUSAL
    a2.write(ORDERS, FILES[ORDERS])
    a2.write(BILLING, "CHANGED = True\n")
    assert attempt(grid.main, "commit", "--quiet", "-a", "-m", "Work", env=there).code == 0
    assert grid.main.status() == ""


def test_an_index_file_of_ones_own_is_what_is_judged(a2: Sandbox, tmp_path: Path) -> None:
    other = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    a2.git("read-tree", "HEAD", env=other)
    a2.write(ORDERS, "CHANGED = True\n")
    a2.git("add", ORDERS, env=other)
    assert attempt(a2, "commit", "-m", "Work", env=other).verdict == REFUSAL


def test_the_environment_cant_take_another_identity(a2: Sandbox) -> None:
    variables = ("AGENT_ID", "AGENTGRID_AGENT", "GIT_AUTHOR_NAME", "GITHUB_HEAD_REF", "agent", "name")
    assert try_commit(a2, ORDERS, env=dict.fromkeys(variables, "a1")).verdict == REFUSAL


def test_the_environment_cant_name_another_desk(grid: GridSandbox, a2: Sandbox) -> None:
    other = admin_dir_of(grid.desks["a1"])
    there = {
        "desk": str(other),
        "admin": str(other),
        "common": str(other),
        "python": "true",
        "hooks": "/",
        "known": "1",
    }
    assert try_commit(a2, ORDERS, env=there).verdict == REFUSAL


def test_a_merge_head_in_the_environment_excuses_nothing(grid: GridSandbox, a2: Sandbox) -> None:
    grid.desks["a1"].commit("Orders", **{ORDERS: "THEIRS = 1\n"})
    variable = f"GITHEAD_{grid.desks['a1'].oid()}"
    assert try_commit(a2, ORDERS, env={variable: "x"}).verdict == REFUSAL


def test_a_policy_edited_in_the_agents_own_worktree_changes_nothing(a2: Sandbox) -> None:
    for path, text in policy_files({"a1": "services/none/**", "a2": "services/**"}).items():
        a2.write(path, text)
    assert try_commit(a2, "agentgrid.yaml", ORDERS).verdict == REFUSAL


def test_a_place_with_unusual_characters_is_guarded(tmp_path: Path) -> None:
    name = "it's größe $HOME `id` \\ [a]*?"
    text = GRID.replace('"../wt-{agent}"', f"'../{{agent}} {name.replace(chr(39), chr(39) * 2)}'")
    a2 = make_grid(tmp_path / name / "shop", grid=text).desks["a2"]
    assert try_commit(a2, ORDERS).verdict == REFUSAL
    a2.git("reset", "--quiet", "--hard")
    done = try_commit(a2, BILLING)
    assert (done.code, done.said, was_fast(a2, tmp_path / "trace")) == (0, "", True)


def test_paths_with_unusual_characters_are_judged_by_their_bytes(a2: Sandbox) -> None:
    assert try_commit(a2, 'services/billing/größe "x".py', "services/billing/new\nline.py").code == 0
    assert try_commit(a2, "services/orders/größe.py").code == 1


def test_merging_the_base_passes_whatever_it_brings(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert try_commit(a2, BILLING).code == 0
    done = attempt(a2, "merge", "--quiet", "--no-edit", "main")
    assert (done.code, done.said, a2.read(ORDERS)) == (0, "", "LANDED = 1\n")


@pytest.mark.parametrize("way", [("--no-edit",), ("--no-commit",)])
def test_merging_an_older_commit_of_the_base_passes_though_the_base_moved_on(
    grid: GridSandbox, a2: Sandbox, way: tuple[str, ...]
) -> None:
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    grid.main.commit("Landed again", **{ORDERS: "LANDED = 2\n"})
    assert try_commit(a2, BILLING).code == 0
    a2.git("merge", *way, "main~1")
    assert attempt(a2, "commit", "--quiet", "--allow-empty", "--no-edit", "-m", "Merged").code == 0


def test_merging_a_siblings_work_is_refused(grid: GridSandbox, a2: Sandbox) -> None:
    a1 = grid.desks["a1"]
    assert (try_commit(a1, ORDERS).code, try_commit(a2, BILLING).code) == (0, 0)
    before = a2.oid()
    refused = attempt(a2, "merge", "--no-edit", a1.oid())
    assert (refused.code != 0, REFUSAL.replace("commit", "merge", 1) in refused.said, a2.oid()) == (True, True, before)
    a2.git("merge", "--abort")
    remove_guard(a2)
    assert attempt(a2, "merge", "--no-edit", a1.oid()).code == 0


def test_a_merge_that_is_committed_later_is_refused_too(grid: GridSandbox, a2: Sandbox) -> None:
    a1 = grid.desks["a1"]
    assert (try_commit(a1, ORDERS).code, try_commit(a2, BILLING).code) == (0, 0)
    a2.git("merge", "--no-commit", a1.oid())
    assert attempt(a2, "commit", "--no-edit").verdict == REFUSAL


def test_a_foreign_change_slipped_into_a_merge_of_the_base_is_refused(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert try_commit(a2, BILLING).code == 0
    a2.git("merge", "--no-commit", "main")
    a2.write(ORDERS, "EVIL = 1\n")
    assert attempt(a2, "commit", "-a", "--no-edit").verdict == REFUSAL


def test_resolving_a_conflict_in_ones_own_file_passes_and_in_a_foreign_one_is_refused(
    grid: GridSandbox, a2: Sandbox
) -> None:
    grid.main.commit("Landed", **{BILLING: "LANDED = 1\n", ORDERS: "LANDED = 1\n"})
    assert try_commit(a2, BILLING).code == 0
    a2.git("merge", "main", accept=(1,))
    a2.write(BILLING, "BOTH = 1\n")
    a2.write(ORDERS, "SLIPPED = 1\n")
    assert attempt(a2, "commit", "-a", "--no-edit").verdict == REFUSAL
    a2.git("checkout", "main", "--", ORDERS)
    assert attempt(a2, "commit", "--quiet", "-a", "--no-edit").code == 0


def test_what_slipped_past_all_hooks_is_refused_at_the_next_commit(a2: Sandbox) -> None:
    a2.write(ORDERS, "CHANGED = True\n")
    past = ("-c", f"core.hooksPath={os.devnull}")
    assert attempt(a2, *past, "commit", "--quiet", "-a", "-m", "Slip").code == 0
    assert try_commit(a2, BILLING).verdict == REFUSAL
    a2.git("reset", "--quiet", "--hard")
    a2.write(ORDERS, FILES[ORDERS])
    assert attempt(a2, "commit", "--quiet", "-a", "-m", "Put it back").code == 0


def test_an_agent_on_the_base_branch_is_refused_whatever_it_changes(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.switch("elsewhere")
    a2.git("switch", "--quiet", "main")
    refused = try_commit(a2, BILLING)
    assert refused.code == 1
    assert "an agent may not commit on main: the base moves only when work lands [permission.base]" in refused.said


def test_a_detached_head_is_guarded(a2: Sandbox) -> None:
    a2.git("switch", "--quiet", "--detach")
    assert try_commit(a2, ORDERS).verdict == REFUSAL
    a2.git("reset", "--quiet", "--hard")
    assert try_commit(a2, BILLING).code == 0


def test_an_orphan_branch_is_charged_with_what_it_has(a2: Sandbox) -> None:
    a2.git("switch", "--quiet", "--orphan", "fresh")
    assert try_commit(a2, BILLING).code == 0
    assert try_commit(a2, ORDERS).verdict == REFUSAL
    a2.git("checkout", "--quiet", "-f", "main", "--", ORDERS)  # what the base has is nobody's change
    assert try_commit(a2, BILLING).code == 0


def test_before_the_policy_is_committed_the_main_worktrees_copy_counts(tmp_path: Path) -> None:
    main = create_repository(tmp_path / "shop", **FILES)
    for path, text in policy_files(OWNED).items():
        main.write(path, text)
    a2 = equip_grid(main, *OWNED).desks["a2"]
    assert (try_commit(a2, BILLING).code, was_fast(a2, tmp_path / "trace")) == (0, True)
    assert try_commit(a2, ORDERS).verdict == REFUSAL
    main.write("config/agents/a2.yaml", "id: a2\nowns:\n  critical: [services/orders/**, services/billing/**]\n")
    main.write("config/agents/a1.yaml", "id: a1\n")
    assert attempt(a2, "commit", "--quiet", "-m", "Mine now").code == 0


def test_a_grid_without_any_policy_refuses_agents(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("rm", "--quiet", "-r", "agentgrid.yaml", "config")
    grid.main.commit("No grid any more")
    refused = try_commit(a2, BILLING)
    assert refused.code == 1
    assert refused.said.splitlines()[0] == "agentgrid: refused: no grid here: main has no agentgrid.yaml"
    assert try_commit(grid.main, ORDERS).code == 0


def test_a_broken_policy_refuses_agents_in_one_line_and_no_person(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Break it", **{"agentgrid.yaml": "version: 1\ncomon: [x/**]\n"})
    refused = try_commit(a2, BILLING)
    first, *rest = refused.said.splitlines()
    assert first.startswith("agentgrid: refused: agentgrid.yaml:2: comon: unknown key (accepted: ")
    assert (refused.code, [line.split(":")[0] for line in rest]) == (1, ["hint"])
    assert try_commit(grid.main, ORDERS).code == 0


def test_an_agent_that_the_policy_no_longer_has_is_refused(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.git("rm", "--quiet", "config/agents/a2.yaml")
    grid.main.commit("Without a2")
    refused = try_commit(a2, BILLING)
    assert (refused.code, "the policy in force has no agent 'a2'" in refused.said) == (1, True)


def test_a_guard_that_fails_refuses_in_two_lines_and_leaves_a_crash_log(a2: Sandbox, hermetic: Path) -> None:
    (admin_dir_of(a2) / "MERGE_HEAD").write_bytes(b"\xff\n")  # the guard reads ASCII here
    a2.write(BILLING, "CHANGED = True\n")
    a2.git("add", BILLING)
    refused = attempt(a2, "hook", "run", "pre-commit")
    first, hint = refused.said.splitlines()
    assert first.startswith("agentgrid: refused: the guard failed (UnicodeDecodeError: 'ascii' codec can't decode")
    log = Path(hint.removeprefix("hint: this is a bug; the details are in "))
    assert (refused.code, log.is_relative_to(hermetic), "Traceback" in log.read_text()) == (70, True, True)


def test_a_crash_log_that_cant_be_written_changes_nothing_about_the_refusal(a2: Sandbox, tmp_path: Path) -> None:
    (admin_dir_of(a2) / "MERGE_HEAD").write_bytes(b"\xff\n")
    nowhere = {"XDG_STATE_HOME": os.devnull, "TMPDIR": str(tmp_path / "gone")}
    refused = attempt(a2, "hook", "run", "pre-commit", env=nowhere)
    assert (refused.code, len(refused.said.splitlines())) == (70, 2)
    assert "Traceback" not in refused.said


def test_an_unknown_hook_is_told_which_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agentgrid", "hook", "post-comit"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("agentgrid: unknown hook 'post-comit' (accepted: pre-commit, pre-merge-commit, ")
