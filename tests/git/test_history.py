"""What happened in the history: merge bases, distances, changed paths, trees."""

import os
from pathlib import Path

import pytest

from agentgrid.git.history import (
    ahead_behind,
    changed_files_per_commit,
    list_tree,
    merge_base_tree,
    merge_bases,
    parse_raw,
)
from agentgrid.git.process import Git
from support.desks import open_repository
from support.repositories import Sandbox, create_repository


def fork_of(repo: Sandbox, base: str, *heads: str) -> tuple[str, frozenset[bytes]]:
    return merge_base_tree(open_repository(repo), repo.oid(base), [repo.oid(head) for head in heads])


def criss_cross(repo: Sandbox, a: dict[str, str], b: dict[str, str]) -> None:
    """Two branches, each of which has merged the other's first commit (conflicts go to `ours`)."""
    for name, files in (("a", a), ("b", b)):
        repo.git("switch", "--quiet", "-c", name, "main")
        repo.commit(name, **files)
    first = {name: repo.oid(name) for name in "ab"}
    for name, other in ("ab", "ba"):
        repo.git("switch", "--quiet", name)
        repo.git("merge", "--quiet", "--no-edit", "--strategy-option=ours", first[other])


def test_one_merge_base_is_itself(repo: Sandbox) -> None:
    start = repo.oid()
    repo.switch("a")
    repo.commit("A")
    assert fork_of(repo, "main", "a") == (start, frozenset())


def test_unrelated_histories_fork_from_nothing(repo: Sandbox) -> None:
    repo.git("switch", "--quiet", "--orphan", "island")
    repo.commit("Island")
    assert merge_bases(Git(repo.path), "main", ["island"]) == []
    assert fork_of(repo, "main", "island") == (open_repository(repo).empty_tree, frozenset())


@pytest.mark.parametrize("hash_format", ["sha1", "sha256"])
def test_the_empty_tree_is_known_in_every_object_format(tmp_path: Path, hash_format: str) -> None:
    repo = Sandbox(tmp_path)
    repo.git("init", "--quiet", f"--object-format={hash_format}")
    tree = repo.git("hash-object", "-t", "tree", "/dev/null")
    assert open_repository(repo).empty_tree == tree


def test_a_criss_cross_forks_from_the_merge_of_its_merge_bases(repo: Sandbox) -> None:
    criss_cross(repo, {"a.txt": "a\n"}, {"b.txt": "b\n"})
    assert len(merge_bases(Git(repo.path), "a", ["b"])) == 2
    fork, unclear = fork_of(repo, "a", "b")
    assert (repo.git("rev-parse", f"{fork}^{{tree}}"), unclear) == (repo.git("rev-parse", "a^{tree}"), frozenset())


def test_a_criss_cross_names_the_paths_on_which_its_bases_conflict(repo: Sandbox) -> None:
    criss_cross(repo, {"x\ny": "a\n", "a.txt": "a\n"}, {"x\ny": "b\n", "b.txt": "b\n"})
    assert fork_of(repo, "a", "b")[1] == frozenset({b"x\ny"})


def test_no_ref_and_no_file_is_touched_by_looking_for_the_fork(repo: Sandbox) -> None:
    criss_cross(repo, {"a.txt": "a\n"}, {"b.txt": "b\n"})
    before = repo.git("for-each-ref"), repo.status(), repo.git("log", "--walk-reflogs", "--format=%H")
    fork_of(repo, "a", "b")
    assert (repo.git("for-each-ref"), repo.status(), repo.git("log", "--walk-reflogs", "--format=%H")) == before


def test_ahead_is_what_the_head_has_and_behind_what_it_lacks(repo: Sandbox) -> None:
    repo.branch("a")
    repo.commit("One")
    repo.git("switch", "--quiet", "a")
    repo.commit("Two")
    repo.commit("Three")
    assert ahead_behind(Git(repo.path), "main", "a") == (2, 1)


def test_raw_differences_are_read_field_by_field() -> None:
    zero, one = b"0" * 40, b"1" * 40
    output = b":100644 000000 %s %s D\0a\nb\0:000000 120000 %s %s A\0\xff :\0" % (one, zero, zero, one)
    assert list(parse_raw(output)) == [
        (b"a\nb", b"100644", b"000000", zero), (b"\xff :", b"000000", b"120000", one),
    ]  # fmt: skip
    assert list(parse_raw(b"")) == []


def test_files_are_listed_per_commit_whatever_their_names_are(tmp_path: Path) -> None:
    names = ["\nfirst", "with\x01control", "plain", "\n"]
    repo = create_repository(tmp_path / "repo", **dict.fromkeys(names, "x"))
    repo.commit("Empty")
    repo.commit("Plain", plain="y")
    listed = list(changed_files_per_commit(Git(repo.path), "HEAD", most=10))
    assert listed == [[b"plain"], sorted(map(os.fsencode, names))]
    assert list(changed_files_per_commit(Git(repo.path), "HEAD", most=1)) == [[b"plain"]]


def test_a_tree_is_listed_with_modes_and_sizes(repo: Sandbox, tmp_path: Path) -> None:
    library = create_repository(tmp_path / "library", code="x\n")
    repo.git("submodule", "--quiet", "add", library.path, "sub")
    (repo.path / "link").symlink_to("README.md")
    repo.write("tab\there\n", "123")
    repo.commit("All kinds")
    found = {path: (mode, size) for path, mode, size in list_tree(Git(repo.path / "services"), "HEAD")}
    assert found[b"sub"] == (b"160000", 0)
    assert found[b"link"] == (b"120000", 9)
    assert found[b"tab\there\n"] == (b"100644", 3)
    assert sorted(map(os.fsdecode, found)) == repo.files()
