"""The fast way with messages: it writes what the whole program would, or says that it isn't sure and writes nothing."""

import os
import posix
import random
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from agentgrid.boundaries.patterns.parsing import parse_pattern
from agentgrid.hooks.fast_message import TEMPLATE_MARKER, stamp_message
from agentgrid.hooks.message_point import run_message_point
from support.grids import BILLING, GridSandbox, admin_dir_of, hook_of
from support.maps import make_territory
from support.repositories import Sandbox

GRID = "version: 1\ncommon: [common/**]\nunowned: allow\n"
OWN = "{critical: [services/**]}"
COMPILED = make_territory(GRID, a2=OWN).compiled
FORMAL = make_territory(GRID + 'commits: {pattern: "^OBS-", example: OBS-1 x}\n', a2=OWN).compiled
LEASES = [(7, b"/common/cache.py", parse_pattern("/common/cache.py").segments)]
HEAVY = {"argparse", "contextlib", "dataclasses", "json", "os", "pathlib", "re", "sqlite3", "subprocess", "typing"}
STAMPED = "Subject\n\nAgent: a2\n"


def entry(path: str, mode: str = "100644") -> bytes:
    return f":100644 {mode} {'1' * 40} {'2' * 40} M\0{path}\0".encode()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(posix.environ, b"GIT_EDITOR", b":")  # type: ignore[attr-defined,unused-ignore]
    return tmp_path / "COMMIT_EDITMSG"


def fast(
    file: Path,
    text: str | bytes,
    *source: str,
    parent: str = "HEAD",
    listing: bytes = b"",
    end: bytes = b"END\0",
    formal: bool = False,
) -> str | None:
    """What the message became; None when it isn't sure, and left the file alone."""
    content = text if isinstance(text, bytes) else text.encode()
    file.write_bytes(content)
    done = stamp_message("a2", FORMAL if formal else COMPILED, [parent, str(file), *source], listing + end, LEASES)
    after = file.read_bytes()
    assert done or after == content
    return os.fsdecode(after) if done else None


def test_an_ordinary_message_is_stamped(file: Path) -> None:
    assert fast(file, "Subject", "message") == STAMPED
    assert fast(file, STAMPED) == STAMPED
    assert fast(file, "Subject\n\nAgent: a1\n", "commit", "1" * 40) == STAMPED


def test_a_lease_is_named_when_it_covers_a_changed_path(file: Path) -> None:
    listing = entry("services/a.py") + entry("common/cache.py")
    locked = STAMPED + 'Agentgrid-Lock: 7 a2 "/common/cache.py"\n'
    assert fast(file, "Subject", "message", listing=listing) == locked
    assert fast(file, "Subject", "message", listing=entry("common/other.py")) == STAMPED
    assert fast(file, "Subject", "message", listing=entry("services/a.py"), parent="HEAD^") == STAMPED


@pytest.mark.parametrize(
    "text",
    [
        "# Subject\n",
        "Subject\n\n; text\n",
        "Subject\n\n| text\n",
        "S\n# ------------------------ >8 ------------------------\nx\n",
        "Subject\r\n",
        "Agent: a1\n",
    ],
)
def test_it_is_not_sure_of_what_may_be_a_comment_or_a_deleted_message(file: Path, text: str) -> None:
    assert fast(file, text, "message") is None


def test_it_is_not_sure_when_git_failed_or_the_commit_isnt_made_on_head(file: Path) -> None:
    assert fast(file, "Subject", "message", end=b"") is None
    assert fast(file, "Subject", "message", listing=b"END\0") is None
    assert fast(file, "Subject", "message", listing=entry("common/cache.py"), parent="HEAD^") is None


def test_it_is_not_sure_of_what_a_merge_does_to_common_code(file: Path) -> None:
    (file.parent / "MERGE_HEAD").touch()
    assert fast(file, "Subject", "merge", listing=entry("services/a.py")) == STAMPED
    assert fast(file, "Subject", "merge", listing=entry("common/cache.py")) is None


