"""Twins: paths that some file systems can't tell apart, found among what is added and said in words."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agentgrid.boundaries.charged import charge_commit, charge_index
from agentgrid.boundaries.findings import Finding
from agentgrid.boundaries.paths.collisions import Collision, collision_findings, find_collisions, fold_path
from agentgrid.boundaries.paths.twins import FOLDS_INTO_ASCII, has_twin, has_twins
from agentgrid.boundaries.policy.compiled import compile_policy
from agentgrid.boundaries.policy.territory import Territory
from support.desks import make_policy, open_repository
from support.repositories import Sandbox

NFC, NFD = "caf\u00e9", "cafe\u0301"
NAMES = st.sampled_from([b"a", b"A", b"b", b"B", b"k", b"K", "\u212a".encode(), "\u00e9".encode(), "e\u0301".encode()])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(b"/".join)


@pytest.mark.parametrize(
    ("added", "others", "expected"),
    [
        ("README.MD", ["README.md"], ("README.MD", "README.md")),
        ("Docs/a", ["docs/b"], ("Docs", "docs")),
        ("Docs/a", ["docs/a"], ("Docs/a", "docs/a")),
        ("docs/x/Api/a", ["docs/x/api/b"], ("docs/x/Api", "docs/x/api")),
        ("Docs", ["docs/b"], ("Docs", "docs")),
        ("docs/b", ["Docs"], ("docs", "Docs")),
        (NFD, [NFC], (NFD, NFC)),
        (f"{NFD}/x", [f"{NFC}/y"], (NFD, NFC)),
        ("CAF\u00c9", [NFD], ("CAF\u00c9", NFD)),
        ("stra\u00dfe", ["STRASSE"], ("stra\u00dfe", "STRASSE")),
        ("\u212aelvin", ["kelvin"], ("\u212aelvin", "kelvin")),
        ("A/a", ["a/b", "a/c", "b/a"], ("A", "a")),
        ("ab", ["aB", "AB", "Ab"], ("ab", "AB")),
        ("a/new", ["a/old"], None),
        ("a/b", ["ab", "a.b", "a-b"], None),
        ("caf\u00e8", [NFC], None),
    ],
)
def test_a_twin_is_found_at_its_deepest(added: str, others: list[str], expected: tuple[str, str] | None) -> None:
    tree = [path.encode() for path in (added, *others)]
    found = find_collisions([tree[0]], tree)
    assert found == ([Collision(tree[0], expected[0].encode(), expected[1].encode())] if expected else [])


def test_bytes_that_are_not_text_are_told_apart() -> None:
    tree = [b"caf\xe9", b"caf\xc9", b"CAF\xe9", NFC.encode()]
    assert find_collisions(tree[:2], tree) == [Collision(b"caf\xe9", b"caf\xe9", b"CAF\xe9")]


def test_twins_that_stood_there_before_are_nobodys_fault() -> None:
    before = [b"Docs/a", b"docs/b"]
    assert find_collisions([b"docs/c"], [*before, b"docs/c"]) == []
    assert find_collisions([b"docs/A"], [*before, b"docs/A"]) == [Collision(b"docs/A", b"docs/A", b"Docs/a")]


def test_twins_that_are_added_together_are_both_told() -> None:
    tree = [b"Docs/a", b"docs/b"]
    assert find_collisions(tree, tree) == [
        Collision(b"Docs/a", b"Docs", b"docs"), Collision(b"docs/b", b"docs", b"Docs"),
    ]  # fmt: skip


@given(added=st.lists(PATHS, min_size=1, max_size=3, unique=True), others=st.lists(PATHS, max_size=5))
def test_exactly_the_paths_that_fold_into_another_are_found(added: list[bytes], others: list[bytes]) -> None:
    tree = [*added, *others]
    standing = {way for path in others if path not in added for way in ways(path)}
    everything = {way for path in tree for way in ways(path)}
    expected = [
        path
        for path in added
        if any(fold_path(way) == fold_path(each) and way != each
               for way in ways(path) if way not in standing for each in everything)
    ]  # fmt: skip
    assert [each.path for each in find_collisions(added, tree)] == sorted(expected)


def ways(path: bytes) -> list[bytes]:
    parts = path.split(b"/")
    return [b"/".join(parts[:end]) for end in range(1, len(parts) + 1)]


@given(added=st.lists(PATHS, min_size=1, max_size=3, unique=True), others=st.lists(PATHS, max_size=5))
def test_the_quick_look_is_right_whenever_it_says_something(added: list[bytes], others: list[bytes]) -> None:
    tree = {*added, *others}
    parts = {way for path in tree for way in ways(path)}
    assume(not any(way in tree for path in tree for way in ways(path)[:-1]))  # no tree has a file that is a directory
    listing = b"".join(path + b"\0" for path in sorted(tree))
    has = any(fold_path(way) == fold_path(each) and way != each
              for path in added for way in ways(path) for each in parts)  # fmt: skip
    assert has_twins(listing, added) in {None, has}


@pytest.mark.parametrize(
    ("path", "others", "expected"),
    [
        (b"src/a.py", [b"src/b.py", b"docs/a.py"], False),
        (b"src/a.py", [b"src/A.py"], True),
        (b"src/a.py", [b"Src/b.py"], True),
        (b"src/a.py", [b"Src/b.py", b"src/c.py"], True),
        (b"Src/a.py", [b"Src/b.py", b"src/c.py"], True),
        (b"src/a.py", [b"SRC"], True),
        (b"src", [b"SRC/x"], True),
        (b"src/a.py", [b"source/a.py", b"src.py", b"lib/SRC/a.py", b"a.py"], False),
        (b"src/a.py", ["docs/caf\u00e9".encode()], False),
        (b"src/a.py", ["\u017frc/b.py".encode()], None),
        (b"src/a.py", [b"src/\xff"], False),
        ("src/\u00e9.py".encode(), [], None),
    ],
)
def test_a_quick_look_at_the_listing_tells_of_ascii_twins(path: bytes, others: list[bytes], expected: bool) -> None:
    listing = b"".join(each + b"\0" for each in sorted([path, *others]))
    assert has_twin(listing, path) is expected
    assert has_twin(listing.replace(path + b"\0", b"", 1), path) is expected  # not there yet


def test_every_character_that_folds_into_ascii_is_known() -> None:
    everything = (chr(number) for number in range(128, 0x110000) if not 0xD800 <= number < 0xE000)
    folding = {char.encode() for char in everything if fold_path(char.encode()).isascii()}
    assert folding <= set(FOLDS_INTO_ASCII)
    assert unicodedata.unidata_version >= "14"


def judge(repo: Sandbox, rules: str = "{}", *, head: str | None = "HEAD") -> tuple[Finding, ...]:
    repository = open_repository(repo)
    territory = Territory(compile_policy(make_policy(f"version: 1\nrules: {rules}\n")))
    if head is None:
        changes = charge_index(repository, repo.oid("main"), index_file=None, merging=())
        return collision_findings(repository.git, territory, changes, head=None)
    changes = charge_commit(repository, repo.oid("main"), repo.oid(head))
    return collision_findings(repository.git, territory, changes, head=repo.oid(head))


def add(repo: Sandbox, *paths: str) -> None:
    """Into the index alone: a file system that can't tell them apart holds the test up no more than another."""
    blob = repo.git("hash-object", "-w", "--stdin", stdin="x\n")
    for path in paths:
        repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")


