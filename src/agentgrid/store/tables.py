"""The tables, version by version: plain SQL in the subset that SQLite 3.35 and PostgreSQL 14 share.

A version is never changed once released; a new one is appended. Numbers come from `counters`, because there is one
writer and both databases count differently. `BYTEA` holds paths and patterns: they are bytes, not text.
"""

VERSIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        """CREATE TABLE events (
            seq BIGINT PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, subject TEXT NOT NULL,
            token BIGINT, before_json TEXT, after_json TEXT)""",
        """CREATE TABLE leases (
            token BIGINT PRIMARY KEY, holder TEXT NOT NULL, incarnation TEXT NOT NULL, host TEXT NOT NULL,
            reason TEXT NOT NULL, is_automatic SMALLINT NOT NULL, until TEXT NOT NULL, ttl_ms BIGINT NOT NULL,
            grace_ms BIGINT NOT NULL, boot TEXT NOT NULL, renewed_ms BIGINT NOT NULL, acquired_at TEXT NOT NULL,
            renewed_at TEXT NOT NULL, work_oid TEXT, ended_at TEXT, ended_how TEXT)""",
        "CREATE INDEX leases_live ON leases (holder) WHERE ended_at IS NULL",
        """CREATE TABLE lease_patterns (
            token BIGINT NOT NULL, position BIGINT NOT NULL, pattern BYTEA NOT NULL, shape BYTEA NOT NULL,
            PRIMARY KEY (token, position))""",
        """CREATE TABLE lease_waiters (
            ticket BIGINT PRIMARY KEY, holder TEXT NOT NULL, incarnation TEXT NOT NULL, host TEXT NOT NULL,
            boot TEXT NOT NULL, beat_ms BIGINT NOT NULL, asked_at TEXT NOT NULL)""",
        """CREATE TABLE waiter_patterns (
            ticket BIGINT NOT NULL, position BIGINT NOT NULL, pattern BYTEA NOT NULL, shape BYTEA NOT NULL,
            PRIMARY KEY (ticket, position))""",
        """CREATE TABLE notices (
            number BIGINT PRIMARY KEY, agent TEXT NOT NULL, message TEXT NOT NULL, at TEXT NOT NULL, seen_at TEXT)""",
        "CREATE INDEX notices_unseen ON notices (agent) WHERE seen_at IS NULL",
        """CREATE TABLE branches (
            name BYTEA PRIMARY KEY, agent TEXT NOT NULL, incarnation TEXT NOT NULL, created_at TEXT NOT NULL)""",
        """CREATE TABLE passes (
            nonce TEXT PRIMARY KEY, pid BIGINT NOT NULL, process_started TEXT NOT NULL, agent TEXT NOT NULL,
            at TEXT NOT NULL)""",
    ),
    (
        """CREATE TABLE grants (
            id TEXT PRIMARY KEY, agent TEXT NOT NULL, text BYTEA NOT NULL, is_signed SMALLINT NOT NULL,
            revoked_at TEXT, revoked_by TEXT)""",
        "CREATE INDEX grants_agent ON grants (agent) WHERE revoked_at IS NULL",
    ),
    (
        """CREATE TABLE reviews (
            id TEXT PRIMARY KEY, agent TEXT NOT NULL, text BYTEA NOT NULL, is_signed SMALLINT NOT NULL)""",
        "CREATE INDEX reviews_agent ON reviews (agent)",
        """CREATE TABLE pull_requests (
            branch TEXT PRIMARY KEY, agent TEXT NOT NULL, number BIGINT NOT NULL, url TEXT NOT NULL,
            state TEXT NOT NULL, head TEXT NOT NULL, at TEXT NOT NULL)""",
    ),
    (
        """CREATE TABLE migration_requests (
            id TEXT PRIMARY KEY, counted BIGINT NOT NULL, lineage TEXT NOT NULL, agent TEXT NOT NULL,
            title TEXT NOT NULL, status TEXT NOT NULL, priority BIGINT NOT NULL, content BYTEA NOT NULL,
            digest TEXT NOT NULL, submitted_at TEXT NOT NULL, down BYTEA, branch TEXT, file BYTEA,
            original BYTEA NOT NULL, number BIGINT, commit_oid TEXT, target TEXT, decided_at TEXT, decided_by TEXT,
            reason TEXT NOT NULL, touched_json TEXT NOT NULL)""",
        "CREATE INDEX migration_requests_lineage ON migration_requests (lineage, counted)",
        """CREATE TABLE migration_links (
            id TEXT NOT NULL, position BIGINT NOT NULL, depends_on TEXT NOT NULL, PRIMARY KEY (id, position))""",
        """CREATE TABLE migration_runs (
            id TEXT PRIMARY KEY, lineage TEXT NOT NULL, ref TEXT NOT NULL, old TEXT, new TEXT NOT NULL,
            actor TEXT NOT NULL, at TEXT NOT NULL, before_json TEXT NOT NULL)""",
    ),
)
TABLES = ("meta", "counters", "events", "leases", "lease_patterns", "lease_waiters", "waiter_patterns", "notices",
          "branches", "passes", "grants", "reviews", "pull_requests", "migration_requests",
          "migration_links", "migration_runs")  # fmt: skip
