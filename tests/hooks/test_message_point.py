"""Agents' commits say whose they are, whatever way git makes them; a message in another form than asked is refused."""

import subprocess
from pathlib import Path

import pytest

from agentgrid.boundaries.messages.lock_evidence import read_evidence
from support.grids import BILLING, GRID, ORDERS, GridSandbox, admin_dir_of, attempt, make_grid, try_commit
from support.repositories import Sandbox

COMMON = "services/common/cache.py"
FORM = GRID + 'commits: {pattern: "^[A-Z]+-\\\\d+ ", example: OBS-12 add cache}\n'
TEMPLATE = "Subject:\n\nWhy: \n"


def message(desk: Sandbox, revision: str = "HEAD") -> str:
    return desk.git("log", "-1", "--format=%B", revision).rstrip("\n") + "\n"


def trailers(desk: Sandbox, revision: str = "HEAD") -> list[str]:
    """As git itself reads them."""
    return desk.git("log", "-1", "--format=%(trailers:only,unfold)", revision).splitlines()


def messages(desk: Sandbox, since: str) -> list[str]:
    listed = desk.git("log", "-z", "--reverse", "--format=%B", f"{since}..HEAD").split("\0")
    return [each.rstrip("\n") + "\n" for each in listed if each]


def change(desk: Sandbox, path: str = BILLING, text: str = "CHANGED = 1\n") -> None:
    desk.write(path, text)
    desk.git("add", "--", path)


def editor(tmp_path: Path, script: str) -> dict[str, str]:
    """An editor that is a piece of shell; the file to edit is "$1"."""
    file = tmp_path / "editor"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return {"GIT_EDITOR": str(file)}


def in_front(tmp_path: Path, text: str) -> dict[str, str]:
    """An editor that puts `text` in front of what is there."""
    (tmp_path / "text").write_text(text)
    return editor(tmp_path, f'cat "$1" >"{tmp_path}/rest"; cat "{tmp_path}/text" "{tmp_path}/rest" >"$1"')


def commit(desk: Sandbox, *arguments: str | Path, env: dict[str, str] | None = None) -> None:
    done = attempt(desk, "commit", "--quiet", *arguments, env=env)
    assert (done.code, done.said) == (0, ""), done


def commit_each(desk: Sandbox, *subjects: str) -> None:
    for subject in subjects:
        change(desk, f"services/billing/{subject.split()[-1]}.py", f"# {subject}\n")
        commit(desk, "-m", subject)


def starts(trace: Path) -> tuple[int, int]:
    """How often a message hook started the fast guard, and any hook the whole program."""
    said = trace.read_text(encoding="utf-8", errors="replace") if trace.exists() else ""
    fast = sum("diff-index --cached --raw" in line and "--merge-base" not in line for line in said.splitlines())
    return fast, said.count("rev-parse --path-format=absolute")


# Every way to make a commit


@pytest.mark.parametrize("arguments", [(), ("--no-verify",), ("--cleanup=verbatim",), ("--cleanup=strip",), ("-v",)])
def test_a_message_on_the_command_line_is_stamped(a2: Sandbox, arguments: tuple[str, ...]) -> None:
    change(a2)
    commit(a2, "-m", "Fix: it", *arguments)
    assert (message(a2), trailers(a2)) == ("Fix: it\n\nAgent: a2\n", ["Agent: a2"])


def test_without_the_message_hooks_there_is_no_trailer(a2: Sandbox) -> None:
    change(a2)
    assert attempt(a2, "-c", "core.hooksPath=/dev/null", "commit", "-m", "Fix: it").code == 0
    assert message(a2) == "Fix: it\n"


def test_a_message_from_a_file_is_stamped_though_its_last_line_has_no_end(a2: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "message").write_text("Subject\n\nBody.\n\nSigned-off-by: A <a@b.c>\nChange-Id: I1")
    change(a2)
    commit(a2, "-F", tmp_path / "message")
    assert trailers(a2) == ["Signed-off-by: A <a@b.c>", "Change-Id: I1", "Agent: a2"]


