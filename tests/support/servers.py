"""A bare repository that is the server of a small grid, and clones of it without any hook: what CI and pushes see."""

from collections.abc import Mapping
from pathlib import Path

from support.grids import FILES, GRID, OWNED, policy_files
from support.program import agentgrid
from support.repositories import Sandbox, create_repository

OWN_BRANCH, OTHER_BRANCH = "feat/a2/work__a2", "feat/a1/work__a1"


def serve_grid(place: Path, *, owned: Mapping[str, str] = OWNED, grid: str = GRID) -> tuple[Sandbox, Sandbox]:
    """(the server, a clone of a person's that is on its `main`), both below `place`. a1 owns orders, a2 billing."""
    main = create_repository(place / "shop", **FILES, **policy_files(owned, grid))
    return main.serve(place / "server.git"), main


def install_pre_receive(server: Sandbox) -> None:
    """The hook as `agentgrid hook pre-receive --print` shows it."""
    shown = agentgrid(server, "hook", "pre-receive", "--print")
    assert shown.code == 0, shown.err
    write_pre_receive(server, shown.out)


def write_pre_receive(server: Sandbox, text: str) -> None:
    hook = server.write("hooks/pre-receive", text)
    hook.chmod(0o755)


def remove_pre_receive(server: Sandbox) -> None:
    (server.path / "hooks/pre-receive").unlink()


def work_on(clone: Sandbox, branch: str, /, **files: str | bytes | None) -> str:
    """A commit with `files` on the new branch `branch` from `main`; the commit's id."""
    clone.git("switch", "--quiet", "-C", branch, "main")
    return clone.commit("Work", **files)


def refs_of(server: Sandbox) -> dict[str, str]:
    """Every ref of the server with its object."""
    listed = server.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in listed)


def said_by_server(text: str) -> list[str]:
    """The lines that came from the server's hook."""
    return [line.removeprefix("remote: ").rstrip() for line in text.splitlines() if line.startswith("remote: ")]
