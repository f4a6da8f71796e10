-- ledger.restore: bring back entries that were signed, after an older backup lost them.
--
-- Not the service's: only the owner may run it. It adds what is missing at the log's end, each
-- entry at its own position and moment, and refuses whatever does not go on from the log as it
-- is. Whether the entries are those that were signed is for the caller to see (`answerable
-- recover`); the tree shows it to everybody else. A redaction among them deletes what it names, as
-- it did when it was first recorded.
--
-- Errors (SQLSTATE): AN007 malformed arguments, AN008 they do not continue the log.

CREATE FUNCTION ledger.restore(
    positions        bigint[],
    recorded_ats     timestamptz[],
    event_ids        uuid[],
    streams          text[],
    versions         integer[],
    topics           text[],
    states           bytea[],
    text_positions   bigint[] DEFAULT '{}',
    text_fields      text[]   DEFAULT '{}',
    text_commitments bytea[]  DEFAULT '{}',
    text_salts       bytea[]  DEFAULT '{}',
    text_bodies      text[]   DEFAULT '{}'
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    many    CONSTANT integer := coalesce(cardinality(positions), 0);
    head    bigint;
    head_at timestamptz;
    there   integer;
    i       integer;
BEGIN
    IF many = 0 OR (many, many, many, many, many, many) IS DISTINCT FROM
       (cardinality(recorded_ats), cardinality(event_ids), cardinality(streams),
        cardinality(versions), cardinality(topics), cardinality(states)) THEN
        RAISE EXCEPTION 'nothing to restore, or lists of unequal length' USING ERRCODE = 'AN007';
    END IF;
    PERFORM pg_advisory_xact_lock(20170502, 55);
    SELECT e.position, e.recorded_at INTO head, head_at
      FROM ledger.entries e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    FOR i IN 1 .. many LOOP
        IF positions[i] IS DISTINCT FROM head + 1 THEN
            RAISE EXCEPTION 'the log ends at %, so that position % does not continue it',
                head, positions[i] USING ERRCODE = 'AN008';
        END IF;
        IF recorded_ats[i] IS NULL OR recorded_ats[i] < head_at THEN
            RAISE EXCEPTION 'position % was recorded at %, before position % (%)',
                positions[i], recorded_ats[i], head, head_at USING ERRCODE = 'AN008';
        END IF;
        SELECT coalesce(max(e.version), 0) INTO there
          FROM ledger.entries e WHERE e.stream = streams[i];
        IF versions[i] IS DISTINCT FROM there + 1 THEN
            RAISE EXCEPTION 'stream % is at version %, so that version % does not continue it',
                streams[i], there, versions[i] USING ERRCODE = 'AN008';
        END IF;
        INSERT INTO ledger.entries
            (position, recorded_at, event_id, stream, version, topic, state)
        VALUES
            (positions[i], recorded_ats[i], event_ids[i], streams[i], versions[i], topics[i],
             states[i]);
        head := positions[i];
        head_at := recorded_ats[i];
    END LOOP;
    IF EXISTS (SELECT FROM unnest(text_positions) AS given (position)
                WHERE given.position <> ALL (positions)) THEN
        RAISE EXCEPTION 'a text belongs to none of the entries' USING ERRCODE = 'AN007';
    END IF;
    INSERT INTO ledger.texts (position, field, commitment, salt, body)
    SELECT given.position, given.field, given.commitment, given.salt, given.body
      FROM unnest(text_positions, text_fields, text_commitments, text_salts, text_bodies)
           AS given (position, field, commitment, salt, body);
    PERFORM pg_notify('answerable_log', head::text);
    RETURN head;
END $$;

REVOKE ALL ON FUNCTION ledger.restore FROM PUBLIC;
