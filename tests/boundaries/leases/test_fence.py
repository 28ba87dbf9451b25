"""The fence: what the base has changed since the change set forked, from history alone."""

from pathlib import Path

from agentgrid.boundaries.leases.fence import find_stale
from agentgrid.git.process import Git
from support.repositories import Sandbox, create_repository

CACHE, QUEUE, ODD = b"common/cache.py", b"common/queue.py", b"\ncommon/od\xffd\n.py"


def fork(path: Path) -> Sandbox:
    """`main` and `work`, one commit each since they parted; `work` is checked out."""
    repo = create_repository(path, **{"common/cache.py": "1\n", "common/queue.py": "1\n"})
    repo.branch("work")
    repo.commit("The base goes on", **{"common/cache.py": "2\n"})
    repo.switch("work")
    repo.commit("So does the work", **{"common/queue.py": "2\n"})
    return repo


def stale(repo: Sandbox, *paths: bytes, heads: tuple[str, ...] = ("work",)) -> dict[bytes, str]:
    return find_stale(Git(repo.path), repo.oid("main"), [repo.oid(head) for head in heads], paths)


def test_a_path_that_the_base_changed_since_is_stale_and_named_with_its_commit(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    assert stale(repo, CACHE, QUEUE) == {CACHE: repo.oid("main")}


def test_after_bringing_the_base_in_nothing_is_stale(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    assert stale(repo, CACHE, heads=("work", "main")) == {}
    repo.git("merge", "--quiet", "--no-edit", "main")
    assert stale(repo, CACHE) == {}


def test_a_change_that_the_base_took_back_still_counts(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    repo.switch("main")
    repo.commit("Back", **{"common/cache.py": "1\n"})
    assert stale(repo, CACHE) == {CACHE: repo.oid("main")}


def test_an_evil_merge_on_the_base_counts(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    repo.switch("main")
    repo.switch("side")
    repo.commit("Aside", **{"README.md": "side\n"})
    repo.switch("main")
    repo.commit("Meanwhile", LICENSE="x\n")
    repo.git("merge", "--quiet", "--no-commit", "side")
    repo.commit("Merge side, and more", **{"common/queue.py": "evil\n"})
    assert stale(repo, QUEUE) == {QUEUE: repo.oid("main")}


def test_a_folder_where_the_file_stood_counts(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    repo.switch("main")
    repo.commit("A package now", **{"common/queue.py": None, "common/queue.py/__init__.py": "1\n"})
    assert stale(repo, QUEUE) == {QUEUE: repo.oid("main")}


def test_odd_names_are_told_apart_byte_by_byte(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    repo.switch("main")
    oid = repo.git("hash-object", "-w", "--stdin", stdin="odd\n")
    repo.git("update-index", "-z", "--index-info", stdin=b"100644 " + oid.encode() + b"\t" + ODD + b"\0")
    repo.git("commit", "--quiet", "-m", "Odd")
    assert stale(repo, ODD, ODD.lstrip(b"\n"), b"*") == {ODD: repo.oid("main")}


def test_thousands_of_paths_go_in_parts(tmp_path: Path) -> None:
    repo = fork(tmp_path / "repo")
    many = [b"common/" + b"x" * 100 + str(number).encode() for number in range(3000)]
    assert stale(repo, *many, CACHE) == {CACHE: repo.oid("main")}
