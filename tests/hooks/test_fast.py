"""The fast way: it says yes only when the whole program would, and imports next to nothing."""

import os
import random
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.grid import Grid
from agentgrid.hooks.fast import read_listing
from support.grids import (
    BILLING,
    GRID,
    ORDERS,
    GridSandbox,
    admin_dir_of,
    attempt,
    hook_of,
    make_grid,
    try_commit,
    was_fast,
)
from support.program import agentgrid
from support.repositories import Sandbox

YES, ASK = 0, 75
CACHE = "services/common/cache.py"
MOST_MODULES = 20  # each costs a tenth of a millisecond and more
END = b"END\0"
HEAVY = {
    "argparse", "collections", "contextlib", "dataclasses", "enum", "filelock", "functools", "git", "importlib", "json",
    "logging", "os", "pathlib", "pydantic", "re", "rich", "site", "sqlite3", "subprocess", "tempfile", "typer",
    "typing", "yaml",
}  # fmt: skip
PROBE = (
    "import posix, sys; leave = posix._exit; "
    "posix._exit = lambda code: (print(*sys.modules), sys.stdout.flush(), leave(code)); "
)
# Rules that tell files from folders, carve out, and overlap.
TRICKY = GRID.replace("frozen: [/LICENSE]", "frozen: [/LICENSE, vendor/lib/]\nunowned: deny")
OWNED = {"a1": "services/orders/**", "a2": "['services/billing/**', 'vendor/**', '!services/billing/tax.py', tools/]"}


@pytest.fixture
def tricky(tmp_path: Path) -> GridSandbox:
    owned = {agent: pattern.strip("[]").replace("', ", "'\n    - ") for agent, pattern in OWNED.items()}
    return make_grid(tmp_path / "shop", owned=owned, grid=TRICKY)