@pytest.mark.parametrize(
    "arguments",
    [(), ("-v",), ("-s",), ("--cleanup=scissors",), ("-v", "--cleanup=scissors"), ("--cleanup=strip",), ("--status",)],
)
def test_a_message_from_an_editor_is_stamped(a2: Sandbox, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    change(a2)
    commit(a2, *arguments, env=in_front(tmp_path, "Subject\n\nBody: text\nof two lines\n"))
    wanted = ["Signed-off-by: Test Person <person@example.invalid>"] if "-s" in arguments else []
    assert message(a2).startswith("Subject\n\nBody: text\nof two lines\n\n")
    assert (trailers(a2)[-1], trailers(a2)[:-1]) == ("Agent: a2", [] if not wanted else trailers(a2)[:-1])
    assert "diff --git" not in message(a2)


@pytest.mark.parametrize("arguments", [(), ("-v",), ("-s",), ("--no-verify",), ("--cleanup=scissors", "-v")])
def test_an_empty_message_still_aborts_the_commit(a2: Sandbox, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    change(a2)
    before = a2.oid()
    refused = attempt(a2, "commit", *arguments, env=editor(tmp_path, ":"))
    assert (refused.code, "empty commit message" in refused.said, a2.oid()) == (1, True, before)


@pytest.mark.parametrize("status", ["--status", "--no-status"])
def test_a_message_that_is_deleted_in_the_editor_aborts_the_commit_though_it_was_stamped(
    a2: Sandbox, tmp_path: Path, status: str
) -> None:
    change(a2)
    kept = editor(tmp_path, 'sed -i.old "/^Subject/d" "$1"')  # what is left is the trailer alone
    refused = attempt(a2, "commit", status, "-e", "-m", "Subject", env=kept)
    assert (refused.code, "empty commit message" in refused.said) == (1, True)
    assert attempt(a2, "commit", "-m", "").code == 1


def test_a_template_that_nobody_edits_aborts_the_commit_and_an_edited_one_is_stamped(
    a2: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "template").write_text(TEMPLATE)
    change(a2)
    for more in ((), ("-s",), ("-v",)):
        refused = attempt(a2, "commit", "-t", tmp_path / "template", *more, env=editor(tmp_path, ":"))
        assert (refused.code, "you did not edit the message" in refused.said) == (1, True), refused
    commit(a2, "-t", tmp_path / "template", env=in_front(tmp_path, "Words\n\n"))
    assert (message(a2).startswith("Words\n\nSubject:"), trailers(a2)[-1]) == (True, "Agent: a2")
    change(a2, text="AGAIN = 1\n")
    commit(a2, "-m", "Without a template")
    assert message(a2) == "Without a template\n\nAgent: a2\n"


def test_amending_replaces_the_trailer(a2: Sandbox, tmp_path: Path) -> None:
    change(a2)
    commit(a2, "-m", "Subject")
    for arguments in (("--no-edit",), ("-m", "Subject"), ("-C", "HEAD"), ("--no-edit", "--no-verify")):
        commit(a2, "--amend", "--allow-empty", *arguments)
        assert message(a2) == "Subject\n\nAgent: a2\n"
    commit(a2, "--amend", env=in_front(tmp_path, "Better\n\nand longer: "))
    assert message(a2) == "Better\n\nand longer: Subject\n\nAgent: a2\n"


def test_the_message_of_another_agents_commit_is_taken_over_under_ones_own_name(grid: GridSandbox, a2: Sandbox) -> None:
    a1 = grid.desks["a1"]
    change(a1, ORDERS)
    commit(a1, "-m", "Subject\n\nAgent: a2\nChange-Id: I1")
    assert message(a1) == "Subject\n\nChange-Id: I1\nAgent: a1\n"
    change(a2)
    commit(a2, "-C", a1.oid())
    assert message(a2) == "Subject\n\nChange-Id: I1\nAgent: a2\n"
    change(a2, text="AGAIN = 1\n")
    commit(a2, "-c", a1.oid(), env={"GIT_EDITOR": "true"})
    assert message(a2) == "Subject\n\nChange-Id: I1\nAgent: a2\n"


def test_merges_are_stamped(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{BILLING: "LANDED = 1\n", ORDERS: "LANDED = 1\n"})
    change(a2, "services/billing/new.py")
    commit(a2, "-m", "Work")
    assert attempt(a2, "merge", "--quiet", "--no-edit", "main").code == 0
    assert message(a2) == f"Merge branch 'main' into {a2.git('branch', '--show-current')}\n\nAgent: a2\n"


def test_a_merge_with_conflicts_is_stamped_above_the_list_of_them(grid: GridSandbox, a2: Sandbox) -> None:
    grid.main.commit("Landed", **{BILLING: "LANDED = 1\n"})
    assert try_commit(a2, BILLING).code == 0
    a2.git("merge", "main", accept=(1,))
    change(a2)
    commit(a2, "--no-edit")
    assert trailers(a2) == ["Agent: a2"]


def test_cherry_picks_are_stamped_with_who_picks(grid: GridSandbox, a2: Sandbox, tmp_path: Path) -> None:
    a1 = grid.desks["a1"]
    a2.git("branch", "-f", "start", "HEAD")
    commit_each(a2, "Add one", "Add two")
    start = a2.oid("start")
    mine = a2.git("rev-list", "--reverse", "start..HEAD").split()
    a1.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "-m", "Theirs\n\nAgent: a1")
    a2.git("reset", "--quiet", "--hard", start)
    assert attempt(a2, "cherry-pick", *mine).code == 0
    assert attempt(a2, "cherry-pick", "-x", "--allow-empty", a1.oid()).code == 0
    picked = f"(cherry picked from commit {a1.oid()})"
    assert messages(a2, start) == [
        "Add one\n\nAgent: a2\n", "Add two\n\nAgent: a2\n", f"Theirs\n\n{picked}\nAgent: a2\n",
    ]  # fmt: skip


def test_a_cherry_pick_that_is_continued_after_a_conflict_is_stamped(a2: Sandbox) -> None:
    start = a2.oid()
    change(a2)
    commit(a2, "-m", "One")
    picked = a2.oid()
    a2.git("reset", "--quiet", "--hard", start)
    change(a2, text="OTHER = 1\n")
    commit(a2, "-m", "Other")
    a2.git("cherry-pick", picked, accept=(1,))
    change(a2, text="BOTH = 1\n")
    assert attempt(a2, "cherry-pick", "--continue", env={"GIT_EDITOR": "true"}).code == 0
    assert message(a2) == "One\n\nAgent: a2\n"


def test_a_revert_is_stamped(a2: Sandbox) -> None:
    commit_each(a2, "Add one")
    assert attempt(a2, "revert", "--no-edit", "HEAD").code == 0
    assert (message(a2).splitlines()[0], trailers(a2)) == ('Revert "Add one"', ["Agent: a2"])


def test_a_squash_merge_is_stamped_once(a2: Sandbox) -> None:
    branch = a2.git("branch", "--show-current")
    start = a2.oid()
    commit_each(a2, "Add one", "Add two")
    tip = a2.oid()
    a2.git("reset", "--quiet", "--hard", start)
    a2.git("merge", "--quiet", "--squash", tip)
    commit(a2, env={"GIT_EDITOR": "true"})
    assert (trailers(a2), a2.git("branch", "--show-current")) == (["Agent: a2"], branch)
    assert message(a2).startswith("Squashed commit of the following:\n")


@pytest.mark.parametrize("backend", ["--merge", "--apply"])
def test_a_rebase_of_twenty_commits_stacks_nothing_and_starts_no_interpreter_for_each(
    grid: GridSandbox, a2: Sandbox, tmp_path: Path, backend: str
) -> None:
    subjects = [f"Add n{number}" for number in range(20)]
    for subject in subjects:
        a2.commit(f"{subject}\n\nAgent: a2", **{f"services/billing/{subject.split()[-1]}.py": "x\n"})
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    trace = tmp_path / "trace"
    done = attempt(a2, "rebase", "--quiet", backend, "main", env={"GIT_TRACE": str(trace)})
    assert done.code == 0, done
    assert messages(a2, "main") == [f"{subject}\n\nAgent: a2\n" for subject in subjects]
    fast, whole = starts(trace)
    assert fast == 0
    assert whole <= 3


def test_a_rebase_stamps_what_had_no_trailer_or_anothers(grid: GridSandbox, a2: Sandbox) -> None:
    a2.commit("Bare", **{BILLING: "BARE = 1\n"})
    a2.commit("Theirs\n\nAgent: a1", **{BILLING: "THEIRS = 1\n"})
    a2.commit("Mine\n\nAgent: a1\n\nis text here\n\nAgent: a2", **{BILLING: "MINE = 1\n"})
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert attempt(a2, "rebase", "--quiet", "main").code == 0
    bare, theirs, mine = messages(a2, "main")
    assert (bare, theirs) == ("Bare\n\nAgent: a2\n", "Theirs\n\nAgent: a2\n")
    assert mine == "Mine\n\nis text here\n\nAgent: a2\n"


def test_rewording_squashing_and_fixups_stack_nothing(a2: Sandbox) -> None:
    start = a2.oid()
    commit_each(a2, "Add one", "squash! Add one", "fixup! Add one", "Add two", "fixup! Add two", "Add three")
    quick = {"GIT_EDITOR": "true", "GIT_SEQUENCE_EDITOR": "sed -i.old 's/^pick \\(.*three\\)/reword \\1/'"}
    done = attempt(a2, "rebase", "--quiet", "-i", "--autosquash", start, env=quick)
    assert done.code == 0, done
    one, two, three = messages(a2, start)
    assert (two, three) == ("Add two\n\nAgent: a2\n", "Add three\n\nAgent: a2\n")
    assert (one.count("Agent: a2"), one.endswith("\n\nAgent: a2\n")) == (1, True)


def test_am_runs_neither_hook_and_says_what_the_patch_says(a2: Sandbox, tmp_path: Path) -> None:
    commit_each(a2, "Add one")
    patch = a2.git("format-patch", "-1", "--stdout") + "\n"
    a2.git("reset", "--quiet", "--hard", "HEAD~1")
    assert attempt(a2, "am", "--quiet", stdin=patch).code == 0
    assert message(a2) == "Add one\n\nAgent: a2\n"


# Settings that a repository may have


@pytest.mark.parametrize(
    "settings",
    [
        {"core.commentChar": ";"},
        {"core.commentChar": "auto"},
        {"commit.cleanup": "scissors"},
        {"commit.verbose": "true"},
        {"trailer.ifexists": "addIfDifferent", "trailer.where": "start", "trailer.separators": "="},
        {"trailer.agent.key": "Robot", "trailer.agent.ifmissing": "doNothing"},
    ],
    ids=str,
)
def test_it_is_stamped_the_same_under_any_settings(a2: Sandbox, tmp_path: Path, settings: dict[str, str]) -> None:
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    change(a2)
    assert attempt(a2, *options, "commit", "-m", "# Subject\n\n| text").code == 0
    assert message(a2) == "# Subject\n\n| text\n\nAgent: a2\n"
    change(a2, text="AGAIN = 1\n")
    write = in_front(tmp_path, "Subject\n")
    assert attempt(a2, *options, "commit", env=write).code == 0
    assert message(a2) == "Subject\n\nAgent: a2\n"
    change(a2, text="ONCE MORE = 1\n")
    refused = attempt(a2, *options, "commit", env=editor(tmp_path, ":"))
    assert (refused.code, "empty commit message" in refused.said) == (1, True)


def test_other_encodings_and_line_ends_keep_their_bytes(a2: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "message").write_bytes(b"Gr\xf6\xdfe\r\n\r\nSigned-off-by: M\xfcller\r\n")
    change(a2)
    attempt(a2, "-c", "i18n.commitEncoding=ISO-8859-1", "commit", "--cleanup=verbatim", "-F", tmp_path / "message")
    raw = subprocess.run(["git", "cat-file", "commit", "HEAD"], cwd=a2.path, capture_output=True, check=True).stdout
    assert raw.partition(b"\n\n")[2] == b"Gr\xf6\xdfe\r\n\r\nSigned-off-by: M\xfcller\r\nAgent: a2\n"


def test_the_repositorys_own_hooks_see_the_stamped_message_and_what_they_add_stays(
    grid: GridSandbox, a2: Sandbox, tmp_path: Path
) -> None:
    for name, line in (("prepare-commit-msg", "Prepared: yes"), ("commit-msg", "Change-Id: I1")):
        hook = grid.main.write(
            f".git/hooks/{name}", f'#!/bin/sh\ncat "$1" >"{tmp_path}/{name}"\necho "{line}" >>"$1"\n'
        )
        hook.chmod(0o755)
    change(a2)
    commit(a2, "-m", "Subject")
    assert (tmp_path / "prepare-commit-msg").read_text() == "Subject\n\nAgent: a2\n"
    assert (tmp_path / "commit-msg").read_text() == "Subject\n\nAgent: a2\nPrepared: yes\n"
    assert message(a2) == "Subject\n\nAgent: a2\nPrepared: yes\nChange-Id: I1\n"


def test_a_person_gets_no_trailer(grid: GridSandbox, tmp_path: Path) -> None:
    change(grid.main, ORDERS)
    commit(grid.main, "-m", "Subject")
    own = grid.main.worktree(tmp_path / "own", "mine")
    change(own, ORDERS, "OWN = 1\n")
    commit(own, "-m", "Subject")
    assert (message(grid.main), message(own)) == ("Subject\n", "Subject\n")


# Leases


def evidence(desk: Sandbox, revision: str = "HEAD") -> list[tuple[str, bytes]]:
    return [(agent, pattern) for agent, _, pattern in read_evidence(message(desk, revision).encode())]


def test_a_commit_to_common_code_names_its_lease_and_one_to_other_code_doesnt(a2: Sandbox) -> None:
    change(a2, COMMON)
    commit(a2, "-m", "Common")
    [found] = evidence(a2)
    assert (found[0], found[1].lstrip(b"/")) == ("a2", COMMON.encode())
    change(a2)
    commit(a2, "-m", "Own")
    assert message(a2) == "Own\n\nAgent: a2\n"


def test_an_amended_commit_names_the_leases_of_all_that_it_changes(a2: Sandbox, tmp_path: Path) -> None:
    change(a2, COMMON)
    commit(a2, "-m", "Common")
    [lease] = evidence(a2)
    for arguments in (("-m", "Reworded"), ("--no-edit",), ("--amend", "--no-verify", "-m", "Again")):
        change(a2, text=f"{arguments!r}\n")
        commit(a2, "--amend", *arguments)
        assert evidence(a2) == [lease]
    commit(a2, "--amend", env=in_front(tmp_path, "Edited: "))
    assert evidence(a2) == [lease]
    a2.git("checkout", "--quiet", "HEAD^", "--", COMMON)
    commit(a2, "--amend", "--no-edit")
    assert (evidence(a2), message(a2)) == ([], "Edited: Again\n\nAgent: a2\n")


def test_reusing_the_message_of_a_commit_is_no_amend(a2: Sandbox) -> None:
    change(a2, COMMON)
    commit(a2, "-m", "Common")
    change(a2)
    commit(a2, "-C", "HEAD")
    assert message(a2) == "Common\n\nAgent: a2\n"
    change(a2, text="AGAIN = 1\n")
    commit(a2, "-m", "How to --amend")
    assert message(a2) == "How to --amend\n\nAgent: a2\n"


@pytest.mark.parametrize("paths", [(BILLING, COMMON), (COMMON, BILLING)], ids=["fixup", "fixed"])
def test_a_commit_with_a_fixup_names_the_leases_of_both(a2: Sandbox, paths: tuple[str, str]) -> None:
    start = a2.oid()
    for subject, path in zip(("Add one", "fixup! Add one"), paths, strict=True):
        change(a2, path)
        commit(a2, "-m", subject)
    done = attempt(a2, "rebase", "--quiet", "-i", "--autosquash", start, env={"GIT_EDITOR": "true"})
    assert done.code == 0, done
    assert (len(evidence(a2)), message(a2).count("Agent: a2")) == (1, 1)


def test_a_partial_commit_names_the_leases_of_its_own_paths(a2: Sandbox) -> None:
    change(a2, COMMON)
    change(a2)
    commit(a2, "-m", "Own", "--", BILLING)
    assert message(a2) == "Own\n\nAgent: a2\n"
    commit(a2, "-m", "Common")
    assert len(evidence(a2)) == 1


def test_what_a_merge_of_the_base_brings_is_under_no_lease(grid: GridSandbox, a2: Sandbox) -> None:
    change(a2, COMMON)
    commit(a2, "-m", "Common")
    a2.git("reset", "--quiet", "--hard", "HEAD^")
    grid.main.commit("Landed", **{COMMON: "LANDED = 1\n"})
    change(a2)
    commit(a2, "-m", "Own")
    assert attempt(a2, "merge", "--quiet", "--no-edit", "main").code == 0
    assert (evidence(a2), trailers(a2)) == ([], ["Agent: a2"])


# The form of messages


@pytest.fixture(scope="module")
def formal(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return make_grid(tmp_path_factory.mktemp("formal") / "shop", grid=FORM).desks["a2"]


REFUSAL = (
    "agentgrid: refused: a2 may not make this commit\n"
    "  error: the message 'add cache' doesn't match `^[A-Z]+-\\d+ ` (commits.pattern in agentgrid.yaml)"
    " [message.format]\n"
    "hint: write it as in this one: OBS-12 add cache\n"
)


def test_a_message_in_another_form_is_refused_with_an_example(formal: Sandbox) -> None:
    change(formal, text="FORM = 1\n")
    before = formal.oid()
    refused = attempt(formal, "commit", "--quiet", "-m", "add cache\n\nOBS-12 is in the text")
    assert (refused.code, refused.said, formal.oid()) == (1, REFUSAL, before)


def test_without_commit_msg_the_ref_update_refuses_it_still(formal: Sandbox) -> None:
    change(formal, text="FORM = 2\n")
    refused = attempt(formal, "commit", "--quiet", "--no-verify", "-m", "add cache")
    assert (refused.code != 0, "[message.format]" in refused.said) == (True, True)


@pytest.mark.parametrize(
    "text", ["OBS-12 add cache", "OBS-12 add cache\n\nBody: x\n", "fixup! OBS-12 add", "squash! fixup! OBS-1 x"]
)
def test_a_message_in_the_form_passes(formal: Sandbox, text: str) -> None:
    change(formal, text=f"FORM = {text!r}\n")
    commit(formal, "-m", text)
    assert trailers(formal)[-1] == "Agent: a2"


def test_what_an_editor_leaves_is_judged_without_its_comments(formal: Sandbox, tmp_path: Path) -> None:
    change(formal, text="EDITED = 1\n")
    refused = attempt(formal, "commit", "--quiet", "-v", env=in_front(tmp_path, "# OBS-1 no\nadd cache\n"))
    assert (refused.code, refused.said) == (1, REFUSAL)
    commit(formal, "-v", env=in_front(tmp_path, "# nothing\n\nOBS-12 add cache\n"))
    commit(formal, "--amend", "--no-edit")
    assert message(formal) == "OBS-12 add cache\n\nAgent: a2\n"


def test_merges_and_reverts_are_not_held_to_it(formal: Sandbox) -> None:
    change(formal, text="REVERT = 1\n")
    commit(formal, "-m", "OBS-12 add cache")
    assert attempt(formal, "revert", "--no-edit", "HEAD").code == 0
    reverted = formal.oid()
    formal.git("reset", "--quiet", "--hard", "HEAD~1")
    change(formal, "services/billing/other.py", "x\n")
    commit(formal, "-m", "OBS-13 other")
    for way in ("--no-edit", "--edit"):
        done = attempt(formal, "merge", "--quiet", way, reverted, env={"GIT_EDITOR": "true"})
        assert (done.code, message(formal).startswith("Merge commit")) == (0, True), done
        formal.git("reset", "--quiet", "--hard", "HEAD~1")


@pytest.mark.parametrize(("form", "wanted"), [(False, (1, 0)), (True, (2, 0))])
def test_an_ordinary_commit_takes_the_fast_way_once_and_again_where_a_form_is_asked_for(
    a2: Sandbox, tmp_path: Path, form: bool, wanted: tuple[int, int]
) -> None:
    desk = make_grid(tmp_path / "shop", grid=FORM).desks["a2"] if form else a2
    file = admin_dir_of(desk) / "COMMIT_EDITMSG"
    change(desk, text=f"FAST = {form}\n")
    file.write_text("OBS-12 add cache\n")
    env = {"GIT_TRACE": str(tmp_path / "trace"), "GIT_EDITOR": ":"}
    desk.git("hook", "run", "prepare-commit-msg", "--", str(file), "message", env=env)
    desk.git("hook", "run", "commit-msg", "--", str(file), env=env)
    assert starts(tmp_path / "trace") == wanted
    assert file.read_text() == "OBS-12 add cache\n\nAgent: a2\n"


@pytest.mark.parametrize(
    "added", ["Agent: a1", "agent: a2", "\nThe end.", "Agent: a2"], ids=["another", "spelt", "behind", "twice"]
)
def test_what_a_hook_of_the_repository_makes_of_the_trailer_is_put_right(
    grid: GridSandbox, a2: Sandbox, added: str
) -> None:
    hook = grid.main.write(".git/hooks/prepare-commit-msg", f'#!/bin/sh\nprintf \'%s\\n\' "{added}" >>"$1"\n')
    hook.chmod(0o755)
    change(a2)
    commit(a2, "-m", "Subject")
    body = "The end.\n\n" if "end" in added else ""
    assert message(a2) == f"Subject\n\n{body}Agent: a2\n"
