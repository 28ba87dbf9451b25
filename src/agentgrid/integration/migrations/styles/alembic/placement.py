"""Revisions that get their places: each follows the one before it, and the first the lineage's head. Pure."""

from collections.abc import Mapping, Sequence

from agentgrid.boundaries.migrations.lineages import is_alembic_revision
from agentgrid.boundaries.migrations.names import MigrationName, request_number
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.styles.alembic.file_names import final_name
from agentgrid.integration.migrations.styles.alembic.lineage import chain_of, read_revisions
from agentgrid.integration.migrations.styles.alembic.revision import (
    Revision,
    name_number,
    require_revision,
)
from agentgrid.integration.migrations.styles.alembic.rewriting import Values, rewrite_revision
from agentgrid.integration.migrations.styles.chain import Incoming, Placed, Placement
from agentgrid.integration.migrations.styles.placing import (
    finish_placement,
    only_file,
    refuse_order,
    refuse_unknown,
    require_growing,
    split_directory,
)

_WIDTH = 4


class Placing:
    """One placement into the lineage that `files` make."""

    def __init__(self, files: Mapping[bytes, bytes], lineage_path: str) -> None:
        self._files = files
        self._path = lineage_path
        self._base = [each for each in read_revisions(files) if not each.is_provisional]
        self._chain = chain_of(self._base)
        self._heads = self._chain.heads
        self._ids = {each.id for each in self._base}
        self._labels = {label: each.name for each in self._base for label in each.labels}
        self._renamed: dict[str, str] = {}
        """Ids of those that came before in this placement → as they are now."""
        counted = [each.id for each in self._base if each.is_counted]
        self._is_counted = len(counted) * 2 > len(self._base)
        self._width = len(max(counted, key=int)) if counted else _WIDTH
        self._numbered_as = None if self._is_counted else self._newest_name()

    def place(self, incoming: Sequence[Incoming]) -> Placement:
        if self._chain.entries and not self._heads:
            raise InputError(f"{self._path}: {'; '.join(self._chain.broken) or 'no revision is the last'}")
        names = [only_file(each, is_alembic_revision) for each in incoming]
        revisions = [require_revision(name, each.files[name]) for each, name in zip(incoming, names, strict=True)]
        if self._is_counted or self._numbered_as:
            require_growing(max((each.number or 0 for each in self._chain.entries), default=None), incoming)
        write: dict[bytes, bytes] = {}
        placed: list[Placed] = []
        for at, (each, revision) in enumerate(zip(incoming, revisions, strict=True)):
            later = {one.id: by.id for by, one in zip(incoming[at:], revisions[at:], strict=True)}
            self._check_references(each, revision, later)
            self._check_heads(revision)
            self._take_labels(each, revision)
            id_ = self._id(each, revision)
            name = self._name(revision, id_, each.number)
            if name in write:
                raise InputError(f"{each.id} would be called {show_path(name)}, as another request's file is")
            write[name] = self._content(each, revision, id_)
            placed.append(Placed(each.id, each.number, name, id_))
            self._renamed[revision.id] = id_
            self._ids.add(id_)
            self._heads = (id_,)
        carried = {name for each in incoming for name in each.files if is_alembic_revision(name)}
        return finish_placement({each.name: b"" for each in self._base}, write, carried, placed)

    def _check_references(self, each: Incoming, revision: Revision, later: Mapping[str, str]) -> None:
        """`later`: ids of what comes after → whose they are, its own among them."""
        known = self._ids | self._renamed.keys()
        for key in (*revision.follows, *revision.depends_on):
            if key in known:
                continue
            if key in later:
                refuse_order(each, "follows", later[key])
            if key in revision.follows:  # it may depend on a label, or on another lineage's
                refuse_unknown(each, revision.name, "follows", key, self._path)

    def _check_heads(self, revision: Revision) -> None:
        if len(self._heads) > 1 and len(revision.follows) < 2:
            raise InputError(
                f"{self._path} has {len(self._heads)} heads: {', '.join(self._heads)}",
                hint="submit the revision that `alembic merge heads` makes, and integrate it first",
            )

    def _take_labels(self, each: Incoming, revision: Revision) -> None:
        for label in revision.labels:
            if label in self._labels:
                raise InputError(
                    f"{each.id}: the branch label {label} is that of {show_path(self._labels[label])} already"
                )
            self._labels[label] = revision.name

    def _id(self, each: Incoming, revision: Revision) -> str:
        """Its own, unless the lineage counts or has it already."""
        is_provisional = request_number(revision.id.encode()) is not None
        if not self._is_counted and not is_provisional and revision.id not in self._ids:
            return revision.id
        wanted = str(each.number).rjust(self._width, "0")
        return wanted if wanted not in self._ids else f"{wanted}_{each.id}"

    def _name(self, revision: Revision, id_: str, number: int) -> bytes:
        directory, own = split_directory(revision.name)
        return directory + final_name(own, revision.id, id_, self._numbered_as, number)

    def _content(self, each: Incoming, revision: Revision, id_: str) -> bytes:
        content = each.files[revision.name]
        depends_on = tuple(self._renamed.get(key, key) for key in revision.depends_on)
        values: Values = {"revision": (id_,), "down_revision": self._heads, "depends_on": depends_on}
        was = {"revision": (revision.id,), "down_revision": revision.follows, "depends_on": revision.depends_on}
        return content if values == was else rewrite_revision(revision.name, content, values)

    def _newest_name(self) -> MigrationName | None:
        entry = next(reversed(self._chain.entries), None)
        return None if entry is None else name_number(split_directory(entry.files[0])[1])
