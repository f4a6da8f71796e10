-- The sealer's notebook, a file of SQLite (ledger/seal/notebook.py).

CREATE TABLE log (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    origin   TEXT    NOT NULL,
    size     INTEGER NOT NULL,     -- the entries of the newest checkpoint
    root     BLOB    NOT NULL,
    frontier BLOB    NOT NULL,     -- the roots of its complete subtrees, largest first
    seen     INTEGER,              -- only while an entry's time is refused: the log's size when
    seen_at  TEXT                  -- it was last looked at with nothing wrong, and that moment
) STRICT;
CREATE TABLE signed (              -- every checkpoint, before it was signed
    size INTEGER PRIMARY KEY,
    root BLOB    NOT NULL
) STRICT;
CREATE TABLE entries (             -- the log's canonical lines, byte for byte
    position INTEGER PRIMARY KEY,
    leaf     BLOB    NOT NULL,
    entry    BLOB    NOT NULL
) STRICT;
CREATE TABLE tiles (               -- full hash tiles
    level  INTEGER NOT NULL,
    tile   INTEGER NOT NULL,
    root   BLOB    NOT NULL,
    hashes BLOB    NOT NULL,
    PRIMARY KEY (level, tile)
) STRICT;
CREATE TABLE key_entries (         -- the positions of entries about keys
    position INTEGER PRIMARY KEY
) STRICT;
