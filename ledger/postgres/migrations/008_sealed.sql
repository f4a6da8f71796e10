-- What the sealer publishes: the checkpoints that it signed, and the full hash tiles under them.
--
-- Both are made of the entries and can be made of them again; they say nothing that the sealer's
-- notebook, outside this database, does not know better. The role answerable_sealer may add to
-- them and read the entries (no text, no capture); the service may read them.

CREATE TABLE ledger.checkpoints (
    size      bigint      PRIMARY KEY CHECK (size > 0),
    root      bytea       NOT NULL CHECK (octet_length(root) = 32),
    note      text        NOT NULL,
    leaves    bytea       NOT NULL CHECK (octet_length(leaves) % 32 = 0),
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ledger.checkpoints IS
    'Signed checkpoints (c2sp.org/tlog-checkpoint): the log''s first `size` entries have this root.';
COMMENT ON COLUMN ledger.checkpoints.leaves IS
    'The leaf hashes, 32 bytes each, of the entries since the checkpoint before.';
COMMENT ON COLUMN ledger.checkpoints.sealed_at IS 'The clock of this database; it is not signed.';

CREATE TABLE ledger.tiles (
    level  smallint NOT NULL CHECK (level BETWEEN 0 AND 63),
    tile   bigint   NOT NULL CHECK (tile >= 0),
    root   bytea    NOT NULL CHECK (octet_length(root) = 32),
    hashes bytea    NOT NULL CHECK (octet_length(hashes) = 256 * 32),
    PRIMARY KEY (level, tile)
);
COMMENT ON TABLE ledger.tiles IS
    'Full hash tiles (c2sp.org/tlog-tiles). A tile that is not full yet is read from the roots '
    'of those one level below, and at level 0 from the leaves of the checkpoints.';
-- Hashes do not compress: trying costs time, and hides where in the row a hash lies.
ALTER TABLE ledger.checkpoints ALTER COLUMN leaves SET STORAGE EXTERNAL;
ALTER TABLE ledger.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.tiles
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

GRANT SELECT ON ledger.checkpoints, ledger.tiles TO answerable_app;
GRANT USAGE ON SCHEMA ledger TO answerable_sealer;
GRANT SELECT ON ledger.entries TO answerable_sealer;
GRANT SELECT, INSERT ON ledger.checkpoints, ledger.tiles TO answerable_sealer;

-- The sealer says how far it has got beside the other followers.
SET ROLE answerable_app;
GRANT USAGE ON SCHEMA follow TO answerable_sealer;
GRANT SELECT, INSERT, UPDATE ON follow.positions TO answerable_sealer;
