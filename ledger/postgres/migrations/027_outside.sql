-- How the last attempts went to have the newest checkpoint cosigned, stamped or copied elsewhere, by
-- place (ledger/seal/attempts.py). `answerable witness` writes it, by the sealer's login.

SET ROLE answerable_app;

CREATE TABLE follow.outside (
    place         text        PRIMARY KEY,
    size          bigint,       -- of the checkpoint that the place took last; NULL: none yet
    taken_at      timestamptz,  -- the last attempt that succeeded
    failing_since timestamptz,  -- NULL: the last attempt succeeded
    why           text
);
COMMENT ON TABLE follow.outside IS
    'The places outside that have the log''s checkpoints, and how the last attempts there went.';
GRANT SELECT, INSERT, UPDATE, DELETE ON follow.outside TO answerable_sealer;
