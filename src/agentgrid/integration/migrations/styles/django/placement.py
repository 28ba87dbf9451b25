"""Migrations of an app that get their places: each follows the one before it, the first the app's leaf. Pure.

A squashed one follows what it says itself, and stands for those that it replaces. `max_migration.txt`, where there is
one, names the last.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agentgrid.boundaries.migrations.lineages import NEWEST_FILE, is_django_migration
from agentgrid.errors import InputError
from agentgrid.integration.migrations.styles.chain import Incoming, Placed, Placement
from agentgrid.integration.migrations.styles.django.lineage import chain_of, find_label, leaves_of, read_migrations
from agentgrid.integration.migrations.styles.django.migration import (
    Migration,
    Named,
    label_of_path,
    require_migration,
)
from agentgrid.integration.migrations.styles.django.rewriting import rename_references, set_dependencies
from agentgrid.integration.migrations.styles.django.support import name_last
from agentgrid.integration.migrations.styles.placing import (
    finish_placement,
    only_file,
    refuse_order,
    refuse_unknown,
    require_growing,
)

_WIDTH = 4


class Placing:
    """One placement of `incoming` into the app whose migrations `files` are."""

    def __init__(self, files: Mapping[bytes, bytes], incoming: Sequence[Incoming], lineage_path: str) -> None:
        self._path = lineage_path
        self._files = files
        self._incoming = incoming
        self._all = [each for each in read_migrations(files) if not each.is_provisional]
        self._base = {each.file: b"" for each in self._all}
        files_of = [(each, only_file(each, is_django_migration)) for each in incoming]
        self._carried = [require_migration(name, each.files[name]) for each, name in files_of]
        self._label = find_label([*self._all, *self._carried], label_of_path(lineage_path)) or ""
        self._chain = chain_of(self._all, self._label)
        counted = [each.parts for each in self._all if each.parts and each.leading is not None]
        self._width = len(max(counted, key=lambda parts: parts.number).digits) if counted else _WIDTH
        self._names = [self._final_name(each, by.number) for by, each in zip(incoming, self._carried, strict=True)]
        self._renamed: dict[str, str] = {}
        """Names of those that came before in this placement → as they are now."""

    def place(self) -> Placement:
        if self._chain.entries and not self._chain.heads:
            raise InputError(f"{self._path}: {'; '.join(self._chain.broken) or 'no migration is the last'}")
        require_growing(max((each.number or 0 for each in self._chain.entries), default=None), self._incoming)
        write: dict[bytes, bytes] = {}
        placed: list[Placed] = []
        for at, (each, migration) in enumerate(zip(self._incoming, self._carried, strict=True)):
            self._check(at)
            file = self._names[at].encode("utf-8", "surrogateescape") + b".py"
            write[file] = self._content(at, each.files[migration.file])
            self._renamed[migration.name] = self._names[at]
            placed.append(Placed(each.id, each.number, file, self._names[at]))
        carried = {name for each in self._incoming for name in each.files if is_django_migration(name)}
        return finish_placement(self._base, write, carried, placed, self._support())

    def _final_name(self, migration: Migration, number: int) -> str:
        """`0008_add_users`. Django takes the second number of `0008_squashed_0003_…` for that of the whole."""
        parts = migration.parts
        slug = migration.name if parts is None else parts.slug.decode("utf-8", "surrogateescape")
        slug = re.sub(r"(^|_)squashed_(?=\d)", r"\1squash_", slug)
        return f"{number:0{self._width}d}" + (f"_{slug}" if slug else "")

    def _check(self, at: int) -> None:
        """Raises InputError unless all that it names of its own app is there, and comes before it."""
        each, migration = self._incoming[at], self._carried[at]
        known = {one.name for one in self._all} | self._renamed.keys()
        replaced = {name for one in self._all for name in one.own(one.replaces, self._label)}
        later = {one.name: by.id for by, one in zip(self._incoming[at:], self._carried[at:], strict=True)}
        for verb, listed in (("follows", migration.dependencies), ("replaces", migration.replaces)):
            for name in migration.own(listed, self._label):
                if name in known or name in replaced:
                    continue
                if name in later:
                    refuse_order(each, verb, later[name])
                refuse_unknown(each, migration.file, verb, name, self._path)
        for name in migration.own(migration.run_before, self._label):
            if name not in later or later[name] == each.id:
                raise InputError(
                    f"{each.id} is to run before {name}, which has its place already",
                    hint="take it out of run_before: what is new comes after all that there is",
                )

    def _content(self, at: int, content: bytes) -> bytes:
        """The file as it is written; from here on it is one of the app's."""
        each, migration = self._incoming[at], self._carried[at]
        names = dict(zip((one.name for one in self._carried), self._names, strict=True))
        renamed = {old: new for old, new in names.items() if old != new}
        if _names_any(migration, self._label, renamed):
            content = rename_references(migration.file, content, self._label, renamed)
        heads = leaves_of(self._all, self._label)
        was = tuple(renamed.get(name, name) for name in migration.own(migration.dependencies, self._label))
        replaces = {renamed.get(name, name) for name in migration.own(migration.replaces, self._label)}
        if not replaces and len(heads) > 1 and len(was) < 2:
            raise InputError(
                f"{self._path} has {len(heads)} leaves: {', '.join(heads)}",
                hint="submit the migration that `makemigrations --merge` makes, and integrate it first",
            )
        follows = heads if not replaces else self._before(replaces) if replaces & {*self._renamed.values()} else was
        if follows != was:
            content = set_dependencies(migration.file, content, self._label, follows)
        self._all.append(self._placed(migration, names, self._names[at], follows))
        self._require_one_leaf(each)
        return content

    def _before(self, replaces: set[str]) -> tuple[str, ...]:
        """What those that are replaced follow, now that some of them have other places."""
        parents = [
            name
            for one in self._all
            if one.name in replaces
            for name in one.own(one.dependencies, self._label)
            if name not in replaces
        ]
        return tuple(dict.fromkeys(parents))

    def _require_one_leaf(self, each: Incoming) -> None:
        leaves = leaves_of(self._all, self._label)
        if not leaves:
            raise InputError(f"{each.id} replaces migrations between which others have come", hint="squash again")
        if len(leaves) > 1:
            raise InputError(f"{each.id} would leave {self._path} with {len(leaves)} leaves: {', '.join(leaves)}")

    def _placed(self, migration: Migration, names: Mapping[str, str], name: str, follows: Sequence[str]) -> Migration:
        def renamed(listed: tuple[Named, ...]) -> tuple[Named, ...]:
            return tuple((app, names.get(one, one) if app == self._label else one) for app, one in listed)

        return replace(
            migration, file=name.encode("utf-8", "surrogateescape") + b".py", name=name,
            dependencies=tuple((self._label, one) for one in follows), replaces=renamed(migration.replaces),
            run_before=(),
        )  # fmt: skip

    def _support(self) -> dict[bytes, bytes]:
        has_one = NEWEST_FILE in self._files or any(NEWEST_FILE in each.files for each in self._incoming)
        return {NEWEST_FILE: name_last(self._all, self._label)} if has_one and self._incoming else {}


def _names_any(migration: Migration, label: str, renamed: Mapping[str, str]) -> bool:
    every = (*migration.dependencies, *migration.replaces, *migration.run_before)
    return any(app == label and name in renamed for app, name in every)
