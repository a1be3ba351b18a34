"""The tables of the embedded store, as the forward steps that build them. `docs/store.md` explains them."""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x4A57_5353
"""Marks a SQLite file as ours ("JWSS"), so that another program's database is never migrated."""

_FIRST: Final = (
    """
    CREATE TABLE sequence (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        change INTEGER NOT NULL,
        folded_by TEXT NOT NULL
    )
    """,
    "INSERT INTO sequence VALUES (1, 0, '')",
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        run_id TEXT NOT NULL UNIQUE,
        source TEXT NOT NULL,
        platform TEXT NOT NULL,
        reason TEXT NOT NULL,
        started_at TEXT NOT NULL,
        log_file TEXT,
        attempts INTEGER NOT NULL DEFAULT 1,
        outcome TEXT NOT NULL DEFAULT 'running',
        finished_at TEXT,
        message TEXT NOT NULL DEFAULT '',
        pages INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        fill_rates TEXT NOT NULL DEFAULT '{}',
        errors TEXT NOT NULL DEFAULT '{}',
        listings INTEGER NOT NULL DEFAULT 0,
        new INTEGER NOT NULL DEFAULT 0,
        changed INTEGER NOT NULL DEFAULT 0,
        hits INTEGER NOT NULL DEFAULT 0,
        flagged INTEGER NOT NULL DEFAULT 0,
        change INTEGER NOT NULL UNIQUE
    )
    """,
    "CREATE INDEX run_started ON run (started_at)",
    "CREATE INDEX run_source ON run (source, started_at)",
    """
    CREATE TABLE listing (
        id INTEGER PRIMARY KEY,
        listing_id TEXT NOT NULL UNIQUE,
        platform TEXT NOT NULL,
        source TEXT NOT NULL,
        native_id TEXT,
        url TEXT,
        seller_id TEXT,
        seller_name TEXT,
        shelf TEXT,
        extra TEXT NOT NULL,
        first_seen TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        gone_at TEXT,
        last_run INTEGER NOT NULL REFERENCES run (id),
        versions INTEGER NOT NULL,
        current INTEGER NOT NULL,
        offered_at TEXT NOT NULL,
        verdict TEXT NOT NULL,
        score REAL NOT NULL,
        category TEXT,
        hits INTEGER NOT NULL,
        price REAL,
        currency TEXT,
        change INTEGER NOT NULL UNIQUE
    )
    """,
    "CREATE INDEX listing_offered ON listing (offered_at)",
    "CREATE INDEX listing_platform ON listing (platform, offered_at)",
    "CREATE INDEX listing_verdict ON listing (verdict, offered_at) WHERE verdict <> 'clear'",
    "CREATE INDEX listing_category ON listing (category, offered_at) WHERE category IS NOT NULL",
    "CREATE INDEX listing_seller ON listing (seller_id, offered_at) WHERE seller_id IS NOT NULL",
    "CREATE INDEX listing_score ON listing (verdict, score, offered_at)",
    "CREATE INDEX listing_gone ON listing (gone_at) WHERE gone_at IS NOT NULL",
    """
    CREATE TABLE version (
        id INTEGER PRIMARY KEY,
        listing INTEGER NOT NULL REFERENCES listing (id),
        digest BLOB NOT NULL,
        seen_at TEXT NOT NULL,
        last_seen TEXT NOT NULL,
        published_at TEXT,
        offered_at TEXT NOT NULL,
        day TEXT NOT NULL,
        title TEXT NOT NULL,
        description TEXT NOT NULL,
        price REAL,
        currency TEXT,
        unit TEXT,
        verdict TEXT NOT NULL,
        score REAL NOT NULL,
        category TEXT,
        findings TEXT NOT NULL,
        lexicon_version TEXT NOT NULL,
        pipeline_version TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES run (id),
        change INTEGER NOT NULL UNIQUE
    )
    """,
    "CREATE INDEX version_listing ON version (listing, seen_at)",
    """
    CREATE TABLE term (
        term_id TEXT PRIMARY KEY,
        term TEXT NOT NULL,
        category TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE hit (
        version INTEGER NOT NULL REFERENCES version (id),
        ordinal INTEGER NOT NULL,
        term_id TEXT NOT NULL,
        term TEXT NOT NULL,
        category TEXT NOT NULL,
        surface TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        field TEXT NOT NULL,
        disguise TEXT NOT NULL,
        standing TEXT NOT NULL,
        because TEXT NOT NULL,
        points REAL NOT NULL,
        PRIMARY KEY (version, ordinal)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE mark (
        kind TEXT NOT NULL CHECK (kind IN ('term', 'disguise')),
        key TEXT NOT NULL,
        offered_at TEXT NOT NULL,
        listing INTEGER NOT NULL REFERENCES listing (id),
        PRIMARY KEY (kind, key, offered_at, listing)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE day_count (
        day TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('all', 'term', 'category', 'disguise')),
        key TEXT NOT NULL,
        platform TEXT NOT NULL,
        verdict TEXT NOT NULL,
        listings INTEGER NOT NULL CHECK (listings >= 0),
        PRIMARY KEY (day, kind, key, platform, verdict)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX day_count_key ON day_count (kind, key, day)",
    """
    CREATE TABLE month_count (
        month TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        platform TEXT NOT NULL,
        verdict TEXT NOT NULL,
        listings INTEGER NOT NULL CHECK (listings >= 0),
        PRIMARY KEY (month, kind, key, platform, verdict)
    ) WITHOUT ROWID
    """,
    """
    CREATE VIRTUAL TABLE version_text USING fts5 (bigrams, content = '', columnsize = 0, tokenize = 'ascii')
    """,
    """
    CREATE TABLE absence (
        listing INTEGER NOT NULL REFERENCES listing (id),
        gone_at TEXT NOT NULL,
        returned_at TEXT,
        PRIMARY KEY (listing, gone_at)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE sweep (
        source TEXT NOT NULL,
        run INTEGER NOT NULL UNIQUE REFERENCES run (id),
        started_at TEXT NOT NULL,
        finished_at TEXT NOT NULL,
        PRIMARY KEY (source, started_at, run)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE staged (
        run INTEGER NOT NULL REFERENCES run (id),
        listing_id TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        hits INTEGER NOT NULL,
        flagged INTEGER NOT NULL,
        payload TEXT NOT NULL,
        PRIMARY KEY (run, listing_id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE seller_link (
        from_platform TEXT NOT NULL,
        from_seller TEXT NOT NULL,
        to_platform TEXT NOT NULL,
        to_seller TEXT NOT NULL,
        url TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES run (id),
        PRIMARY KEY (from_platform, from_seller, to_platform, to_seller)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX seller_link_to ON seller_link (to_platform, to_seller)",
)

_SHIPPING: Final = (
    """
    CREATE TABLE shipping (
        target TEXT PRIMARY KEY,
        store_id TEXT NOT NULL,
        shipped INTEGER NOT NULL,
        sent_version INTEGER NOT NULL,
        shipped_at TEXT
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE dead_letter (
        target TEXT NOT NULL,
        kind TEXT NOT NULL,
        document TEXT NOT NULL,
        key TEXT NOT NULL,
        reason TEXT NOT NULL,
        failed_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 1,
        PRIMARY KEY (target, kind, document)
    ) WITHOUT ROWID
    """,
)

_FEED_FILES: Final = (
    """
    CREATE TABLE feed_file (
        run INTEGER NOT NULL REFERENCES run (id),
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        modified_at TEXT NOT NULL,
        listings INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        PRIMARY KEY (run, digest)
    ) WITHOUT ROWID
    """,
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SHIPPING, _FEED_FILES)
"""Step n brings schema n to schema n + 1. A published step is never edited; a change is a new step."""
