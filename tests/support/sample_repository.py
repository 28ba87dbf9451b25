"""A sample repository of 22 services, as large as a real one, the same for the same arguments.

Names, areas and shares follow the four-agent grid that the preset four-services describes. Two services belong to
nobody there. `python -m support.sample_repository DIR` writes one by hand.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from support.sample_history import Change, plan_history
from support.sample_tree import plan_tree

FIRST_COMMIT_AT = 1_736_150_400  # 2025-01-06 08:00 UTC, a Monday


def build_sample_repository(path: Path, *, files: int = 5000, commits: int = 120, seed: int = 3) -> Path:
    """Makes a repository on `main` at `path` (must not exist or be empty) and checks it out; returns `path`.

    At least `files` files in its last commit, exactly `commits` commits. Equal arguments give equal commit ids.
    """
    path.mkdir(parents=True, exist_ok=True)
    tree = plan_tree(files, seed)
    history = plan_history(tree, commits, seed)
    _git(path, "init", "--quiet", "--initial-branch=main")
    _git(path, "fast-import", "--quiet", stdin=b"".join(_stream(history)))
    _git(path, "reset", "--quiet", "--hard", "main")
    return path


def _stream(history: list[Change]) -> Iterator[bytes]:
    at = FIRST_COMMIT_AT
    for change in history:
        at += change.after_s
        yield b"commit refs/heads/main\ncommitter %s <%s@sample.invalid> %d +0000\n" % (
            change.author.capitalize().encode(),
            change.author.encode(),
            at,
        )
        yield _data(change.message)
        for name, content in change.files.items():
            yield b"M 100644 inline %s\n" % name.encode() + _data(content)
        yield b"\n"


def _data(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%s\n" % (len(content), content)


def _git(path: Path, *arguments: str, stdin: bytes = b"") -> None:
    subprocess.run(["git", *arguments], cwd=path, input=stdin, check=True)


if __name__ == "__main__":
    print(build_sample_repository(Path(sys.argv[1])))
