"""The repository's own configuration file: one value, several writers, nothing of others."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.errors import GitError
from agentgrid.git.settings import drop_section, drop_setting, list_settings, read_setting, write_setting
from support.repositories import Sandbox

WRITER = """
import sys
from pathlib import Path
from agentgrid.git.settings import write_setting
for number in range(6):
    write_setting(Path(sys.argv[1]), f"writer.w{sys.argv[2]}n{number}", "x")
"""


@pytest.fixture
def common(repo: Sandbox) -> Path:
    return repo.path / ".git"


def test_a_value_is_written_read_and_dropped(common: Path) -> None:
    assert read_setting(common, "agentgrid.base") is None
    assert [write_setting(common, "agentgrid.base", 'x "y"\n; z \\') for _ in range(2)] == [True, False]
    assert read_setting(common, "agentgrid.base") == 'x "y"\n; z \\'
    drop_setting(common, "agentgrid.base")
    drop_setting(common, "agentgrid.base")
    assert read_setting(common, "agentgrid.base") is None


def test_several_values_become_one(common: Path, repo: Sandbox) -> None:
    for value in ("one", "two"):
        repo.git("config", "--add", "agentgrid.base", value)
    write_setting(common, "agentgrid.base", "three")
    assert repo.git("config", "--get-all", "agentgrid.base") == "three"


def test_only_the_repositorys_own_file_is_read(
    common: Path, repo: Sandbox, hermetic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.git("config", "--global", "agentgrid.base", "global")
    (hermetic / "included").write_text("[agentgrid]\n\tbase = included\n")
    repo.git("config", "include.path", hermetic / "included")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "agentgrid.base")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "environment")
    assert repo.git("config", "agentgrid.base") == "environment"
    assert read_setting(common, "agentgrid.base") is None


def test_a_section_goes_whole_and_others_stay(common: Path, repo: Sandbox) -> None:
    before = repo.git("config", "--local", "--list")
    write_setting(common, "includeIf.gitdir:./worktrees/wt a1.path", "/x y")
    write_setting(common, "includeIf.gitdir:./worktrees/wt a2.path", "/z")
    assert list_settings(common, "includeif.gitdir:./worktrees/") == [
        "includeif.gitdir:./worktrees/wt a1.path", "includeif.gitdir:./worktrees/wt a2.path",
    ]  # fmt: skip
    drop_section(common, "includeIf.gitdir:./worktrees/wt a1")
    drop_section(common, "includeIf.gitdir:./worktrees/wt a1")
    assert list_settings(common, "includeif.") == ["includeif.gitdir:./worktrees/wt a2.path"]
    drop_section(common, "includeIf.gitdir:./worktrees/wt a2")
    assert repo.git("config", "--local", "--list") == before


def test_a_broken_file_is_an_error_and_stays_as_it_is(common: Path) -> None:
    content = (common / "config").read_text() + "[broken\n"
    (common / "config").write_text(content)
    for act in (
        lambda: read_setting(common, "agentgrid.base"),
        lambda: write_setting(common, "agentgrid.base", "x"),
        lambda: drop_setting(common, "agentgrid.base"),
        lambda: drop_section(common, "agentgrid"),
    ):
        with pytest.raises(GitError, match="bad config"):
            act()
    assert (common / "config").read_text() == content


def test_writers_in_several_processes_lose_nothing(common: Path, repo: Sandbox) -> None:
    command = [sys.executable, "-c", WRITER, str(common)]
    ours = [subprocess.Popen([*command, str(number)], env=dict(os.environ)) for number in range(4)]
    for number in range(12):  # somebody else's git, which queues for nobody
        repo.git("config", f"other.o{number}", "x", accept=(0, 255))
    assert [process.wait(timeout=60) for process in ours] == [0] * 4
    assert len(list_settings(common, "writer.")) == 24


def test_the_lock_of_a_killed_git_goes_when_no_git_is_at_work(common: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentgrid.git.settings._TRIES", 2)
    (common / "config.lock").touch()
    write_setting(common, "agentgrid.base", "x")
    assert read_setting(common, "agentgrid.base") == "x"
    assert not (common / "config.lock").exists()


def test_the_lock_of_a_live_git_stays_and_is_an_error_in_the_end(
    common: Path, repo: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It used to be an error whoever had left it: then a git killed at the wrong moment stopped every later `init`."""
    monkeypatch.setattr("agentgrid.git.settings._TRIES", 2)
    (common / "config.lock").touch()
    elsewhere = repo.worktree(tmp_path / "elsewhere", "topic")
    for place in (repo, elsewhere):
        with subprocess.Popen(["git", "cat-file", "--batch"], cwd=place.path, stdin=subprocess.PIPE) as live:
            with pytest.raises(GitError, match="could not lock config file") as caught:
                write_setting(common, "agentgrid.base", "x")
            assert live.poll() is None
        assert caught.value.hint == f"a git is at work here; when it has ended: rm {common}/config.lock"
        assert (common / "config.lock").exists()
