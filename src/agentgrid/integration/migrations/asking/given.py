"""What is submitted, read and understood before anything is changed: the file or the SQL, its way back, its facts."""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentgrid.boundaries.migrations.names import parse_name
from agentgrid.boundaries.migrations.request import Touched
from agentgrid.errors import InputError
from agentgrid.git.paths import show_path
from agentgrid.integration.migrations.lineages import NamedLineage
from agentgrid.integration.migrations.sql.facts import SqlFacts, read_facts
from agentgrid.integration.migrations.sql.text import decode_text, require_bearable
from agentgrid.integration.migrations.styles.chain import Style

FromDisk = Callable[[bytes], bytes | None]
"""The content of a file of the lineage by its name; None when there is none."""


@dataclass(frozen=True)
class Given:
    """One migration as it lies there. `name`: relative to the lineage's directory; of SQL alone, what the file is
    called, empty for stdin. `touched`: `key` and `parents` are those of the file as it is. `down`: what takes it back,
    from the file `down_name` where it has one."""

    name: bytes
    content: bytes
    title: str
    touched: Touched
    down: bytes | None = None
    down_name: bytes | None = None

    @property
    def own_name(self) -> bytes:
        return self.name.rpartition(b"/")[2]

    @property
    def request_id(self) -> str | None:
        """Of the request whose provisional file it is."""
        parts = parse_name(self.own_name)
        return parts.request_id if parts is not None else None


def read_regular(path: Path | bytes, shown: str) -> bytes:
    """The content of a file. Raises InputError for what is no file, can't be read, or is far too large."""
    try:
        facts = os.lstat(path)
        if not stat.S_ISREG(facts.st_mode):
            raise InputError(f"{shown} is no file", hint="name the migration's file")
        require_bearable(facts.st_size, shown)
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise InputError(f"{shown}: {error.strerror}", hint="name the migration's file") from error


def read_carried(
    lineage: NamedLineage, style: Style, names: Sequence[bytes], from_disk: FromDisk, shown: Callable[[bytes], str]
) -> list[Given]:
    """The migrations of these files, in the order of their chain. `shown`: how a file is called in messages.

    Raises InputError for what is no migration, a way back without the way there, and as `understand`.
    """
    _require_migrations(lineage, style, names, shown)
    downs = {down: name for name in names if style.can_be_asked and not is_down(name) for down in down_names(name)}
    given = []
    for name in dict.fromkeys(names):
        if style.can_be_asked and is_down(name):
            if name not in downs:
                raise InputError(f"{shown(name)} is the way back of another migration",
                                 hint="name the file that it takes back: its partner goes along")  # fmt: skip
            continue
        content = from_disk(name)
        if content is None:
            raise InputError(f"there is no file {shown(name)}", hint="name the migration's file")
        partner = _partner(name, from_disk) if style.can_be_asked else None
        given.append(understand(lineage, style, name, content, partner, shown))
    return in_chain_order(style, given)


def understand(
    lineage: NamedLineage,
    style: Style,
    name: bytes,
    content: bytes,
    partner: tuple[bytes, bytes] | None,
    shown: Callable[[bytes], str],
) -> Given:
    """What a file says. `partner`: (name, content) of what takes it back.

    Raises InputError, with file, line and column, for what isn't UTF-8, can't be read or says nothing.
    """
    dialect, called = lineage.settings.dialect, shown(name)
    decode_text(content, called)
    told = style.tell(name, content, lineage.settings.path)
    facts = _facts(told.sql_up, dialect, called, style)
    if told.sql_down.strip():
        _facts(told.sql_down, dialect, called, style)
    if partner is not None:
        read_facts(decode_text(partner[1], shown(partner[0])), dialect, shown(partner[0]))
    touched = Touched(
        tuple(sorted({*facts.objects, *told.objects})), tuple(dict.fromkeys((*told.destructive, *facts.destructive))),
        told.is_reversible or partner is not None, told.key, told.parents, told.key,
    )  # fmt: skip
    title = show_path((told.title.strip() or show_path(name.rpartition(b"/")[2]).partition(".")[0]).encode())
    given = Given(name, content, title, touched)
    return given if partner is None else replace(given, down_name=partner[0], down=partner[1])


def in_chain_order(style: Style, given: Sequence[Given]) -> list[Given]:
    """Each after what it follows; counted SQL by its numbers, what has none as it was named."""
    if not style.can_be_asked:
        return _by_parents(given)
    numbers = [parse_name(each.own_name) for each in given]
    if any(number is None for number in numbers):
        return list(given)
    return sorted(given, key=_place)


def is_down(name: bytes) -> bool:
    """Whether the SQL file takes back what its partner does."""
    parts = parse_name(name.rpartition(b"/")[2])
    return parts.is_down if parts is not None else b".down." in name.lower()


def down_names(name: bytes) -> list[bytes]:
    """What the file that takes `name` back may be called."""
    directory, slash, own = name.rpartition(b"/")
    stem, _, ending = own.rpartition(b".")
    found = [stem.removesuffix(b".up") + b".down." + ending]
    if own[:1] == b"V" and b"__" in own:
        found.append(b"U" + own[1:])
    return [directory + slash + each for each in found]


def _partner(name: bytes, from_disk: FromDisk) -> tuple[bytes, bytes] | None:
    found = [(each, content) for each in down_names(name) if (content := from_disk(each)) is not None]
    return found[0] if found else None


def _require_migrations(
    lineage: NamedLineage, style: Style, names: Sequence[bytes], shown: Callable[[bytes], str]
) -> None:
    for name in names:
        is_one = name.endswith(style.endings) if style.can_be_asked else style.is_migration(name)
        if not is_one:
            endings = ", ".join(ending.decode() for ending in style.endings)
            raise InputError(f"{shown(name)} is no migration of the lineage {lineage.name} (style {style.name})",
                             hint=f"accepted: migrations that end in {endings}")  # fmt: skip


def _facts(sql: str, dialect: str, called: str, style: Style) -> SqlFacts:
    """Of a SQL file everything has to be readable; of another one, what SQL there is in it."""
    if not style.can_be_asked and not sql.strip():
        return SqlFacts((), (), 0)
    return read_facts(sql, dialect, called if style.can_be_asked else f"the SQL in {called}")


def _place(given: Given) -> tuple[bool, tuple[int, ...]]:
    parts = parse_name(given.own_name)
    assert parts is not None
    return not parts.is_provisional, parts.version


def _by_parents(given: Sequence[Given]) -> list[Given]:
    keys: Mapping[str, Given] = {each.touched.key: each for each in given}
    ordered: dict[bytes, Given] = {}

    def add(each: Given, above: frozenset[str]) -> None:
        for parent in each.touched.parents:
            if parent in keys and parent not in above:
                add(keys[parent], above | {parent})
        ordered.setdefault(each.name, each)

    for each in given:
        add(each, frozenset({each.touched.key}))
    return list(ordered.values())
