"""The schema of a PostgreSQL database: what to ask for it, and its answers as lines. Works without a connection of
ours, so that another interpreter can do the asking. What an extension brings isn't told, but for its name.

Columns are told by name, not by place: one that was dropped and comes back stands last.
"""

# ruff: noqa: S608 - only our own words are put together

from collections.abc import Mapping

from agentgrid.store.scratch.schema_text import BOOKKEEPING, Lines, Rows

PREPARE = "SET search_path = ''"  # so that every name comes with its schema, whatever a migration has set

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND NOT starts_with(n.nspname, 'pg_temp')"
_NO_EXTENSION = "NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = {} AND d.deptype = 'e')"
_RELATION = "n.nspname || '.' || c.relname"
_FROM = f"""FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    AND {_OURS} AND {_NO_EXTENSION.format("c.oid")}"""

QUERIES: Mapping[str, str] = {
    "schemas": f"""SELECT n.nspname::text, 'schema' FROM pg_namespace n WHERE {_OURS}
        AND NOT starts_with(n.nspname, 'pg_') AND {_NO_EXTENSION.format("n.oid")}""",
    "extensions": "SELECT 'extensions'::text, extname FROM pg_extension WHERE extname <> 'plpgsql'",
    "relations": f"""SELECT {_RELATION}, CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table'
        WHEN 'v' THEN 'view: ' || pg_get_viewdef(c.oid) WHEN 'm' THEN 'materialized view: ' || pg_get_viewdef(c.oid)
        WHEN 'f' THEN 'foreign table' ELSE 'sequence' END
        || CASE WHEN c.relrowsecurity THEN ' row security' ELSE '' END
        || CASE c.relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END
        || coalesce(' ' || pg_get_partkeydef(c.oid), '') || coalesce(' ' || pg_get_expr(c.relpartbound, c.oid), '')
        {_FROM} WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')""",
    "columns": f"""SELECT {_RELATION}, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attcollation <> t.typcollation THEN ' collate ' || a.attcollation::regcollation::text ELSE '' END
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
        || CASE a.attidentity::text WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity by default' ELSE '' END
        || CASE a.attgenerated::text WHEN '' THEN coalesce(' default ' || pg_get_expr(f.adbin, f.adrelid), '')
           ELSE ' generated ' || pg_get_expr(f.adbin, f.adrelid) END
        {_FROM} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'f')""",
    "constraints": f"""SELECT {_RELATION}, 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
        {_FROM} JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype NOT IN ('n', 't')""",
    "indexes": f"""SELECT {_RELATION}, 'index ' || pg_get_indexdef(i.indexrelid)
        || CASE WHEN i.indisvalid THEN '' ELSE ' invalid' END
        {_FROM} JOIN pg_index i ON i.indrelid = c.oid
        WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k
            WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
        """,
    "sequences": f"""SELECT {_RELATION}, 'counts ' || format_type(s.seqtypid, NULL) || ' from ' || s.seqstart
        || ' by ' || s.seqincrement || ' in ' || s.seqmin || '..' || s.seqmax
        || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END {_FROM} JOIN pg_sequence s ON s.seqrelid = c.oid""",
    "triggers": f"""SELECT {_RELATION}, 'trigger ' || pg_get_triggerdef(g.oid)
        {_FROM} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal""",
    "policies": f"""SELECT {_RELATION}, 'policy ' || p.polname || ' ' || p.polcmd::text || ' '
        || coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' '
        || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') {_FROM} JOIN pg_policy p ON p.polrelid = c.oid""",
    "enums": f"""SELECT n.nspname || '.' || t.typname, 'enum ' || string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder)
        FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE {_OURS} AND {_NO_EXTENSION.format("t.oid")} GROUP BY n.nspname, t.typname""",
    "domains": f"""SELECT n.nspname || '.' || t.typname, 'domain ' || format_type(t.typbasetype, t.typtypmod)
        || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || t.typdefault, '')
        || coalesce(' ' || (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname)
           FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
        FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
        WHERE t.typtype = 'd' AND {_OURS} AND {_NO_EXTENSION.format("t.oid")}""",
    "functions": f"""SELECT n.nspname || '.' || p.proname, 'function ('
        || pg_get_function_identity_arguments(p.oid) || ') ' || coalesce(pg_get_function_result(p.oid), '')
        || ' ' || md5(CASE p.prokind WHEN 'a' THEN '' ELSE pg_get_functiondef(p.oid) END)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE {_OURS} AND {_NO_EXTENSION.format("p.oid")}""",
}


def postgres_lines(rows: Rows) -> Lines:
    """(relation, line) of everything in it. `rows`: what each query answered."""
    told = [(str(relation), " ".join(str(line).split())) for answers in rows.values() for relation, line in answers]
    return [(relation, line) for relation, line in told if _bare(relation) not in BOOKKEEPING]


def _bare(relation: str) -> str:
    name = relation.rpartition(".")[2]
    for ending in ("_id_seq", "_installed_rank_seq"):
        name = name.removesuffix(ending)
    return name.lower()
