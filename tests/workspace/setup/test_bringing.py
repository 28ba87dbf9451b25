"""Local files of the main worktree in a new one: by git's patterns, never what is tracked, never over anything."""

import os
from pathlib import Path

import pytest

from agentgrid.config.policy import PolicyFiles, parse_policy
from agentgrid.errors import ConfigError
from agentgrid.git.repository import Repository
from agentgrid.workspace.setup.bringing import Brought, bring_files
from agentgrid.workspace.setup.local_files import LocalFiles, find_local_files
from support.repositories import Sandbox, create_bare

IGNORE = ".env*\nnode_modules/\n/certs/\n*.log\n"


@pytest.fixture
def desk(repo: Sandbox, tmp_path: Path) -> Sandbox:
    repo.commit("Ignore", **{".gitignore": IGNORE})
    return repo.worktree(tmp_path / "desk", "work")


def find(main: Sandbox, setup: str = "") -> LocalFiles:
    policy = parse_policy(PolicyFiles(f"version: 1\nsetup: {{{setup}}}\n".encode()))
    found = find_local_files(Repository.discover(main.path), policy)
    assert found is not None
    return found


def bring(main: Sandbox, desk: Sandbox, setup: str = "") -> Brought:
    return bring_files(find(main, setup), desk.path, staging=main.path / ".git/staging")


def test_ignored_and_untracked_files_are_copied_and_tracked_ones_never(repo: Sandbox, desk: Sandbox) -> None:
    repo.write(".env", "SECRET=1\n").chmod(0o600)
    repo.write("services/orders/.env.local", "LOCAL=1\n")
    repo.write("notes.txt", "untracked\n")
    repo.write("README.md", "changed here\n")

    brought = bring(repo, desk, "copy: ['.env*', notes.txt, README.md]")

    assert brought.copied == (b".env", b"notes.txt", b"services/orders/.env.local")
    assert desk.read(".env") == "SECRET=1\n"
    assert (desk.path / ".env").stat().st_mode & 0o777 == 0o600
    assert desk.read("README.md") == "# shop\n"


def test_a_directory_is_copied_with_its_links(repo: Sandbox, desk: Sandbox) -> None:
    repo.write("certs/deep/ca.pem", "ca")
    (repo.path / "certs/link").symlink_to("deep/ca.pem")

    assert bring(repo, desk, "copy: certs").copied == (b"certs/deep/ca.pem", b"certs/link")
    assert os.readlink(desk.path / "certs/link") == "deep/ca.pem"


@pytest.mark.parametrize("there", ["file", "directory", "dangling link"])
def test_nothing_is_overwritten(repo: Sandbox, desk: Sandbox, there: str) -> None:
    repo.write(".env", "NEW=1\n")
    place = desk.path / ".env"
    if there == "file":
        place.write_text("MINE=1\n")
    elif there == "directory":
        place.mkdir()
    else:
        place.symlink_to("nowhere")

    for key in ("copy", "symlink"):
        assert bring(repo, desk, f"{key}: .env").kept == (b".env",)

    assert (place.is_dir(), place.is_symlink()) == (there == "directory", there == "dangling link")
    assert there != "file" or place.read_text() == "MINE=1\n"


def test_a_second_time_does_nothing(repo: Sandbox, desk: Sandbox) -> None:
    repo.write(".env", "SECRET=1\n")
    bring(repo, desk, "copy: .env")
    again = bring(repo, desk, "copy: .env")
    assert (again.copied, again.kept) == ((), (b".env",))


def test_a_matched_directory_becomes_one_link(repo: Sandbox, desk: Sandbox) -> None:
    repo.write("node_modules/left/index.js", "1")
    repo.write("services/orders/node_modules/right/index.js", "2")

    brought = bring(repo, desk, "symlink: node_modules, copy: '*.js'")

    assert brought.linked == (b"node_modules", b"services/orders/node_modules")
    assert brought.copied == ()
    assert os.readlink(desk.path / "node_modules") == str(repo.path / "node_modules")
    assert desk.read("services/orders/node_modules/right/index.js") == "2"


def test_a_link_that_git_would_show_is_told(repo: Sandbox, desk: Sandbox) -> None:
    """`node_modules/` ignores a directory, not a link."""
    repo.write("node_modules/left/index.js", "1")
    repo.write(".env", "1")
    assert bring(repo, desk, "symlink: [node_modules, .env]").unhidden == (b"node_modules",)


