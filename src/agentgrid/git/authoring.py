"""A new repository with a history that is given as text: what samples and demonstrations start from."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agentgrid.git.process import HOOK_VARIABLES

History = Iterable[tuple[str, Mapping[str, str]]]


def create_repository(directory: Path, history: History, *, name: str, email: str) -> None:
    """Makes a repository on the branch `main` in `directory` and commits `history`: (message, path → text) each.

    `name` and `email` are the author's, and are set for this repository; its commits are never signed.
    """
    from git import Actor, Repo

    directory.mkdir(parents=True, exist_ok=True)
    with _without_hook_variables(), Repo.init(directory, initial_branch="main") as repo:
        with repo.config_writer() as settings:
            settings.set_value("user", "name", name)
            settings.set_value("user", "email", email)
            settings.set_value("commit", "gpgsign", "false")
        author = Actor(name, email)
        for message, files in history:
            for path, text in files.items():
                (directory / path).parent.mkdir(parents=True, exist_ok=True)
                (directory / path).write_text(text)
            repo.index.add(sorted(files))
            repo.index.commit(message, author=author, committer=author)


@contextmanager
def _without_hook_variables() -> Iterator[None]:
    """GitPython hands the environment on: what is started from a git hook must not land in that repository."""
    kept = {name: os.environ.pop(name) for name in HOOK_VARIABLES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)
