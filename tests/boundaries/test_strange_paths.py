"""Strange names, twins, links, submodules and changes of kind: the same exact verdict on the index, on the commit, and
when an agent really commits.

Everything is put into the index by its bytes, so a file system that can't hold some of it is no hindrance.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from agentgrid.boundaries import checking
from agentgrid.git.paths import show_path
from support.checks import broken, check
from support.grids import GridSandbox, attempt
from support.repositories import Sandbox

FOREIGN, COLLISION = "ownership.foreign", "path.collision"
OWN, THEIRS = b"services/orders/", b"services/billing/"
FILE, RUNNABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
OID, OTHER_OID = "1" * 40, "2" * 40
NFC, NFD = "caf\u00e9.py".encode(), "cafe\u0301.py".encode()

# (mode, content, or the commit of a submodule); None takes the path out.
Entry = tuple[str, str] | None

NAMES = [
    b"new\nline.py", b"tab\t.py", b'"quoted".py', b"it's.py", b"back\\slash.py", b"\\n.py", b"-rf", b"--", b" x.py",
    b"x.py ", b" ", b"caf\xe9.py", b"\xff\xfe", NFC, NFD.replace(b"caf", b"bar"), b"*", b"[a]", b":(top)x", b":!x",
    b"END", b"#x", b"!x", b"~", b"a -> b", b"\x1b[31m", b"\x7f", "\u202eevil".encode(), b"..x", b"$(id)", b"x" * 250,
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """`base`: what the base has besides. `work`: what a1 stages. `{a1}` and `{main}` stand for the worktrees."""

    name: str
    work: Mapping[bytes, Entry]
    expected: tuple[tuple[str, bytes], ...] = ()
    base: Mapping[bytes, Entry] = field(default_factory=dict)


def file(path: bytes, content: str = "x\n", mode: str = FILE) -> dict[bytes, Entry]:
    return {path: (mode, content)}


def link(path: bytes, target: str) -> dict[bytes, Entry]:
    return {path: (LINK, target)}


def submodule(path: bytes, oid: str = OID) -> dict[bytes, Entry]:
    return {path: (SUBMODULE, oid)}


def foreign(*paths: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((FOREIGN, path) for path in paths)


ORDERS_LINK = OWN + b"link"
ORDERS_MAIN, BILLING_MAIN = OWN + b"main.py", THEIRS + b"main.py"

CASES = [
    Case("a twin in another case", file(OWN + b"Main.py"), ((COLLISION, OWN + b"Main.py"),)),
    Case("no twin in another folder", file(OWN + b"new/Main.py")),
    Case("a twin of a foreign file", file(THEIRS + b"TAX.py"),
         ((FOREIGN, THEIRS + b"TAX.py"), (COLLISION, THEIRS + b"TAX.py"))),
    Case("a twin of a frozen file", file(b"license"), ((COLLISION, b"license"),)),
    Case("a folder's twin", file(b"services/Orders/new.py"), ((COLLISION, b"services/Orders/new.py"),)),
    Case("a file like a folder", file(b"SERVICES"), ((COLLISION, b"SERVICES"),)),
    Case("NFC beside NFD", file(OWN + NFC), ((COLLISION, OWN + NFC),), base=file(OWN + NFD)),
    Case("NFC alone", file(OWN + NFC), base=file(OWN + b"cafe.py")),
    Case("both twins at once", {**file(OWN + NFC), **file(OWN + NFD)},
         ((COLLISION, OWN + NFD), (COLLISION, OWN + NFC))),
    Case("two other bytes", {**file(OWN + b"caf\xe9"), **file(OWN + b"caf\xc9")}),
    Case("a twin of the base, changed", file(OWN + b"MAIN.py", "y\n"), base=file(OWN + b"MAIN.py")),
    Case("a rename to another case", {ORDERS_MAIN: None, **file(OWN + b"MAIN.py")}),

    Case("a link to an own file", link(ORDERS_LINK, "main.py")),
    Case("a link to a foreign file", link(ORDERS_LINK, "../billing/main.py"), foreign(BILLING_MAIN)),
    Case("a link to a foreign folder", link(ORDERS_LINK, "../billing"), foreign(THEIRS[:-1])),
    Case("a link to a new name in a foreign folder", link(ORDERS_LINK, "../billing/new"), foreign(THEIRS + b"new")),
    Case("a link with a newline", link(ORDERS_LINK, "../billing/a\nb"), foreign(THEIRS + b"a\nb")),
    Case("an absolute link into this worktree", link(ORDERS_LINK, "{a1}/services/billing/main.py"),
         foreign(BILLING_MAIN)),
    Case("an absolute link into the main worktree", link(ORDERS_LINK, "{main}/services/billing"), foreign(THEIRS[:-1])),
    Case("an absolute link to an own file", link(ORDERS_LINK, "{a1}/services/orders/main.py")),
    Case("an absolute link out of the repository", link(ORDERS_LINK, "/etc/hosts")),
    Case("a link out of the repository", link(ORDERS_LINK, "../../../billing/main.py")),
    Case("a link to a link", link(ORDERS_LINK, "theirs/main.py"), foreign(BILLING_MAIN),
         base=link(OWN + b"theirs", "../billing")),
    Case("a link that is made to lead elsewhere", link(ORDERS_LINK, "../billing"), foreign(THEIRS[:-1]),
         base=link(ORDERS_LINK, "tests")),
    Case("a link that is taken away", {ORDERS_LINK: None}, base=link(ORDERS_LINK, "../billing")),
    Case("a foreign link to an own file", link(THEIRS + b"link", "../orders/main.py"), foreign(THEIRS + b"link")),

    Case("an own submodule", submodule(OWN + b"lib")),
    Case("a foreign submodule", submodule(THEIRS + b"lib"), foreign(THEIRS + b"lib")),
    Case("an own submodule, moved on", submodule(OWN + b"lib", OTHER_OID), base=submodule(OWN + b"lib")),
    Case("a foreign submodule, moved on", submodule(THEIRS + b"lib", OTHER_OID), foreign(THEIRS + b"lib"),
         base=submodule(THEIRS + b"lib")),
    Case("a foreign submodule, taken away", {THEIRS + b"lib": None}, foreign(THEIRS + b"lib"),
         base=submodule(THEIRS + b"lib")),
    Case("a submodule moved to a foreign folder", {OWN + b"lib": None, **submodule(THEIRS + b"lib")},
         foreign(THEIRS + b"lib"), base=submodule(OWN + b"lib")),
    Case("a submodule in the place of a foreign file", submodule(BILLING_MAIN), foreign(BILLING_MAIN)),
    Case("a file in the place of an own submodule", file(OWN + b"lib"), base=submodule(OWN + b"lib")),
    Case("a link into a foreign submodule", link(ORDERS_LINK, "../billing/lib"), foreign(THEIRS + b"lib"),
         base=submodule(THEIRS + b"lib")),

    Case("an own file's mode", file(OWN + b"run", mode=RUNNABLE), base=file(OWN + b"run")),
    Case("a foreign file's mode", file(THEIRS + b"run", mode=RUNNABLE), foreign(THEIRS + b"run"),
         base=file(THEIRS + b"run")),
    Case("a foreign file that becomes a link to itself", link(THEIRS + b"run", "x\n"),
         (*foreign(THEIRS + b"run"), *foreign(THEIRS + b"x\n")), base=file(THEIRS + b"run")),
    Case("an own file that becomes a link", link(ORDERS_MAIN, "../billing/main.py"), foreign(BILLING_MAIN)),
    Case("an own file that becomes a folder", {ORDERS_MAIN: None, **file(ORDERS_MAIN + b"/x.py")}),
    Case("a foreign file that becomes a folder", {BILLING_MAIN: None, **file(BILLING_MAIN + b"/x.py")},
         foreign(BILLING_MAIN, BILLING_MAIN + b"/x.py")),
    Case("a foreign folder that becomes a file", {THEIRS + b"a/b": None, **file(THEIRS + b"a")},
         foreign(THEIRS + b"a", THEIRS + b"a/b"), base=file(THEIRS + b"a/b")),
    Case("an own folder that becomes a link to a foreign one", {OWN + b"a/b": None, **link(OWN + b"a", "../billing")},
         foreign(THEIRS[:-1]), base=file(OWN + b"a/b")),
]  # fmt: skip


def stage(where: Sandbox, entries: Mapping[bytes, Entry], places: Mapping[str, Sandbox]) -> None:
    """Puts the entries into the index, whatever the work tree holds."""
    lines = []
    for path, entry in sorted(entries.items(), key=lambda item: item[1] is not None):  # what goes makes room
        mode, content = entry or ("0", "")
        for name, place in places.items():
            content = content.replace(f"{{{name}}}", str(place.path))
        oid = content if mode == SUBMODULE else where.git("hash-object", "-w", "--stdin", stdin=content)
        lines.append(f"{mode} {'0' * 40 if entry is None else oid}\t".encode() + path + b"\0")
    where.git("update-index", "--add", "-z", "--index-info", stdin=b"".join(lines))


def prepare(grid: GridSandbox, case: Case) -> Sandbox:
    """The worktree of a1, on a base that has what the case wants, with the case's work staged."""
    a1, places = grid.desks["a1"], {"main": grid.main, "a1": grid.desks["a1"]}
    if case.base:
        stage(grid.main, case.base, places)
        grid.main.git("-c", f"core.hooksPath={os.devnull}", "commit", "--quiet", "-m", "Base")
        a1.git("-c", f"core.hooksPath={os.devnull}", "reset", "--quiet", "--soft", "main")
        a1.git("read-tree", "HEAD")
    stage(a1, case.work, places)
    return a1


