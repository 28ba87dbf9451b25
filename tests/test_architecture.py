"""The house stands as ARCHITECTURE describes it, and the checker that says so finds what it is there to find."""

import re
import subprocess
from pathlib import Path

import pytest

from support.architecture import LONGEST_FILE, RESERVED, Rules, check_package

ROOT = Path(__file__).resolve().parents[1]
DOC = '"""What it is for."""\n'

# A path of somebody's machine. Not inside another path, as in src/agentgrid/work/each.py.
MACHINE_PATH = re.compile(r"(?<![\w.~*})\]$-])/(?:work|farm|root|Users|home/(?!you/)\w+)/\.?\w")


def write_package(top: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        file = top / "agentgrid" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return top


def test_the_package_keeps_the_rules_of_the_house() -> None:
    assert check_package(ROOT / "src", Rules()) == []


def test_a_package_that_keeps_the_rules_has_no_findings(tmp_path: Path) -> None:
    source = write_package(
        tmp_path,
        {
            "__init__.py": DOC + "def f():\n    from agentgrid.grid import Grid\n    return Grid\n",
            "errors.py": DOC,
            "git/__init__.py": "",
            "git/process.py": DOC + "import subprocess\nfrom agentgrid.errors import GitError\n",
            "machine/locks.py": DOC,
            "config/policy.py": DOC + "from agentgrid.git.process import Git\nfrom agentgrid.machine import locks\n",
            "workspace/desk.py": DOC + "from agentgrid.config.policy import Policy\n",
            "boundaries/verdict.py": DOC + "from agentgrid.workspace import desk\nfrom . import ownership\n",
            "boundaries/ownership.py": DOC,
            "insight/status.py": DOC + "from agentgrid.coordination import notes\nfrom agentgrid import __version__\n",
            "coordination/notes.py": DOC,
            "grid.py": DOC + "import agentgrid.insight.status\n",
            "cli/status.py": DOC + "import typer\nfrom agentgrid.grid import Grid\n",
        },
    )

    assert check_package(source, Rules()) == []


@pytest.mark.parametrize(
    ("module", "line", "finding"),
    [
        ("git/process.py", "from agentgrid.workspace import desk", "git imports workspace"),
        ("workspace/desk.py", "import agentgrid.boundaries.verdict", "workspace imports boundaries"),
        ("workspace/desk.py", "from ..boundaries import verdict", "workspace imports boundaries"),
        ("work/each.py", "from agentgrid.coordination import notes", "work imports coordination"),
        ("coordination/notes.py", "from agentgrid.work import each", "coordination imports work"),
        ("onboarding/init.py", "from agentgrid.grid import Grid", "onboarding imports grid"),
        ("grid.py", "from agentgrid.render import tables", "grid imports render"),
        ("render/tables.py", "from agentgrid.cli import app", "render imports cli"),
        ("errors.py", "from agentgrid.machine import files", "errors imports machine"),
        ("cli/lock.py", "def f():\n    from agentgrid.__main__ import main", "cli imports __main__"),
        ("cli/lock.py", "from agentgrid import Grid", "cli imports __init__"),
    ],
)
def test_an_import_that_goes_up_is_found(tmp_path: Path, module: str, line: str, finding: str) -> None:
    source = write_package(tmp_path, {module: f"{DOC}{line}\n"})

    place = f"agentgrid/{module}:{1 + len(line.splitlines())}"
    assert check_package(source, Rules()) == [f"{place}: {finding}, which is not below it"]


@pytest.mark.parametrize(
    ("module", "line", "finding"),
    [
        (
            "workspace/desk.py",
            "import subprocess",
            f"only {', '.join(RESERVED['subprocess'])} may import subprocess",
        ),
        ("workspace/desk.py", "from git import Repo", "only agentgrid.git may import git"),
        ("workspace/desk.py", "import git.repo", "only agentgrid.git may import git"),
        (
            "gitlab.py",
            "import subprocess",
            f"only {', '.join(RESERVED['subprocess'])} may import subprocess",
        ),
        ("boundaries/leases.py", "import sqlite3", "only agentgrid.store may import sqlite3"),
    ],
)
def test_a_reserved_module_is_found_elsewhere(tmp_path: Path, module: str, line: str, finding: str) -> None:
    source = write_package(tmp_path, {module: f"{DOC}{line}\n"})

    assert f"agentgrid/{module}:2: {finding}" in check_package(source, Rules())


@pytest.mark.parametrize(
    ("module", "text", "finding"),
    [
        ("git/utils.py", DOC, "utils names a drawer, not a subject"),
        ("work/common/__init__.py", DOC, "common names a drawer, not a subject"),
        ("git/process.py", "X = 1\n", "no module docstring"),
        ("git/__init__.py", "X = 1\n", "no module docstring"),
        ("git/process.py", DOC + "\n" * LONGEST_FILE, "501 lines: split it"),
        ("attic/old.py", DOC, "attic has no place in the house: give it one in the architecture test"),
    ],
)
def test_a_file_out_of_shape_is_found(tmp_path: Path, module: str, text: str, finding: str) -> None:
    source = write_package(tmp_path, {module: text})

    assert check_package(source, Rules()) == [f"agentgrid/{module}:1: {finding}"]


def test_each_exception_to_a_reservation_has_a_reason() -> None:
    assert [place for places in RESERVED.values() for place, reason in places.items() if len(reason.split()) < 4] == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert find_machine_paths(ROOT) == []


@pytest.mark.parametrize("place", ["work/shop", "root/.cache", "Users/me", "home/somebody"])
def test_a_path_of_somebodys_machine_is_found(tmp_path: Path, place: str) -> None:
    path = f"/{place}"
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "notes.md").write_text(f"fine: src/agentgrid{path}\nsee {path}/file\n", encoding="utf-8")

    assert find_machine_paths(tmp_path) == [f"notes.md:2: see {path}/file"]


def find_machine_paths(top: Path) -> list[str]:
    """Lines of the files that git has, or would add, that name such a path."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=top,
        capture_output=True,
        check=True,
    ).stdout.decode()
    found: list[str] = []
    for name in filter(None, listed.split("\0")):
        if (top / name).is_file():
            text = (top / name).read_bytes().decode("utf-8", "replace")
            found += [f"{name}:{n}: {line}" for n, line in enumerate(text.splitlines(), 1) if MACHINE_PATH.search(line)]
    return found
