"""The focus file says what its agent may do, replaces nobody's file, and is hidden without touching a tracked file."""

from pathlib import Path

import pytest

from agentgrid.config.policy import Policy, PolicyFiles, parse_policy
from agentgrid.config.presets import load_preset
from agentgrid.errors import InputError
from agentgrid.workspace.focus import hide_locally, render_focus, unhide_locally, write_focus
from support.repositories import Sandbox

GOLDEN = Path(__file__).parent / "golden"
BLOCK = b"# agentgrid: local files, begin\n/AGENT_FOCUS.md\n# agentgrid: local files, end\n"


def policy_of(preset: str) -> Policy:
    return parse_policy(load_preset(preset).files)


def focus_of(grid: str, **agents: str) -> str:
    """The focus file of the first of `agents` (id → text of its file)."""
    named = {f"config/agents/{agent}.yaml": f"id: {agent}\n{text}".encode() for agent, text in agents.items()}
    return render_focus(parse_policy(PolicyFiles(grid.encode(), named)), next(iter(agents)), "feat/x")


def test_the_whole_focus_file_of_an_agent() -> None:
    text = render_focus(policy_of("four-services"), "a2", "feat/ai/vllm__a2")
    assert text == (GOLDEN / "AGENT_FOCUS.a2.md").read_text(encoding="utf-8")


def test_the_whole_focus_file_of_an_agent_that_knows_nothing_but_its_id() -> None:
    text = focus_of("", a1="")
    assert text == (GOLDEN / "AGENT_FOCUS.bare.md").read_text(encoding="utf-8")


def test_carve_outs_approvals_and_messages_are_told_as_the_preset_duo_has_them() -> None:
    text = render_focus(policy_of("duo"), "copilot", "feature/OBS-2-project-setup__copilot")
    assert "- claude (Claude): `app/core/**`, not `app/core/queue.py`, not `app/core/worker.py`, " in text
    assert r"- Every commit message matches `^OBS-\d+ `, for example: OBS-12 " in text
    assert "- Your work needs 1 approval before it lands. Ask for it when it is committed: `agentgrid review" in text
    assert "- You may not land work. Say that it is ready; claude or a person lands it.\n" in text
    assert "Generated, never edit by hand: `/uv.lock` (`uv lock`), " in text


def test_a_service_of_another_agent_is_told_by_its_paths() -> None:
    text = render_focus(policy_of("six-roles"), "backend", "feat/api/schema__backend")
    assert "- frontend (Frontend Development Agent): `frontend/**`, `/netlify.toml`\n" in text


def test_the_owner_of_the_migrations_is_told_so() -> None:
    text = render_focus(policy_of("four-services"), "a1", "feat/core/mlflow__a1")
    assert "You decide about database migrations in `services/orchestrator/db/migrations`:" in text


def test_an_agent_that_is_alone_hears_of_no_other() -> None:
    assert "What others own" not in render_focus(policy_of("solo"), "solo", "feat/first__solo")


def test_without_automatic_leases_the_agent_is_told_to_take_one() -> None:
    grid = "common: [lib/**]\nlocks: {auto: false, until: commit}\n"
    text = focus_of(grid, a1="")
    assert "- Take a lease before the first edit: `agentgrid lock PATH`.\n" in text
    assert "- The lease is yours until you commit.\n" in text
    assert "Your first edit takes a lease" not in text


def test_stewards_alone_make_a_section_on_common_code() -> None:
    text = focus_of("", a1="", a2="owns: {common: [lib/cache.py]}")
    assert "## Common code" in text
    assert "- Ask a2 before you change `lib/cache.py`.\n" in text


@pytest.mark.parametrize(
    ("unowned", "sentence"),
    [
        ("claim", "The first agent to change a path that nobody owns holds it until its work has landed."),
        ("deny", "A path that nobody owns is refused. Ask a person to give it an owner."),
        ("warn", "A change to a path that nobody owns is let through and reported. Avoid it."),
        ("allow", "You may change a path that nobody owns."),
    ],
)
def test_unowned_paths_are_told_as_the_policy_treats_them(unowned: str, sentence: str) -> None:
    assert f"## Everything else\n\n{sentence}\n" in focus_of(f"unowned: {unowned}\n", a1="")


def test_a_focus_of_several_lines_stays_one_item() -> None:
    assert "- Focus: orders and invoices\n- Branch:" in focus_of("", a1="focus: |\n  orders\n  and invoices\n")


def test_an_unknown_agent_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        render_focus(policy_of("duo"), "copilott", "feat/x")
    assert caught.value.message == "there is no agent 'copilott' (known: claude, copilot)"


def test_a_focus_file_is_written_once_and_again_when_it_changed(tmp_path: Path) -> None:
    first, second = (render_focus(policy_of("duo"), "claude", branch) for branch in ("feature/1", "feature/2"))
    assert [write_focus(tmp_path, text, tracked=False) for text in (first, first, second)] == [True, False, True]
    assert (tmp_path / "AGENT_FOCUS.md").read_text(encoding="utf-8") == second
    assert [path.name for path in tmp_path.iterdir()] == ["AGENT_FOCUS.md"]