def as_commit(a1: Sandbox) -> str:
    """What is staged as a commit that no hook has seen."""
    return a1.git("commit-tree", a1.git("write-tree"), "-p", "HEAD", "-m", "Work")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_the_verdict_is_exact_and_the_same_everywhere(grid: GridSandbox, case: Case) -> None:
    a1 = prepare(grid, case)
    staged, committed = check(a1, head=None), check(a1, head=as_commit(a1))
    assert (broken(staged), broken(committed)) == (list(case.expected), list(case.expected))
    done = attempt(a1, "commit", "--quiet", "-m", "Work")
    assert (done.code != 0) == bool(case.expected), done.said
    assert all(f"{show_path(path)} " in done.said and f"[{rule}]" in done.said for rule, path in case.expected)


def test_without_the_verdict_every_case_would_pass(grid: GridSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "broken_rule", lambda *_: None)
    monkeypatch.setattr(checking, "collision_findings", lambda *_, **__: ())
    a1 = grid.desks["a1"]
    for case in CASES:
        if case.expected and not case.base:
            prepare(grid, case)
            assert broken(check(a1, head=None)) == []
            a1.git("read-tree", "HEAD")


def test_strange_names_of_ones_own_pass(grid: GridSandbox) -> None:
    a1 = prepare(grid, Case("own", {OWN + name: (FILE, "x\n") for name in NAMES}))
    assert broken(check(a1, head=None)) == broken(check(a1, head=as_commit(a1))) == []
    done = attempt(a1, "commit", "--quiet", "-m", "Work")
    assert (done.code, done.said) == (0, "")
    assert a1.git("ls-tree", "-r", "-z", "--name-only", "HEAD", OWN).encode("utf-8", "surrogateescape").count(
        b"\0"
    ) == (len(NAMES) + 2)


