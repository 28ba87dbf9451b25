"""The guard's modules in one file: the same answers with it, without it, and with one that isn't right."""

import marshal
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.boundaries.policy.publishing import publish
from agentgrid.workspace.guard_bundle import MODULES, bundle_name
from support.grids import BILLING, ORDERS, GridSandbox, admin_dir_of, hook_of
from support.repositories import Sandbox

YES, ASK = 0, 75
END = b"END\0"
PROBE = (
    "import posix, sys; leave = posix._exit; posix._exit = lambda code: (print(code, "
    "sys.modules['agentgrid.hooks.fast'].__spec__.loader is None, "
    "*(name for name in sys.modules if name.startswith('agentgrid'))), sys.stdout.flush(), leave(code)); "
)


def ask(desk: Sandbox, path: str = BILLING) -> tuple[int, bool, set[str]]:
    """(the answer, whether the bundle was used, modules of ours that were loaded)."""
    [line] = [line for line in hook_of(desk).read_text().splitlines() if '"$python" -I -S -c' in line]
    code = shlex.split(line.partition(" -S -c ")[2])[0]
    common, admin = desk.git("rev-parse", "--path-format=absolute", "--git-common-dir", "--git-dir").split("\n")
    base = (Path(common) / "agentgrid/policy/base").read_text().strip()
    listing = f":100644 100644 {'1' * 40} {'2' * 40} M\0{path}\0".encode() + END
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE + code, "pre-commit", "a2", common, admin, base],
        input=listing,
        env={**os.environ, "GIT_DIR": str(admin_dir_of(desk))},
        capture_output=True,
        check=False,
    )
    answer, is_bundled, *names = done.stdout.decode().split()
    return int(answer), is_bundled == "True", set(names)


@pytest.fixture
def bundle(grid: GridSandbox) -> Path:
    publish(grid.repository)
    return grid.main.path / ".git/agentgrid" / bundle_name()


def test_the_hook_takes_its_modules_from_the_bundle(bundle: Path, a2: Sandbox) -> None:
    assert ask(a2)[:2] == (YES, True)
    assert ask(a2, ORDERS)[:2] == (ASK, True)


def test_without_it_the_same_modules_give_the_same_answers(bundle: Path, a2: Sandbox) -> None:
    bundled = ask(a2)[2]
    bundle.unlink()
    answer, is_bundled, names = ask(a2)
    assert (answer, is_bundled) == (YES, False)
    assert names <= set(MODULES) == bundled
    assert ask(a2, ORDERS)[:2] == (ASK, False)


@pytest.mark.parametrize("spoilt", ["empty", "cut", "other python", "other place", "changed module", "broken code"])
def test_one_that_isnt_right_is_passed_over(bundle: Path, a2: Sandbox, spoilt: str) -> None:
    whole = bundle.read_bytes()
    made_by, files, parts = marshal.loads(whole)
    path, changed, size = files[-1]
    bundle.write_bytes({
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "other python": marshal.dumps((("3.99", made_by[1]), files, parts)),
        "other place": marshal.dumps(((made_by[0], "/elsewhere"), files, parts)),
        "changed module": marshal.dumps((made_by, [*files[:-1], (path, changed - 1, size)], parts)),
        "broken code": marshal.dumps((made_by, files, [*parts[:-1], (*parts[-1][:3], b"no code")])),
    }[spoilt])  # fmt: skip
    assert ask(a2)[:2] == (YES, False)
    assert ask(a2, ORDERS)[:2] == (ASK, False)


def test_publishing_puts_a_stale_one_right(bundle: Path, grid: GridSandbox, a2: Sandbox) -> None:
    bundle.write_bytes(b"")
    publish(grid.repository)
    assert ask(a2)[:2] == (YES, True)
