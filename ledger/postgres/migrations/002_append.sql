-- ledger.append: the only way to write the log. One call is one transaction's worth of entries.
--
-- It takes the log's advisory lock, so that the order of positions is the order of commits,
-- checks what the decision rests on, and gives contiguous positions and a recorded_at that
-- never runs backwards. No row or table lock is held that a VACUUM, an index build or an old
-- snapshot could stall.
--
-- Errors (SQLSTATE): AN002 a stream moved on, AN003 an event id came again with other content,
-- AN004 the clocks cannot be trusted, AN005 an act lies in the future, AN006 an idempotency key
-- came again with another request, AN007 malformed arguments.

CREATE FUNCTION ledger.append(
    event_ids           uuid[],
    streams             text[],
    versions            integer[],
    topics              text[],
    states              bytea[],
    text_events         integer[] DEFAULT '{}',  -- which of the events (from 1) a text belongs to
    text_fields         text[]    DEFAULT '{}',
    text_commitments    bytea[]   DEFAULT '{}',
    text_salts          bytea[]   DEFAULT '{}',
    text_bodies         text[]    DEFAULT '{}',
    capture_events      integer[] DEFAULT '{}',
    capture_salts       bytea[]   DEFAULT '{}',
    capture_bodies      bytea[]   DEFAULT '{}',
    guard_streams       text[]    DEFAULT '{}',  -- streams read, not written; 'a/' is all below a/
    guard_versions      integer[] DEFAULT '{}',  -- their versions (below a/: how many entries)
    request_account     text      DEFAULT NULL,
    request_key         text      DEFAULT NULL,
    request_fingerprint bytea     DEFAULT NULL,
    caller_now          timestamptz DEFAULT NULL,
    latest_occurred     date      DEFAULT NULL,
    OUT first_position  bigint,
    OUT last_position   bigint,
    OUT recorded_at     timestamptz,
    OUT repeated        boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Plans are made once a session, and go by the indexes: making one anew for each list of events
-- took a sixth of the time, and one made while the log is short must serve when it is long.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    many    CONSTANT integer := coalesce(cardinality(event_ids), 0);
    head    bigint;
    head_at timestamptz;
    clock   timestamptz;
    there   integer;  -- not named found, which would hide PL/pgSQL's FOUND
    i       integer;
    request ledger.requests;
BEGIN
    IF many = 0 THEN
        RAISE EXCEPTION 'nothing to append' USING ERRCODE = 'AN007';
    END IF;
    IF EXISTS (SELECT FROM unnest(text_events || capture_events) AS given (nth)
                WHERE given.nth NOT BETWEEN 1 AND many) THEN
        RAISE EXCEPTION 'a text or a capture belongs to none of the events' USING ERRCODE = 'AN007';
    END IF;
    PERFORM pg_advisory_xact_lock(20170502, 55);

    -- The same again (an acknowledgement was lost): answer with what is stored.
    SELECT count(*), min(e.position), max(e.position), max(e.recorded_at)
      INTO there, first_position, last_position, recorded_at
      FROM ledger.entries e WHERE e.event_id = ANY (event_ids);
    IF there > 0 THEN
        IF there = many AND last_position - first_position + 1 = many AND NOT EXISTS (
            SELECT FROM unnest(event_ids, streams, versions, topics, states)
                   WITH ORDINALITY AS given (event_id, stream, version, topic, state, nth)
              JOIN ledger.entries e ON e.position = first_position + given.nth - 1
             WHERE (e.event_id, e.stream, e.version, e.topic, e.state)
                   IS DISTINCT FROM
                   (given.event_id, given.stream, given.version, given.topic, given.state)
        ) THEN
            repeated := true;
            RETURN;
        END IF;
        RAISE EXCEPTION 'an event id is in the log already, with other content'
            USING ERRCODE = 'AN003';
    END IF;
    IF request_key IS NOT NULL THEN
        SELECT * INTO request FROM ledger.requests r
         WHERE r.account = request_account AND r.key = request_key;
        IF FOUND THEN
            IF request.fingerprint IS DISTINCT FROM request_fingerprint THEN
                RAISE EXCEPTION 'idempotency key % came with another request before', request_key
                    USING ERRCODE = 'AN006';
            END IF;
            first_position := request.first_position;
            last_position := request.last_position;
            SELECT e.recorded_at INTO recorded_at
              FROM ledger.entries e WHERE e.position = request.last_position;
            repeated := true;
            RETURN;
        END IF;
    END IF;

    -- What the decision rests on.
    FOR i IN 1 .. coalesce(cardinality(guard_streams), 0) LOOP
        IF right(guard_streams[i], 1) = '/' THEN
            SELECT count(*) INTO there FROM ledger.entries e
             WHERE e.stream >= guard_streams[i]
               AND e.stream < left(guard_streams[i], -1) || '0';  -- '0' follows '/'
        ELSE
            SELECT coalesce(max(e.version), 0) INTO there
              FROM ledger.entries e WHERE e.stream = guard_streams[i];
        END IF;
        IF there IS DISTINCT FROM guard_versions[i] THEN
            RAISE EXCEPTION 'stream % is at version %, not %',
                guard_streams[i], there, guard_versions[i] USING ERRCODE = 'AN002';
        END IF;
    END LOOP;

    -- The clocks.
    SELECT e.position, e.recorded_at INTO head, head_at
      FROM ledger.entries e ORDER BY e.position DESC LIMIT 1;
    head := coalesce(head, 0);
    clock := clock_timestamp();
    IF head_at > clock + interval '1 minute' THEN
        RAISE EXCEPTION 'the database''s clock says %, but its last entry was recorded at %',
            clock, head_at USING ERRCODE = 'AN004';
    END IF;
    IF abs(extract(epoch FROM caller_now - clock)) > 60 THEN
        RAISE EXCEPTION 'the service''s clock says %, the database''s %', caller_now, clock
            USING ERRCODE = 'AN004';
    END IF;
    recorded_at := greatest(clock, head_at);
    IF latest_occurred > (recorded_at AT TIME ZONE 'Europe/London')::date THEN
        RAISE EXCEPTION '% has not come yet in London', latest_occurred USING ERRCODE = 'AN005';
    END IF;

    -- The entries. The first version of a stream is 1 (0 is let through for the library's tests).
    FOR i IN 1 .. many LOOP
        SELECT max(e.version) INTO there FROM ledger.entries e WHERE e.stream = streams[i];
        IF versions[i] IS DISTINCT FROM there + 1 AND (there IS NOT NULL OR versions[i] > 1) THEN
            RAISE EXCEPTION 'stream % is at version %, so that version % cannot follow',
                streams[i], coalesce(there, 0), versions[i] USING ERRCODE = 'AN002';
        END IF;
        INSERT INTO ledger.entries
            (position, recorded_at, event_id, stream, version, topic, state)
        VALUES
            (head + i, recorded_at, event_ids[i], streams[i], versions[i], topics[i], states[i]);
    END LOOP;
    IF cardinality(text_events) > 0 THEN
        INSERT INTO ledger.texts (position, field, commitment, salt, body)
        SELECT head + given.nth, given.field, given.commitment, given.salt, given.body
          FROM unnest(text_events, text_fields, text_commitments, text_salts, text_bodies)
               AS given (nth, field, commitment, salt, body);
    END IF;
    IF cardinality(capture_events) > 0 THEN
        INSERT INTO ledger.captures (position, salt, body)
        SELECT head + given.nth, given.salt, given.body
          FROM unnest(capture_events, capture_salts, capture_bodies) AS given (nth, salt, body);
    END IF;
    first_position := head + 1;
    last_position := head + many;
    repeated := false;
    IF request_key IS NOT NULL THEN
        INSERT INTO ledger.requests (account, key, fingerprint, first_position, last_position)
        VALUES (request_account, request_key, request_fingerprint, first_position, last_position);
    END IF;
    PERFORM pg_notify('answerable_log', last_position::text);
END $$;

REVOKE ALL ON FUNCTION ledger.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.append TO answerable_app;
