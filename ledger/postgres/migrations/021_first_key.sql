-- ledger.append_first_key: the one entry that the sealer's own login may record.
--
-- The sealer makes the first key of a log, and its login may not call ledger.append: whoever had
-- that login could otherwise record any act, and delete texts by a redaction. A log that names a
-- key gets its next ones by commands, which use the service's login (docs/keys.md).
--
-- Errors (SQLSTATE): those of ledger.append; AN009 the log names a key already.

CREATE FUNCTION ledger.append_first_key(
    event_id   uuid,
    version    integer,
    state      bytea,
    caller_now timestamptz,
    OUT first_position bigint,
    OUT last_position  bigint,
    OUT recorded_at    timestamptz,
    OUT repeated       boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM pg_advisory_xact_lock(20170502, 55);  -- that of ledger.append
    IF EXISTS (SELECT FROM ledger.entries e
                WHERE e.topic = 'key-added' AND e.event_id <> append_first_key.event_id) THEN
        RAISE EXCEPTION 'the log names a key already' USING ERRCODE = 'AN009';
    END IF;
    SELECT a.first_position, a.last_position, a.recorded_at, a.repeated
      INTO first_position, last_position, recorded_at, repeated
      FROM ledger.append(
          event_ids => ARRAY[append_first_key.event_id],
          streams => ARRAY['service'],
          versions => ARRAY[append_first_key.version],
          topics => ARRAY['key-added'],
          states => ARRAY[append_first_key.state],
          caller_now => append_first_key.caller_now) a;
END $$;

REVOKE ALL ON FUNCTION ledger.append_first_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append_first_key TO answerable_sealer;
