"""The leak check at git's points, in a grid that has keys: quick where nothing is suspicious, and never passed by."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.grids import BILLING, GRID, ORDERS, GridSandbox, attempt, make_grid, remove_guard, try_commit, was_fast
from support.repositories import Sandbox

KEY = "sk-test-0123456789"
TOKEN = "ghp_" + "a1B2" * 9
ENV = {"KEY_OF_A2": KEY}
NEW = "services/billing/new.py"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> GridSandbox:
    owned = {"a1": "services/orders/**", "a2": "services/billing/**\nkeys:\n  API: env:KEY_OF_A2\n  CERT: file:cert"}
    return make_grid(tmp_path_factory.mktemp("keys") / "shop", owned=owned)


@pytest.fixture
def a2(place: GridSandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("KEY_OF_A2", KEY)
    desk = place.desks["a2"]
    desk.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--hard", "main")
    assert try_commit(desk, BILLING).code == 0  # the branch is recorded, the policy published
    return desk


def stage(desk: Sandbox, path: str, text: str) -> None:
    desk.write(path, text)
    desk.git("add", "-f", path)


def commit(desk: Sandbox, trace: Path, *options: str, env: Mapping[str, str] | None = None) -> tuple[int, str, bool]:
    """(exit code, what was said, whether the whole program was never asked)."""
    trace.unlink(missing_ok=True)
    done = attempt(desk, "commit", "--quiet", "-m", "Work", *options, env={"GIT_TRACE": str(trace), **(env or {})})
    return done.code, done.said, "rev-parse --path-format" not in trace.read_text(encoding="utf-8")


def test_what_is_not_suspicious_is_answered_quickly(a2: Sandbox, tmp_path: Path) -> None:
    stage(a2, NEW, "from services.billing import main\n" * 1000)
    assert was_fast(a2, tmp_path / "trace")

    assert commit(a2, tmp_path / "trace") == (0, "", True)


def test_an_amended_commit_is_answered_quickly_too(a2: Sandbox, tmp_path: Path) -> None:
    stage(a2, NEW, "X = 2\n")

    assert commit(a2, tmp_path / "trace", "--amend") == (0, "", True)


def test_more_blobs_than_a_pipe_holds_are_read(a2: Sandbox, tmp_path: Path) -> None:
    for number in range(450):
        a2.write(f"services/billing/many/{number}.py", f"X = {number}\n")
    a2.git("add", "services")
    assert was_fast(a2, tmp_path / "trace")

    stage(a2, "services/billing/many/449.py", f"X = '{KEY}'\n")
    assert commit(a2, tmp_path / "trace")[0] == 1


@pytest.mark.parametrize(("text", "told"), [(f"\nk = '{KEY}'\n", "line 2 has the value of API (a2's key) in it"),
                                            (f"{TOKEN}\n", "line 1 looks like a secret (GitHub Token)")])  # fmt: skip
def test_a_staged_secret_is_refused(a2: Sandbox, tmp_path: Path, text: str, told: str) -> None:
    stage(a2, NEW, text)

    code, said, _ = commit(a2, tmp_path / "trace")

    assert (code, f"  error: {NEW} {told} [secret.leaked]\n" in said) == (1, True)
    assert KEY not in said
    assert TOKEN not in said


@pytest.mark.parametrize("options", [(), ("--amend",)])
def test_no_verify_does_not_pass_it(a2: Sandbox, tmp_path: Path, options: tuple[str, ...]) -> None:
    stage(a2, NEW, KEY)
    before = a2.oid()

    code, said, _ = commit(a2, tmp_path / "trace", "--no-verify", *options)

    assert (code, "[secret.leaked]" in said, a2.oid()) == (128, True, before)


def test_without_the_guard_it_is_committed(place: GridSandbox, tmp_path: Path) -> None:
    made = make_grid(tmp_path / "shop")
    remove_guard(made.desks["a2"])
    stage(made.desks["a2"], NEW, KEY)

    assert commit(made.desks["a2"], tmp_path / "trace")[0] == 0


def test_a_key_in_the_message_is_refused(a2: Sandbox) -> None:
    done = attempt(a2, "commit", "--quiet", "--allow-empty", "-m", f"Use {KEY}")

    assert (done.code, "has the value of API (a2's key) in it [secret.leaked]" in done.said) == (128, True)
    assert KEY not in done.said


def test_a_commit_in_the_middle_is_read(a2: Sandbox, tmp_path: Path) -> None:
    """What the last commit has taken out again, and the branch would get with it."""
    tree = a2.git("rev-parse", "HEAD^{tree}")
    stage(a2, NEW, KEY)
    leak = a2.git("commit-tree", a2.git("write-tree"), "-p", "HEAD", "-m", "Leak")
    clean = a2.git("commit-tree", tree, "-p", leak, "-m", "Take it out")
    a2.git("reset", "--quiet", "--hard")

    done = attempt(a2, "merge", "--ff-only", clean)

    assert (done.code != 0, f"commit {leak[:10]} adds it" in done.said) == (True, True)
    a2.git("reset", "--quiet", "--hard")


def test_another_agents_key_in_a_file_is_known(place: GridSandbox, a2: Sandbox, tmp_path: Path) -> None:
    place.main.write("cert", "-----\nwhat only a2 has\n-----\n")
    a1 = place.desks["a1"]
    stage(a1, ORDERS, "'''-----\nwhat only a2 has\n-----'''\n")

    code, said, _ = commit(a1, tmp_path / "trace")
    a1.git("reset", "--quiet", "--hard")

    assert (code, "has the value of CERT (a2's key)" in said) == (1, True)


def test_a_grid_without_keys_is_checked_when_it_pushes(tmp_path: Path) -> None:
    made = make_grid(tmp_path / "shop", grid=GRID)
    a2 = made.desks["a2"]
    server = tmp_path / "server.git"
    a2.git("init", "--quiet", "--bare", str(server))
    stage(a2, NEW, TOKEN)
    assert commit(a2, tmp_path / "trace")[0] == 0

    done = attempt(a2, "push", "--quiet", str(server), "HEAD")

    assert (done.code, "looks like a secret (GitHub Token) [secret.leaked]" in done.said) == (1, True)