def test_strange_names_in_a_foreign_folder_are_refused_one_by_one(grid: GridSandbox) -> None:
    a1 = prepare(grid, Case("foreign", {THEIRS + name: (FILE, "x\n") for name in NAMES}))
    expected = list(foreign(*sorted(THEIRS + name for name in NAMES)))
    staged = check(a1, head=None)
    assert broken(staged) == broken(check(a1, head=as_commit(a1))) == expected
    done = attempt(a1, "commit", "--quiet", "-m", "Work")
    assert (done.code, done.said.count("[ownership.foreign]"), f"and {len(NAMES) - 20} more" in done.said) == (
        1,
        20,
        True,
    )
    assert not any(char in done.said for char in "\t\x1b\x7f\u202e")


@pytest.mark.parametrize(
    ("pattern", "path", "is_own"),
    [
        ("services/caf\u00e9/**", "services/caf\u00e9/x".encode(), True),
        ("services/caf\u00e9/**", "services/cafe\u0301/x".encode(), False),
        ("services/Docs/**", b"services/docs/x", False),
        ("services/a b/**", b"services/a b/x", True),
        ("services/a b/**", b"services/a b /x", False),
        ('"services/\\\\[x]/**"', b"services/[x]/y", True),
        ('"services/\\\\[x]/**"', b"services/x/y", False),
    ],
)
def test_a_map_with_strange_names_means_those_bytes(repo: Sandbox, pattern: str, path: bytes, is_own: bool) -> None:
    profile = {"config/agents/a1.yaml": f"id: a1\nowns:\n  critical: [{pattern}]\n"}
    repo.commit("Policy", **profile, **{"agentgrid.yaml": "version: 1\nunowned: deny\n"})
    repo.switch("a1")
    stage(repo, file(path), {})
    assert broken(check(repo, head=None)) == ([] if is_own else [("ownership.unowned", path)])