def test_it_is_not_sure_of_templates(file: Path) -> None:
    assert fast(file, "Subject", "template") is None
    (file.parent / TEMPLATE_MARKER).touch()
    assert fast(file, "Subject") is None


def test_what_goes_through_an_editor_is_left_to_the_whole_program_unless_it_is_empty(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(posix.environ, b"GIT_EDITOR", b"vi")  # type: ignore[attr-defined,unused-ignore]
    assert fast(file, "Subject\n\n# Please enter\n") is None
    assert fast(file, "\n# Please enter\n#\n") == "\n# Please enter\n#\n"
    assert fast(file, "\n\nSigned-off-by: A\n# Please enter\n") == "\n\nSigned-off-by: A\n# Please enter\n"
    assert fast(file, "\nAgent: a2\n# Please enter\n") is None


def test_an_empty_message_stays_empty(file: Path) -> None:
    assert (fast(file, "", "message"), fast(file, "\n\n", "message")) == ("", "\n\n")


def test_the_form_of_a_message_is_asked_for_at_the_end_alone(file: Path) -> None:
    assert fast(file, "Subject", "message", formal=True) == STAMPED
    assert fast(file, "Subject", formal=True) is None
    assert fast(file, "OBS-1 Subject", formal=True) == f"OBS-1 {STAMPED}"
    assert fast(file, b"OBS-1 Gr\xf6\xdfe", formal=True) is None
    (file.parent / "MERGE_HEAD").touch()
    assert fast(file, "Subject", formal=True) == STAMPED


def test_it_writes_what_the_whole_program_writes(
    grid: GridSandbox, a2: Sandbox, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same random messages both ways; those that it isn't sure of are few."""
    rng = random.Random(11)
    pool = ["", "", "Subject", "body text", "Fix: it", "Signed-off-by: A <a@b.c>", "Change-Id: I1", "Agent: a1",
            "Agent: a2", "  folded", "- item", "(cherry picked from commit 12)"]  # fmt: skip
    monkeypatch.chdir(a2.path)
    monkeypatch.setenv("GIT_EDITOR", ":")
    unsure = 0
    for _ in range(60):
        text = "\n".join(rng.choice(pool) for _ in range(rng.randrange(1, 9)))
        source = rng.choice([(), ("message",)])
        written = fast(file, text, *source)
        file.write_text(text)
        name = "prepare-commit-msg" if source else "commit-msg"
        assert run_message_point(name, ["HEAD", str(file), *source]) == 0
        unsure += written is None
        assert written in {None, file.read_text()}, text
    assert unsure < 15


def test_it_imports_nothing_heavy(a2: Sandbox) -> None:
    a2.write(BILLING, "CHANGED = 1\n")
    a2.git("add", BILLING)
    admin = admin_dir_of(a2)
    (admin / "COMMIT_EDITMSG").write_text("Subject\n")
    [line] = [line for line in hook_of(a2).read_text().splitlines() if '"$python" -I -S -c' in line]
    code = shlex.split(line.partition(" -S -c ")[2])[0]
    probe = (
        "import posix, sys; leave = posix._exit; posix._exit = lambda c: (print(*sys.modules, flush=True), leave(c)); "
    )
    common = a2.git("rev-parse", "--path-format=absolute", "--git-common-dir")
    base = (Path(common) / "agentgrid/policy/base").read_text().strip()
    listing = a2.git("diff-index", "--cached", "--raw", "-z", "--no-renames", "HEAD", "--") + "END\0"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", probe + code, "prepare-commit-msg", "a2", common, str(admin), base, "HEAD",
         str(admin / "COMMIT_EDITMSG"), "message"],
        input=os.fsencode(listing), env={**os.environ, "GIT_DIR": str(admin), "GIT_EDITOR": ":"},
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, set(done.stdout.decode().split()) & HEAVY) == (0, set()), done
    assert (admin / "COMMIT_EDITMSG").read_text() == STAMPED
