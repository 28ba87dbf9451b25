"""The file in which facts about sides are kept. It may be lost or broken at any time: they are gathered again then."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from agentgrid.boundaries.migrations.lineages import LineagePlace
from agentgrid.git.tree_changes import Change as FileChange
from agentgrid.integration.conflicts.beyond.facts import Facts
from agentgrid.integration.conflicts.beyond.remembering import FORMAT, Unreadable, decode_facts, encode_facts
from agentgrid.machine.files import write_atomically

MOST_SIDES = 300
MOST_BYTES = 16 << 20


def name_side(changes: frozenset[tuple[bytes, FileChange]], lineages: tuple[LineagePlace, ...]) -> str:
    """A side's name: the same for the same changes of the same files, seen with the same lineages."""
    seen = sha256(f"{FORMAT} {lineages!r}".encode())
    for path, change in sorted(changes, key=lambda each: each[0]):
        seen.update(b"\0".join([path, change.old_mode, change.new_mode, change.old, change.new]) + b"\0")
    return seen.hexdigest()


def read_kept(file: Path, wanted: set[str]) -> dict[str, Facts]:
    """Those of the `wanted` sides (by name) that are kept."""
    found: dict[str, Facts] = {}
    for name, text in _load(file).items():
        if name in wanted:
            try:
                found[name] = decode_facts(text)
            except Unreadable:
                continue
    return found


def keep(file: Path, fresh: Mapping[str, Facts]) -> None:
    """Adds facts by side; the oldest go where there are more than may be kept. What can't be written isn't kept."""
    kept = {name: text for name, text in _load(file).items() if name not in fresh}
    for name, facts in fresh.items():
        try:
            kept[name] = encode_facts(facts)
        except Unreadable:
            continue
    names = list(kept)[-MOST_SIDES:]
    size = 0
    newest: list[str] = []
    for name in reversed(names):
        size += len(kept[name])
        if size > MOST_BYTES:
            break
        newest.append(name)
    try:
        write_atomically(file, json.dumps({name: kept[name] for name in reversed(newest)}).encode())
    except OSError:
        return


def _load(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: text for name, text in pairs if isinstance(text, str)}
