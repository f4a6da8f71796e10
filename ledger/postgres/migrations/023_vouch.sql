-- The sealer's vouch: which server it has found to hold the log that it signed.
--
-- A backup that was restored, or a replica that lagged behind, can lack entries that were signed.
-- Whoever records in it would give their positions to other acts. So once a checkpoint exists,
-- ledger.append takes nothing until the sealer has looked at this very server since it started
-- (AN010), and nothing while the sealer finds that the log is not the one that it signed (AN011).
-- A request that was recorded before is still answered with what is stored.
--
-- The one row belongs to whoever holds the sealer's notebook. ledger.restore, by which `answerable
-- recover` brings signed entries back, does not ask for it.

CREATE TABLE ledger.vouch (
    one            boolean     PRIMARY KEY DEFAULT true CHECK (one),
    size           bigint      NOT NULL CHECK (size >= 0),
    root           bytea       NOT NULL CHECK (octet_length(root) = 32),
    server_started timestamptz NOT NULL,
    entries        oid         NOT NULL,
    refused        text,
    looked_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE ledger.vouch IS
    'What the sealer found when it last looked: the log begins with the `size` entries that it '
    'signed (with this root), on the server that started then; or why it does not.';
COMMENT ON COLUMN ledger.vouch.server_started IS 'pg_postmaster_start_time() of that server.';
COMMENT ON COLUMN ledger.vouch.entries IS
    'The object id of ledger.entries: a dump that is restored has another one.';
COMMENT ON COLUMN ledger.vouch.refused IS
    'Why the log is not the one that was signed; NULL where it is.';

GRANT SELECT ON ledger.vouch TO answerable_app;
GRANT SELECT, INSERT, UPDATE ON ledger.vouch TO answerable_sealer;

DO $$
DECLARE
    was   CONSTANT text := pg_get_functiondef('ledger.append'::regproc);
    place CONSTANT text := '    -- What the decision rests on.';
BEGIN
    IF position(place IN was) = 0 THEN
        RAISE EXCEPTION 'ledger.append does not say %', place;
    END IF;
    EXECUTE replace(was, place, $vouch$
    -- Whether this is the log that was signed.
    SELECT CASE
               WHEN v.refused IS NOT NULL THEN 2
               WHEN v.server_started = pg_postmaster_start_time()
                AND v.entries = 'ledger.entries'::regclass::oid THEN 0
               ELSE 1
           END
      INTO there FROM ledger.vouch v WHERE v.one;
    IF there = 2 THEN
        RAISE EXCEPTION 'the sealer refuses this log: it is not the one that was signed'
            USING ERRCODE = 'AN011';
    END IF;
    IF coalesce(there, 1) = 1 AND EXISTS (SELECT FROM ledger.checkpoints) THEN
        RAISE EXCEPTION 'the sealer has not looked at this log since its server started'
            USING ERRCODE = 'AN010';
    END IF;

$vouch$ || place);
END $$;
