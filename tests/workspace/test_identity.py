"""The identity file of a worktree."""

import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.workspace.identity import IDENTITY_FILE, new_incarnation, read_identity, write_identity


def test_what_is_written_is_read(tmp_path: Path) -> None:
    incarnation = new_incarnation()
    write_identity(tmp_path, "a1", incarnation)
    assert read_identity(str(tmp_path)) == ("a1", incarnation)
    assert [path.name for path in tmp_path.iterdir()] == [IDENTITY_FILE]


def test_two_incarnations_differ() -> None:
    assert new_incarnation() != new_incarnation()


@pytest.mark.parametrize("content", [b"", b"a1\n", b"a1 123\n", b"a1 " + b"g" * 32, b"\xff\xfe", b"a1 b " + b"0" * 32])
def test_a_broken_identity_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / IDENTITY_FILE).write_bytes(content)
    assert read_identity(tmp_path) is None


def test_a_git_directory_without_one_is_nobodys(tmp_path: Path) -> None:
    assert read_identity(tmp_path / "nowhere") is None


def test_the_module_loads_nothing_heavy() -> None:
    code = (
        "import os; before = set(sys.modules); import agentgrid.workspace.identity; "
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(_src())!r}); {code}"],
                            capture_output=True, text=True, check=True).stdout.split()  # fmt: skip
    assert loaded == ["agentgrid", "agentgrid.workspace", "agentgrid.workspace.identity"]


def _src() -> Path:
    import agentgrid

    return Path(agentgrid.__file__).parents[1]
