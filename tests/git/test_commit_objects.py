"""Commits that are made in the object database alone."""

import os

from agentgrid.git.commit_objects import read_commit, replace_paths, replay, tree_of, write_commit
from agentgrid.git.process import Git
from support.repositories import Sandbox


def test_a_commit_written_again_keeps_author_date_and_message_to_the_byte(repo: Sandbox) -> None:
    git = Git(repo.path)
    env = {"GIT_AUTHOR_NAME": "Zoë O'Neil", "GIT_AUTHOR_EMAIL": "z@example.com", "GIT_AUTHOR_DATE": "@86400 -0530"}
    repo.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", "-", env=env,
             stdin="Sm\xf8rrebr\xf8d\n\nbody\n".encode("latin-1"))  # fmt: skip
    old = read_commit(git, "HEAD")

    new = read_commit(git, write_commit(git, old.tree, old.parents, old.message, author=old.author,
                                        encoding=old.encoding))  # fmt: skip

    assert (new.author, new.message, new.encoding) == (old.author, old.message, "ISO-8859-1")
    assert repo.git("log", "-1", "--format=%s") == "Smørrebrød"


def test_a_replayed_commit_brings_its_own_change_alone(repo: Sandbox) -> None:
    git, start = Git(repo.path), repo.oid()
    repo.switch("side")
    repo.commit("First", **{"first.txt": "1\n"})
    second = repo.commit("Second", **{"second.txt": "2\n"})
    repo.git("switch", "-q", "--detach", start)
    tip = repo.commit("Base", **{"base.txt": "b\n"})

    done = replay(git, tip, second)

    assert done.conflicts == ()
    assert set(repo.files(done.tree)) - set(repo.files(start)) == {"second.txt", "base.txt"}


def test_a_first_commit_is_replayed_as_one_that_adds_everything(repo: Sandbox) -> None:
    root = repo.git("rev-list", "--max-parents=0", "HEAD")
    tip = repo.commit("Other", **{"other.txt": "o\n"})

    assert replay(Git(repo.path), tip, root).tree == tree_of(Git(repo.path), tip)


def test_paths_of_another_tree_replace_those_that_are_there_and_go_where_it_has_none(repo: Sandbox) -> None:
    git, start = Git(repo.path), repo.oid()
    strange = b"odd\nn\xffame"
    with open(os.path.join(os.fsencode(repo.path), strange), "wb") as stream:
        stream.write(b"odd\n")
    other = repo.commit("Other", **{"README.md": "# other\n", "services/common/cache.py": None})

    tree = replace_paths(git, tree_of(git, start), other, (b"README.md", b"services/common/cache.py", strange))

    assert tree == tree_of(git, other)