def ask(
    desk: Sandbox, listing: bytes | None = None, *, before: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Runs the fast way with the command line that stands in the hook, on `listing` or what git lists now."""
    [line] = [line for line in hook_of(desk).read_text().splitlines() if '"$python" -I -S -c' in line]
    code = shlex.split(line.partition(" -S -c ")[2])[0]
    common, admin = desk.git("rev-parse", "--path-format=absolute", "--git-common-dir", "--git-dir").split("\n")
    base = (Path(common) / "agentgrid/policy/base").read_text().strip()
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", before + code, "pre-commit", agent_of(desk), common, admin, base],
        input=list_staged(desk) if listing is None else listing,
        env={**os.environ, "GIT_DIR": admin, **(env or {})},
        capture_output=True,
        check=False,
    )


def agent_of(desk: Sandbox) -> str:
    return (admin_dir_of(desk) / "agentgrid-identity").read_text().split()[0]


def list_staged(desk: Sandbox) -> bytes:
    options = ("--raw", "-z", "--no-renames", "--ignore-submodules=none")
    listed = os.fsencode(desk.git("diff-index", "--cached", "--merge-base", *options, "main", "--"))
    return listed + END


def stage(desk: Sandbox, path: str, mode: str = "100644") -> None:
    oid = desk.oid("HEAD" if mode == "160000" else "HEAD:README.md")
    desk.git("update-index", "--add", "--cacheinfo", f"{mode},{oid},{path}")


def entry(path: str, old: str = "100644", new: str = "100644", oid: str = "1" * 40) -> bytes:
    return f":{old} {new} {oid} {oid} M\0{path}\0".encode()


def test_it_imports_nothing_heavy(a2: Sandbox) -> None:
    stage(a2, BILLING)
    done = ask(a2, before=PROBE)
    modules = set(done.stdout.decode().split())
    assert (done.returncode, done.stderr, modules & HEAVY) == (YES, b"", set())
    light = {"boundaries", "hooks", "machine.boot", "machine", "store", "store.places", "store.tables"}
    parts = {name.removeprefix("agentgrid.") for name in modules if name.startswith("agentgrid.")}
    assert {part for part in parts if not part.startswith(("boundaries.", "hooks."))} <= light
    assert len(parts) <= MOST_MODULES


def test_where_it_looks_for_secrets_it_imports_nothing_heavy_either(tmp_path: Path) -> None:
    owned = {"a1": "services/orders/**", "a2": "services/billing/**\nkeys: {API: env:KEY_OF_A2}"}
    a2 = make_grid(tmp_path / "shop", owned=owned).desks["a2"]
    stage(a2, BILLING)

    done = ask(a2, before=PROBE)

    modules = set(done.stdout.decode().split())
    assert (done.returncode, modules & HEAVY, "agentgrid.hooks.fast_secrets" in modules) == (YES, set(), True)


def test_it_says_yes_to_own_files_and_never_no(a2: Sandbox) -> None:
    stage(a2, BILLING)
    assert ask(a2).returncode == YES
    stage(a2, ORDERS)
    done = ask(a2)
    assert (done.returncode, done.stdout, done.stderr) == (ASK, b"", b"")


def test_git_asks_it_and_not_the_whole_program(a2: Sandbox, tmp_path: Path) -> None:
    stage(a2, BILLING)
    assert was_fast(a2, tmp_path / "trace")


def test_it_says_yes_only_where_the_whole_program_finds_no_error(tricky: GridSandbox) -> None:
    a2, chance = tricky.desks["a2"], random.Random(20250303)
    stage(tricky.main, "vendor/lib", "160000")
    tricky.main.git("commit", "--quiet", "-m", "A submodule", "--no-verify")
    Grid.open(a2.path).check_staged()  # publishes the policy of the new base
    paths = [
        BILLING, BILLING, "services/billing/a/b.py", "services/billing/tax.py", ORDERS, "vendor/x/y.c", "vendor/lib",
        "tools", "LICENSE", "services/common/x.py", "END", "notes.md",
    ]  # fmt: skip
    answers: list[tuple[bool, int]] = []
    for _ in range(30):
        a2.git("read-tree", "HEAD")
        for path in chance.sample(paths, chance.choice([1, 1, 2, 3])):
            mode = chance.choice(["100644", "100644", "100755", "160000", "120000"])
            stage(a2, path, mode)
        answers.append((ask(a2).returncode == YES, Grid.open(a2.path).check_staged().errors))
    assert [errors for is_yes, errors in answers if is_yes and errors] == []
    assert (sum(is_yes for is_yes, _ in answers) >= 5, sum(errors > 0 for _, errors in answers) >= 5) == (True, True)


def test_a_file_that_is_a_submodule_on_the_base_is_not_its_business(tricky: GridSandbox) -> None:
    a2 = tricky.desks["a2"]
    stage(a2, "vendor/lib")
    assert ask(a2).returncode == ASK
    stage(a2, "vendor/other")
    a2.git("update-index", "--force-remove", "vendor/lib")
    assert ask(a2).returncode == YES


def test_an_object_id_that_looks_like_a_mode_misleads_nobody(tricky: GridSandbox) -> None:
    a2, odd = tricky.desks["a2"], "160000" + "0" * 34
    assert ask(a2, entry("tools", oid=odd) + END).returncode == ASK  # `tools/` is a2's, a file `tools` nobody's
    links = entry("vendor/x", oid="120000" + "0" * 34)
    assert ask(a2, links + END).returncode == YES


def test_a_symbolic_link_is_not_its_business(a2: Sandbox) -> None:
    stage(a2, BILLING, "120000")
    assert ask(a2).returncode == ASK
    assert ask(a2, entry(BILLING, old="120000") + END).returncode == YES


def test_a_listing_without_its_end_is_never_a_yes(a2: Sandbox) -> None:
    whole = entry(BILLING) + entry("services/billing/END") + entry("services/billing/END\nEND") + END
    assert ask(a2, whole).returncode == YES
    cuts = [whole[:length] for length in range(0, len(whole), 7)] + [whole[:-cut] for cut in range(1, 10)]
    assert [cut for cut in cuts if ask(a2, cut).returncode == YES] == []


def test_paths_that_are_called_end_dont_stand_for_the_end() -> None:
    whole = entry("END") + entry("x") + entry("END") + END
    assert len(read_listing(whole)) == 6
    for length in range(len(whole)):
        with pytest.raises(ValueError, match=r"^$|unpack"):
            read_listing(whole[:length])


def test_a_lease_is_enough_only_while_the_base_has_not_moved(grid: GridSandbox, a2: Sandbox) -> None:
    assert agentgrid(a2, "lock", CACHE).code == 0
    stage(a2, CACHE)
    assert ask(a2).returncode == YES
    a2.git("-c", f"core.hooksPath={os.devnull}", "update-ref", "refs/heads/main", forged_on(a2, "main"))
    Grid.open(a2.path).check_staged()  # publishes the policy of the new base
    assert ask(a2).returncode == ASK


def forged_on(desk: Sandbox, base: str) -> str:
    """A commit on `base` that changes nothing."""
    return desk.git("commit-tree", f"{base}^{{tree}}", "-p", base, "-m", "Meanwhile")


def test_git_that_fails_in_the_pipe_is_never_a_yes(a2: Sandbox, tmp_path: Path) -> None:
    stage(a2, BILLING)
    for text in ("exit 1", "kill -9 $$", 'exec "$REAL" "$@" | head -c 100'):
        program = tmp_path / "bin" / "git"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\ncase $1 in diff-index) {text} ;; esac\necho "slow" >&2\nexit 1\n')
        program.chmod(0o755)
        real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
        env = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "REAL": real,
               "GIT_DIR": str(admin_dir_of(a2))}  # fmt: skip
        done = subprocess.run([hook_of(a2)], cwd=a2.path, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode != 0, done.stderr.startswith("agentgrid: refused: ")) == (True, True)


@pytest.mark.parametrize("file", ["in-force", "*.marshal"])
def test_a_damaged_policy_is_never_a_yes(tmp_path: Path, file: str) -> None:
    grid = make_grid(tmp_path / "shop")
    a2 = grid.desks["a2"]
    stage(a2, BILLING)
    assert ask(a2).returncode == YES
    [path] = (grid.main.path / ".git/agentgrid/policy").glob(file)
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"\xff" * 64, b"i\x01\0\0\0"):
        path.write_bytes(damaged)
        assert ask(a2).returncode == ASK, damaged
        assert attempt(a2, "hook", "run", "pre-commit").code == 0, damaged
    path.unlink(missing_ok=True)
    assert ask(a2).returncode == ASK


def test_a_damaged_note_of_the_base_is_never_a_yes(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2, note = grid.desks["a2"], grid.main.path / ".git/agentgrid/policy/base"
    a2.commit("Past the guard", **{ORDERS: "SLIPPED = 1\n"})
    stage(a2, BILLING)
    for base in ("", "\n", "HEAD\n", f"{a2.oid()}\n", "--help\n", "0" * 40):
        note.write_text(base)
        assert attempt(a2, "hook", "run", "pre-commit").code == 1, base


def test_a_damaged_pointer_mends_itself(tmp_path: Path) -> None:
    grid = make_grid(tmp_path / "shop")
    a2, pointer = grid.desks["a2"], grid.main.path / ".git/agentgrid/policy/in-force"
    pointer.write_bytes(pointer.read_bytes()[:40])
    assert (was_fast(a2, tmp_path / "trace"), was_fast(a2, tmp_path / "trace")) == (False, True)


@pytest.mark.parametrize("identity", [None, "", "a1 " + "0" * 32, "\n", "a22 " + "0" * 32])
def test_an_identity_that_isnt_the_hooks_own_is_never_a_yes(a2: Sandbox, identity: str | None) -> None:
    stage(a2, BILLING)
    file = admin_dir_of(a2) / "agentgrid-identity"
    whole = file.read_text()
    listing = list_staged(a2)
    assert ask(a2, listing).returncode == YES
    done = run_with_identity(a2, listing, identity)
    file.write_text(whole)
    assert done == ASK


def run_with_identity(desk: Sandbox, listing: bytes, identity: str | None) -> int:
    file = admin_dir_of(desk) / "agentgrid-identity"
    write = f"open({str(file)!r}, 'w').write({identity!r}); " if identity is not None else ""
    return ask(desk, listing, before=f"import posix; posix.unlink({str(file)!r}); {write}").returncode


def test_another_git_directory_than_its_own_is_never_a_yes(grid: GridSandbox, a2: Sandbox) -> None:
    stage(a2, BILLING)
    assert ask(a2).returncode == YES
    assert ask(a2, env={"GIT_DIR": str(admin_dir_of(grid.desks["a1"]))}).returncode == ASK
    assert ask(a2, before="import posix; posix.environ.pop(b'GIT_DIR'); ").returncode == ASK


def test_a_merge_a_detached_head_and_the_base_branch_are_not_its_business(grid: GridSandbox, a2: Sandbox) -> None:
    stage(a2, BILLING)
    merge_head = admin_dir_of(a2) / "MERGE_HEAD"
    merge_head.write_text(a2.oid())
    assert ask(a2).returncode == ASK
    merge_head.unlink()
    a2.git("switch", "--quiet", "--detach")
    assert ask(a2).returncode == ASK
    grid.main.git("switch", "--quiet", "-c", "elsewhere")
    a2.git("switch", "--quiet", "main")
    assert ask(a2).returncode == ASK


def test_when_the_base_moves_the_whole_program_answers_once(grid: GridSandbox, a2: Sandbox, tmp_path: Path) -> None:
    assert try_commit(a2, BILLING).code == 0
    assert was_fast(a2, tmp_path / "trace")
    grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    assert (was_fast(a2, tmp_path / "trace"), was_fast(a2, tmp_path / "trace")) == (False, True)


def test_several_merge_bases_are_not_its_business(grid: GridSandbox, a2: Sandbox, tmp_path: Path) -> None:
    assert try_commit(a2, BILLING).code == 0
    own = a2.oid()
    base = grid.main.commit("Landed", **{ORDERS: "LANDED = 1\n"})
    a2.git("merge", "--quiet", "--no-edit", base)
    grid.main.git("merge", "--quiet", "--no-ff", "--no-edit", own)  # criss-cross
    assert len(a2.git("merge-base", "--all", "HEAD", "main").split()) == 2
    assert (was_fast(a2, tmp_path / "trace"), was_fast(a2, tmp_path / "trace")) == (False, False)
