"""The schema of a SQLite database: what to ask for it, and its answers as lines. Works without a connection of ours,
so that another interpreter can do the asking.

Columns are told by name, not by place: one that was dropped and comes back stands last.
"""

from collections.abc import Iterator, Mapping, Sequence

from agentgrid.store.scratch.schema_text import BOOKKEEPING, Lines, Rows

PREPARE = "SELECT 1"
QUERIES: Mapping[str, str] = {
    "objects": "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    "columns": 'SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden'
    " FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'",
    "indexes": 'SELECT m.name, i.name, i."unique", i.origin, i.partial, c.seqno, c.name, c."desc", c.coll, c.key'
    " FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_xinfo(i.name) c"
    " WHERE m.type = 'table' ORDER BY m.name, i.name, c.seqno",
    "foreign": 'SELECT m.name, f.id, f.seq, f."table", f."from", f."to", f.on_update, f.on_delete'
    " FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq",
}


def sqlite_lines(rows: Rows) -> Lines:
    """(relation, line) of everything in it. `rows`: what each query answered."""
    tables = [(name, sql) for kind, name, _, sql in rows["objects"] if kind == "table"]
    lines: list[tuple[str, str]] = []
    for name, sql in tables:
        lines += [(str(name), f"table{_options(str(sql))}")]
        lines += [(str(name), f"check {each}") for each in _checks(str(sql))]
    lines += [(str(row[0]), _column(row)) for row in rows["columns"]]
    lines += _indexes(rows)
    lines += _foreign(rows["foreign"])
    for kind, name, table, sql in rows["objects"]:
        if kind in {"view", "trigger"}:
            lines.append((str(table if kind == "trigger" else name), f"{kind} {name}: {_plain(str(sql))}"))
    return [(relation, line) for relation, line in lines if relation.lower() not in BOOKKEEPING
            and not relation.startswith("sqlite_")]  # fmt: skip


def _column(row: Sequence[object]) -> str:
    _, name, kind, not_null, default, key, hidden = row
    told = f"column {name} {str(kind).lower()}".rstrip()
    told += " not null" if not_null else ""
    told += f" default {_without_brackets(_plain(str(default)))}" if default is not None else ""
    told += f" key {key}" if key else ""
    return told + (" generated" if hidden in {2, 3} else "")


def _indexes(rows: Rows) -> Iterator[tuple[str, str]]:
    texts = {name: sql for kind, name, _, sql in rows["objects"] if kind == "index" and sql}
    seen: dict[tuple[str, str, int, str], list[str]] = {}
    for table, name, unique, origin, _, _, column, desc, collation, key in rows["indexes"]:
        if key:
            told = f"{column if column is not None else '(expression)'}{' desc' if desc else ''}"
            told += f" collate {collation}" if collation != "BINARY" else ""
            seen.setdefault((str(table), str(name), int(str(unique)), str(origin)), []).append(told)
    for (table, name, unique, origin), columns in seen.items():
        if origin in {"u", "pk"}:
            yield table, f"{'unique' if origin == 'u' else 'primary key'} ({', '.join(columns)})"
        elif name in texts:
            yield table, f"{'unique ' if unique else ''}index {name} ({', '.join(columns)}){_condition(texts[name])}"


def _foreign(rows: Sequence[Sequence[object]]) -> Iterator[tuple[str, str]]:
    seen: dict[tuple[str, object], list[Sequence[object]]] = {}
    for row in rows:
        seen.setdefault((str(row[0]), row[1]), []).append(row)
    for (table, _), parts in seen.items():
        here = ", ".join(str(each[4]) for each in parts)
        there = ", ".join(str(each[5]) for each in parts if each[5] is not None)
        *_, on_update, on_delete = parts[0]
        target = str(parts[0][3]).lower()
        yield table, f"foreign key ({here}) to {target} ({there}) update {on_update} delete {on_delete}".lower()


def _condition(sql: object) -> str:
    """What stands after the index's table: its expressions and its condition, which no pragma tells."""
    plain = _plain(str(sql))
    inside = plain[plain.find("(") :]
    return f": {inside}" if " where " in inside.lower() or inside.count("(") > 1 else ""


def _options(sql: str) -> str:
    words = _plain(sql).lower()
    tail = words[words.rfind(")") + 1 :]
    found = [each for each in ("without rowid", "strict") if each in tail]
    return "".join(f" {each}" for each in (["autoincrement"] if " autoincrement" in words else []) + found)


def _checks(sql: str) -> list[str]:
    """The conditions of its CHECK constraints and generated columns."""
    words = _words(sql)
    found = []
    for place, word in enumerate(words):
        is_check = word.lower() == "check"
        if (is_check or (word.lower() == "as" and place)) and words[place + 1 : place + 2] == ["("]:
            depth, end = 0, place + 1
            for end in range(place + 1, len(words)):
                depth += {"(": 1, ")": -1}.get(words[end], 0)
                if depth == 0:
                    break
            told = _without_brackets(" ".join(words[place + 1 : end + 1]))
            found.append(told if is_check else f"as {told}")
    return sorted(found)


def _without_brackets(text: str) -> str:
    while text.startswith("( ") and text.endswith(" )"):
        depth = 0
        for place, mark in enumerate(text):
            depth += {"(": 1, ")": -1}.get(mark, 0)
            if depth == 0 and place < len(text) - 1:
                return text
        text = text[2:-2]
    return text


def _plain(sql: str) -> str:
    return " ".join(_words(sql))


def _words(sql: str) -> list[str]:
    """Its words, without comments, quotes around names, and white space."""
    from sqlglot import TokenType
    from sqlglot.dialects.sqlite import SQLite
    from sqlglot.errors import TokenError

    try:
        tokens = SQLite().tokenize(sql)
    except TokenError:
        return sql.split()
    quoted = {TokenType.STRING: "'"}
    return [f"{mark}{each.text}{mark}" if (mark := quoted.get(each.token_type, "")) else each.text for each in tokens]