def test_the_last_pattern_wins(repo: Sandbox, desk: Sandbox) -> None:
    repo.write(".env", "1")
    repo.write(".env.production", "2")
    assert bring(repo, desk, "copy: ['.env*', '!.env.production']").copied == (b".env",)


@pytest.mark.parametrize("pattern", ["../outside", "services/../../x", "~/.ssh/id", "!../x", "/", ""])
def test_a_pattern_that_leads_out_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(ConfigError, match=r"agentgrid\.yaml:2: setup\.copy\[0\]: .*names nothing in the main worktree"):
        parse_policy(PolicyFiles(f"version: 1\nsetup: {{copy: ['{pattern}']}}\n".encode()))


def test_the_path_of_a_file_outside_is_refused_by_name(repo: Sandbox, tmp_path: Path) -> None:
    outside = tmp_path / "outside.pem"
    outside.write_text("mine")
    with pytest.raises(ConfigError, match=rf"setup\.symlink\[0\]: {outside} is outside the main worktree"):
        find(repo, f"symlink: ['{outside}']")


def test_nothing_is_written_through_a_link_that_leaves_the_worktree(
    repo: Sandbox, desk: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (desk.path / "certs").symlink_to(tmp_path / "elsewhere")
    repo.write("certs/ca.pem", "ca")

    brought = bring(repo, desk, "copy: certs")

    assert brought.refused == {b"certs/ca.pem": "certs leads out of the worktree"}
    assert os.listdir(tmp_path / "elsewhere") == []


def test_a_file_where_a_directory_is_needed_is_told(repo: Sandbox, desk: Sandbox) -> None:
    repo.write("certs/ca.pem", "ca")
    desk.write("certs", "a file")
    assert bring(repo, desk, "copy: certs").refused == {b"certs/ca.pem": "certs is not a directory there"}


def test_a_relative_link_out_of_the_main_worktree_still_leads_there(
    repo: Sandbox, desk: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "shared.env").write_text("SHARED=1\n")
    (repo.path / ".env").symlink_to("../shared.env")
    bring(repo, desk, "copy: .env")
    assert desk.read(".env") == "SHARED=1\n"


def test_repositories_inside_are_left_alone(repo: Sandbox, desk: Sandbox) -> None:
    """Other agents' worktrees may stand there."""
    repo.worktree(repo.path / "trees/other", "other")
    repo.write("trees/notes.log", "kept")

    brought = bring(repo, desk, "copy: ['/trees']")

    assert brought.copied == (b"trees/notes.log",)
    assert brought.refused == {b"trees/other": "is a repository of its own"}


def test_worktreeinclude_copies_what_it_names_and_git_ignores(repo: Sandbox, desk: Sandbox) -> None:
    repo.write(".worktreeinclude", "# local files\n.env.*\n!.env.production\nnotes.txt\nREADME.md\n")
    for name in (".env.local", ".env.production", "services/orders/.env.test", "notes.txt"):
        repo.write(name, name)

    assert bring(repo, desk).copied == (b".env.local", b"services/orders/.env.test")


def test_strange_names_are_brought_as_they_are(repo: Sandbox, desk: Sandbox) -> None:
    strange = [b".env \n", b".env\xff", b".env-\xc3\xa9 'q'"]
    for name in strange:
        Path(os.fsdecode(os.path.join(os.fsencode(repo.path), name))).write_bytes(name)
    assert sorted(bring(repo, desk, "copy: '.env*'").copied) == sorted(strange)


def test_a_file_that_sparse_checkout_left_out_is_not_made(repo: Sandbox, desk: Sandbox) -> None:
    """It is tracked on the agent's branch, and untracked in the main worktree."""
    desk.commit("Track it", **{"tool/local.toml": "tracked = 1\n"})
    desk.git("sparse-checkout", "set", "services")
    repo.write("tool/local.toml", "mine = 1\n")
    assert bring(repo, desk, "copy: tool/local.toml").kept == (b"tool/local.toml",)
    assert not (desk.path / "tool/local.toml").exists()


def test_a_bare_repository_has_nothing_to_bring(tmp_path: Path) -> None:
    bare = create_bare(tmp_path / "shop.git")
    policy = parse_policy(PolicyFiles(b"version: 1\n"))
    assert find_local_files(Repository.discover(bare.path), policy) is None