def test_a_focus_file_that_git_tracks_is_left_alone(tmp_path: Path) -> None:
    text = render_focus(policy_of("duo"), "claude", "feature/1")
    write_focus(tmp_path, text, tracked=False)
    assert not write_focus(tmp_path, text + "more\n", tracked=True)
    assert (tmp_path / "AGENT_FOCUS.md").read_text(encoding="utf-8") == text


def test_somebody_elses_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "AGENT_FOCUS.md").write_text("my own notes\n")
    assert not write_focus(tmp_path, render_focus(policy_of("duo"), "claude", "feature/1"), tracked=False)
    assert (tmp_path / "AGENT_FOCUS.md").read_text() == "my own notes\n"


def test_hidden_files_are_out_of_gits_sight_in_every_worktree_and_no_file_is_tracked(
    repo: Sandbox, tmp_path: Path
) -> None:
    linked = repo.worktree(tmp_path / "wt a1", "feat/a1")
    linked.write("AGENT_FOCUS.md", "focus\n")
    assert linked.status() == "?? AGENT_FOCUS.md"
    assert hide_locally(repo.path / ".git", ["/AGENT_FOCUS.md"])
    assert linked.status() == ""
    assert repo.status() == ""


def test_files_that_are_no_longer_hidden_are_seen_again(repo: Sandbox) -> None:
    repo.write("AGENT_FOCUS.md", "focus\n")
    hide_locally(repo.path / ".git", ["/AGENT_FOCUS.md"])
    assert unhide_locally(repo.path / ".git")
    assert repo.status() == "?? AGENT_FOCUS.md"


def test_a_persons_own_line_wins_over_the_block(repo: Sandbox) -> None:
    repo.write("AGENT_FOCUS.md", "focus\n")
    repo.write(".git/info/exclude", "!AGENT_FOCUS.md\n")
    hide_locally(repo.path / ".git", ["/AGENT_FOCUS.md"])
    assert repo.status() == "?? AGENT_FOCUS.md"


OTHERS_LINES = [
    b"",
    b"# git ls-files --others\n*.log\n",
    b"*.log\n\nno-newline-at-the-end",
    b"*.log\r\n*.tmp\r\n",
    b"\xef\xbb\xbf*.log\n",
    b"\xff\xfe not text\n",
    b"# agentgrid: local files, begin\nnever ended\n",
    b"# agentgrid: local files, end\n*.log\n",
]


@pytest.mark.parametrize("before", OTHERS_LINES)
def test_hiding_and_unhiding_gives_the_file_back_byte_for_byte(tmp_path: Path, before: bytes) -> None:
    exclude = tmp_path / "info" / "exclude"
    exclude.parent.mkdir()
    exclude.write_bytes(before)
    assert hide_locally(tmp_path, ["/AGENT_FOCUS.md"])
    assert exclude.read_bytes() != before
    assert unhide_locally(tmp_path)
    assert exclude.read_bytes() == before


@pytest.mark.parametrize("before", OTHERS_LINES)
def test_hiding_twice_changes_the_file_once(tmp_path: Path, before: bytes) -> None:
    exclude = tmp_path / "info" / "exclude"
    exclude.parent.mkdir()
    exclude.write_bytes(before)
    assert hide_locally(tmp_path, ["/AGENT_FOCUS.md"])
    once = exclude.read_bytes()
    assert not hide_locally(tmp_path, ["/AGENT_FOCUS.md"])
    assert exclude.read_bytes() == once


def test_hiding_makes_a_missing_file_with_the_block_alone(tmp_path: Path) -> None:
    assert hide_locally(tmp_path, ["/AGENT_FOCUS.md"])
    assert (tmp_path / "info" / "exclude").read_bytes() == BLOCK


def test_other_patterns_replace_the_block(tmp_path: Path) -> None:
    hide_locally(tmp_path, ["/.env.agent", "/AGENT_FOCUS.md"])
    assert hide_locally(tmp_path, ["/AGENT_FOCUS.md"])
    assert (tmp_path / "info" / "exclude").read_bytes() == BLOCK


def test_a_byte_order_mark_stays_where_git_reads_it(repo: Sandbox) -> None:
    (repo.path / ".git" / "info" / "exclude").write_bytes(b"\xef\xbb\xbf*.log\n")
    hide_locally(repo.path / ".git", ["/AGENT_FOCUS.md"])
    for name in ("AGENT_FOCUS.md", "run.log"):
        repo.write(name, "x\n")
    assert repo.status() == ""


def test_unhiding_what_was_never_hidden_changes_nothing(tmp_path: Path) -> None:
    assert not unhide_locally(tmp_path)
    assert not (tmp_path / "info").exists()


def test_the_exclude_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    shared = tmp_path / "shared-exclude"
    shared.write_bytes(b"*.log\n")
    shared.chmod(0o600)
    exclude = tmp_path / "info" / "exclude"
    exclude.parent.mkdir()
    exclude.symlink_to(shared)
    hide_locally(tmp_path, ["/AGENT_FOCUS.md"])
    assert exclude.is_symlink()
    assert shared.read_bytes() == BLOCK + b"*.log\n"
    assert shared.stat().st_mode & 0o777 == 0o600