def commit(repo: Sandbox, message: str = "Work") -> None:
    repo.git("commit", "--quiet", "-m", message)


def test_a_folder_in_another_case_is_a_finding_with_the_way_out(repo: Sandbox) -> None:
    repo.switch("a1")
    add(repo, "Services/orders/new.py")
    expected = (
        Finding(
            "path.collision", "error", b"Services/orders/new.py",
            "its folder Services/orders differs from services/orders only by upper and lower case: "
            "a checkout on macOS or Windows can't hold both",
            "use the folder that is there: git mv -- Services/orders/new.py services/orders/new.py",
        ),
    )  # fmt: skip
    assert judge(repo, head=None) == expected
    commit(repo)
    assert judge(repo) == expected


def test_a_file_in_another_normal_form_is_told_by_its_characters(repo: Sandbox) -> None:
    add(repo, NFC)
    commit(repo, "On the base")
    repo.git("switch", "--quiet", "-c", "a1")
    add(repo, NFD)
    (finding,) = judge(repo, head=None)
    assert finding.message == (
        "cafe\\u{0301} differs from caf\\u{00e9} only by Unicode normal form: "
        "a checkout on macOS or Windows can't hold both"
    )
    assert finding.hint == "give it another name, or take it out with: git rm --cached -- $'cafe\\314\\201'"


def test_the_hints_take_the_twin_out(repo: Sandbox) -> None:
    repo.switch("a1")
    add(repo, "readme.md")
    (finding,) = judge(repo, head=None)
    assert finding.message.startswith("differs from README.md only by upper and lower case")
    assert finding.hint is not None
    repo.git(*finding.hint.partition("git ")[2].split())
    assert judge(repo, head=None) == ()


def test_a_rename_to_another_case_is_no_twin(repo: Sandbox) -> None:
    repo.switch("a1")
    repo.git("rm", "--quiet", "--cached", "README.md")
    add(repo, "readme.md")
    assert judge(repo, head=None) == ()


def test_twins_of_the_base_are_not_the_branchs(repo: Sandbox) -> None:
    add(repo, "readme.md")
    commit(repo, "On the base")
    repo.git("switch", "--quiet", "-c", "a1")
    add(repo, "new.md")
    assert judge(repo, head=None) == ()


@pytest.mark.parametrize(("rules", "severities"), [("{path.collision: warn}", ["warn"]), ("{path.collision: off}", [])])
def test_the_severity_is_the_grids(repo: Sandbox, rules: str, severities: list[str]) -> None:
    repo.switch("a1")
    add(repo, "readme.md")
    assert [finding.severity for finding in judge(repo, rules, head=None)] == severities


def test_git_is_not_asked_when_nothing_was_added(repo: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.switch("a1")
    repo.commit("Change", **{"README.md": "# changed\n"})
    repository = open_repository(repo)
    changes = charge_commit(repository, repo.oid("main"), repo.oid())
    monkeypatch.delattr(type(repository.git), "run")
    territory = Territory(compile_policy(make_policy()))
    assert collision_findings(repository.git, territory, changes, head=repo.oid()) == ()
