"""What git itself makes of gitignore patterns, many at a time: one folder with its own .gitignore for each pattern."""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from support.repositories import Sandbox


def ask_git(sandbox: Sandbox, patterns: Sequence[str], paths: Mapping[bytes, bool]) -> list[set[bytes]]:
    """For each pattern, those of `paths` (path → whether it is a directory) that `git check-ignore --no-index`
    matches. Directories are made, so a path that only stands above one must not be asked about as a file."""
    questions = []
    for number, pattern in enumerate(patterns):
        folder = _new_folder(sandbox.path, pattern, [path for path, is_directory in paths.items() if is_directory])
        questions += [(number, folder, path) for path in paths]
    answers = _check_ignore(sandbox.path, [folder + b"/" + path for _, folder, path in questions])
    matched: list[set[bytes]] = [set() for _ in patterns]
    for number, folder, path in questions:
        if folder + b"/" + path in answers:
            matched[number].add(path)
    return matched


def consistent_paths(files: Iterable[bytes], directories: Iterable[bytes]) -> dict[bytes, bool]:
    """Paths that can stand in one tree with these directories made: path → whether it is a directory."""
    kept: dict[bytes, bool] = dict.fromkeys(directories, True)
    made = {b"/".join(path.split(b"/")[:end]) for path in kept for end in range(1, path.count(b"/") + 2)}
    return kept | {path: False for path in files if path not in made}


def _new_folder(root: Path, pattern: str, directories: Iterable[bytes]) -> bytes:
    name = f"p{len(os.listdir(root))}"
    folder = root / name
    folder.mkdir()
    (folder / ".gitignore").write_bytes(pattern.encode("utf-8", "surrogateescape") + b"\n")
    for directory in directories:
        os.makedirs(os.path.join(os.fsencode(folder), directory), exist_ok=True)
    return os.fsencode(name)


def _check_ignore(root: Path, paths: Sequence[bytes]) -> set[bytes]:
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=root,
        input=b"".join(path + b"\0" for path in paths),
        capture_output=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return set(done.stdout.split(b"\0")[:-1])
