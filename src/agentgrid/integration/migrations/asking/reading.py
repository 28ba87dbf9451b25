"""What is submitted, found and read: files of the work tree, or SQL from anywhere."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from agentgrid.boundaries.migrations.queries import read_requests
from agentgrid.config.schema import Lineage
from agentgrid.errors import InputError, Refused, UsageError
from agentgrid.git.paths import RepoPath, locate_path, show_path
from agentgrid.git.repository import Repository
from agentgrid.git.trees import read_blobs
from agentgrid.integration.migrations.asking.given import (
    Given,
    down_names,
    is_down,
    read_carried,
    read_regular,
    understand,
)
from agentgrid.integration.migrations.lineages import NamedLineage, find_lineage, lineage_of
from agentgrid.integration.migrations.styles.chain import Style
from agentgrid.store.session import Store

STDIN = "-"


@dataclass(frozen=True)
class Scene:
    """What submitting needs of the grid. `base`: gives the base's commit."""

    repository: Repository
    store: Store
    lineages: Mapping[str, Lineage]
    base: Callable[[], str]


def lineage_of_all(scene: Scene, located: Sequence[RepoPath], named: str | None) -> NamedLineage:
    """The one lineage that all the files are in. Raises InputError when there is none."""
    lineages = {find_lineage(scene.lineages, named, each.path).name for each in located}
    if len(lineages) > 1:
        raise InputError(f"these files are of several lineages: {', '.join(sorted(lineages))}",
                         hint="submit them one lineage after the other")  # fmt: skip
    lineage = find_lineage(scene.lineages, named, located[0].path)
    for each in located:
        if each.target is not None or each.leaves:
            raise InputError(f"{show_path(each.path)} leads elsewhere through a link", hint="name the file itself")
        if lineage.relative(each.path) is None:
            elsewhere = lineage_of(scene.lineages, each.path)
            more = f", but in that of {elsewhere.name}" if elsewhere is not None else ""
            raise InputError(
                f"{show_path(each.path)} is not in {lineage.settings.path}, the directory of {lineage.name}{more}",
                hint="move it there; or ask for its SQL alone: agentgrid migration submit FILE --ask",
            )
    return lineage


def read_files(
    scene: Scene, lineage: NamedLineage, style: Style, located: Sequence[RepoPath], branch: str
) -> list[Given]:
    top = os.fsencode(str(scene.repository.worktree))

    def from_disk(name: bytes) -> bytes | None:
        path = lineage.path_of(name)
        place = os.path.join(top, path)
        return read_regular(place, show_path(path)) if os.path.lexists(place) else None

    def read(names: Sequence[bytes]) -> list[Given]:
        return read_carried(lineage, style, names, from_disk, lambda name: show_path(lineage.path_of(name)))

    names = [name for each in located if (name := lineage.relative(each.path)) is not None]
    given = read(names)
    _require_new(scene, [lineage.path_of(each.name) for each in given])
    followers = [name for name in _followers(scene, lineage, branch, given)
                 if os.path.lexists(os.path.join(top, lineage.path_of(name)))]  # fmt: skip
    return read([*names, *followers]) if followers else given


def _followers(scene: Scene, lineage: NamedLineage, branch: str, given: Sequence[Given]) -> list[bytes]:
    """Files of the branch that were submitted before what they follow: they name it by the key that it is losing."""
    keys = {each.touched.key for each in given if each.touched.key}
    names = {each.name for each in given}
    with scene.store.read() as session:
        requests = read_requests(session, lineage.name)
    mine = [each for each in requests if each.is_open and each.branch == branch and each.file is not None]
    following = [lineage.relative(each.file) for each in mine if each.file and keys.intersection(each.touched.parents)]
    return [name for name in following if name is not None and name not in names]


def _require_new(scene: Scene, paths: Sequence[bytes]) -> None:
    """Raises Refused for a migration that the base has: others may have run it."""
    landed = read_blobs(scene.repository.git, scene.base(), [os.fsdecode(path) for path in paths])
    for path in landed:
        raise Refused(f"{show_path(os.fsencode(path))} is in the base already: what has landed is never changed",
                      hint="write a new migration that changes what it did")  # fmt: skip


def read_sql(
    scene: Scene, lineage: NamedLineage, style: Style, source: tuple[str, bytes | None], down: str | None
) -> Given:
    """`source`: the file, or STDIN and its bytes."""
    name, content = source
    own = "" if name == STDIN else os.path.basename(name)
    if content is None:
        content = _read(scene, name)
    if down == STDIN:
        raise UsageError("--down names a file")
    partner = (os.fsencode(os.path.basename(down)), _read(scene, down)) if down is not None else None
    if partner is None and own and not is_down(os.fsencode(own)):
        partner = _partner_beside(scene, name)
    shown = {os.fsencode(own): name if own else "stdin"}
    if partner is not None:
        shown[partner[0]] = down or os.fsdecode(partner[0])
    asked = os.fsencode(own)
    given = understand(lineage, style, asked or b"stdin.sql", content, partner,
                       lambda each: shown.get(each) or shown[asked])  # fmt: skip
    return replace(given, name=asked, title=given.title if own else "", down_name=None,
                   touched=replace(given.touched, key="", parents=(), was=""))  # fmt: skip


def _partner_beside(scene: Scene, name: str) -> tuple[bytes, bytes] | None:
    for each in down_names(os.fsencode(name)):
        if (scene.repository.directory / os.fsdecode(each)).is_file():
            return os.path.basename(each), _read(scene, os.fsdecode(each))
    return None


def _read(scene: Scene, name: str) -> bytes:
    return read_regular(scene.repository.directory / name, name)


def path_of(scene: Scene, source: str) -> bytes | None:
    """The path of a file in the repository; None when it lies anywhere else."""
    try:
        return locate_path(scene.repository, source).path
    except InputError:
        return None
