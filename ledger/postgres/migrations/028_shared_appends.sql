-- ledger.append takes several appends in one call, and gives each a verdict of its own.
--
-- The round trip, the lock of the log and the flush cost as much for one append as for thirty. So
-- the appends that wait in a process go together (ledger/log/group_commit.py). Each is an item of
-- the call, numbered from 1, with events, guards and request of its own. An item that is refused
-- leaves no trace, and the others are recorded: refused is the SQLSTATE, why the sentence. Each item
-- that is recorded has a moment of its own, at least a microsecond after that of the one before.
--
-- The caller sees to it that no item writes a stream that another one writes or guards, and that
-- no two have an event id or an idempotency key in common: each is held to the log as it was before
-- the call.
--
-- Verdicts (SQLSTATE): AN002 a stream moved on, AN003 an event id came again with other content,
-- AN005 an act lies in the future, AN006 an idempotency key came again with another request.
-- Errors, by which the whole call fails: AN004, AN012 and AN013 about clocks, AN007 malformed
-- arguments, AN010 and AN011 about the sealer's vouch. Where all items were recorded before, they are
-- answered whatever clocks and sealer say.

DO $$
BEGIN
    EXECUTE format('DROP FUNCTION %s', 'ledger.append'::regproc::regprocedure);
END $$;

CREATE FUNCTION ledger.append(
    event_ids            uuid[],
    streams              text[],
    versions             integer[],
    topics               text[],
    states               bytea[],
    event_items          integer[],               -- of which item each event is: 1, 1, 2, 3 …
    text_events          integer[] DEFAULT '{}',  -- which of the events (from 1) a text belongs to
    text_fields          text[]    DEFAULT '{}',
    text_commitments     bytea[]   DEFAULT '{}',
    text_salts           bytea[]   DEFAULT '{}',
    text_bodies          text[]    DEFAULT '{}',
    capture_events       integer[] DEFAULT '{}',
    capture_salts        bytea[]   DEFAULT '{}',
    capture_bodies       bytea[]   DEFAULT '{}',
    guard_streams        text[]    DEFAULT '{}',  -- streams read, not written; 'a/' is all below a/
    guard_versions       integer[] DEFAULT '{}',  -- their versions (below a/: how many entries)
    guard_items          integer[] DEFAULT NULL,  -- of which item each guard is; NULL: of the first
    request_accounts     text[]    DEFAULT '{}',  -- by item, NULL where it has no request
    request_keys         text[]    DEFAULT '{}',
    request_fingerprints bytea[]   DEFAULT '{}',
    latest_occurred      date[]    DEFAULT '{}',  -- by item
    caller_now           timestamptz DEFAULT NULL,
    caller_latest        timestamptz DEFAULT NULL
)
RETURNS TABLE (
    item           integer,
    first_position bigint,
    last_position  bigint,
    recorded_at    timestamptz,
    repeated       boolean,
    made_states    bytea[],        -- of a former call with the same request
    made_counted   timestamptz[],
    refused        text,
    why            text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- Plans are made once a session, and go by the indexes: making one anew for each list of events
-- took a sixth of the time, and one made while the log is short must serve when it is long.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
#variable_conflict use_column
DECLARE
    many       CONSTANT integer := coalesce(cardinality(event_ids), 0);
    items      integer := 0;
    begins     integer[];      -- by item: its first event
    codes      text[];         -- by item: why it is refused
    sentences  text[];
    firsts     bigint[];       -- by item: where its entries are
    lasts      bigint[];
    moments    timestamptz[];
    again      boolean[];      -- by item: true if it was recorded before
    shifts     bigint[];       -- by item that is recorded now: position less number of an event
    before     integer[];      -- by event: the version of its stream that the item found
    head       bigint;
    head_at    timestamptz;
    clock      timestamptz;
    today      date;
    wrong_from bigint;
    vouched    integer;
    settled    integer := 0;   -- items that were recorded before, or whose id or key was
    i          integer;
    one        record;
BEGIN
    IF many = 0 THEN
        RAISE EXCEPTION 'nothing to append' USING ERRCODE = 'AN007';
    END IF;
    IF NOT coalesce(1 <= ALL (text_events || capture_events)
                    AND many >= ALL (text_events || capture_events), false) THEN
        RAISE EXCEPTION 'a text or a capture belongs to none of the events' USING ERRCODE = 'AN007';
    END IF;
    IF cardinality(guard_streams) <> cardinality(guard_versions) THEN
        RAISE EXCEPTION 'a guard has no version' USING ERRCODE = 'AN007';
    END IF;
    guard_items := coalesce(guard_items, array_fill(1, ARRAY[cardinality(guard_streams)]));
    FOR i IN 1 .. many LOOP
        before[i] := greatest(versions[i] - 1, 0);
        IF event_items[i] = items + 1 THEN
            items := event_items[i];
            begins[items] := i;
        ELSIF event_items[i] IS DISTINCT FROM items THEN
            RAISE EXCEPTION 'the events are not in the order of their items' USING ERRCODE = 'AN007';
        END IF;
    END LOOP;
    begins[items + 1] := many + 1;
    IF many > items THEN  -- where an item writes a stream more than once, its versions follow
        SELECT array_agg(CASE WHEN given.version = given.first + given.so_many - 1
                              THEN greatest(given.first - 1, 0) ELSE -1 END ORDER BY given.nth)
          INTO before
          FROM (SELECT given.nth, given.version, first_value(given.version) OVER same AS first,
                       row_number() OVER same AS so_many
                  FROM unnest(event_items, streams, versions) WITH ORDINALITY
                       AS given (item, stream, version, nth)
                WINDOW same AS (PARTITION BY given.item, given.stream ORDER BY given.nth)) AS given;
    END IF;
    PERFORM pg_advisory_xact_lock(20170502, 55);

    -- The same again (an acknowledgement was lost): answer with what is stored.
    IF EXISTS (SELECT FROM ledger.entries e WHERE e.event_id = ANY (event_ids)) THEN
        FOR one IN
            SELECT given.item, min(e.position) AS first, max(e.position) AS last,
                   max(e.recorded_at) AS at,
                   count(e.position) = count(*)
                   AND min(e.position - given.nth) = max(e.position - given.nth)
                   AND bool_and((e.stream, e.version, e.topic, e.state) IS NOT DISTINCT FROM
                                (given.stream, given.version, given.topic, given.state)) AS same
              FROM unnest(event_items, event_ids, streams, versions, topics, states) WITH ORDINALITY
                   AS given (item, event_id, stream, version, topic, state, nth)
              LEFT JOIN ledger.entries e ON e.event_id = given.event_id
             GROUP BY given.item HAVING count(e.position) > 0
        LOOP
            IF one.same THEN
                firsts[one.item] := one.first;
                lasts[one.item] := one.last;
                moments[one.item] := one.at;
                again[one.item] := true;
            ELSE
                codes[one.item] := 'AN003';
                sentences[one.item] := 'an event id is in the log already, with other content';
            END IF;
            settled := settled + 1;
        END LOOP;
    END IF;
    IF cardinality(request_keys) > 0 THEN
        FOR one IN
            SELECT asked.item, r.key, r.first_position AS first, r.last_position AS last,
                   r.fingerprint IS NOT DISTINCT FROM asked.fingerprint AS same
              FROM unnest(request_accounts, request_keys, request_fingerprints) WITH ORDINALITY
                   AS asked (account, key, fingerprint, item)
              JOIN ledger.requests r ON r.account = asked.account AND r.key = asked.key
        LOOP
            CONTINUE WHEN again[one.item] OR codes[one.item] = 'AN003';
            IF one.same THEN
                firsts[one.item] := one.first;
                lasts[one.item] := one.last;
                again[one.item] := true;
            ELSE
                codes[one.item] := 'AN006';
                sentences[one.item] :=
                    format('idempotency key %s came with another request before', one.key);
            END IF;
            settled := settled + 1;
        END LOOP;
    END IF;

    IF settled < items THEN
        -- Whether this is the log that was signed.
        SELECT CASE
                   WHEN v.refused IS NOT NULL THEN 2
                   WHEN v.server_started = pg_postmaster_start_time()
                    AND v.entries = 'ledger.entries'::regclass::oid THEN 0
                   ELSE 1
               END
          INTO vouched FROM ledger.vouch v WHERE v.one;
        IF vouched = 2 THEN
            RAISE EXCEPTION 'the sealer refuses this log: it is not the one that was signed'
                USING ERRCODE = 'AN011';
        END IF;
        IF coalesce(vouched, 1) = 1 AND EXISTS (SELECT FROM ledger.checkpoints) THEN
            RAISE EXCEPTION 'the sealer has not looked at this log since its server started'
                USING ERRCODE = 'AN010';
        END IF;

        -- What the decisions rest on, and what they write. The first version of a stream is 1 (0 is
        -- let through for the library's tests).
        FOR one IN
            SELECT held.item, held.stream, is_at.version AS there, held.version,
                   held.nth - cardinality(guard_streams) AS written
              FROM unnest(guard_items || event_items, guard_streams || streams, guard_versions || before)
                   WITH ORDINALITY AS held (item, stream, version, nth)
             CROSS JOIN LATERAL (SELECT coalesce(max(e.version), 0) FROM ledger.entries e
                                  WHERE e.stream = held.stream) AS is_at (version)
             WHERE is_at.version IS DISTINCT FROM held.version
               AND (right(held.stream, 1) <> '/' OR held.nth > cardinality(guard_streams))
        LOOP
            CONTINUE WHEN again[one.item] OR codes[one.item] IS NOT NULL;
            codes[one.item] := 'AN002';
            sentences[one.item] := format('stream %s is at version %s, ', one.stream, one.there)
                || CASE WHEN one.written > 0
                        THEN format('so that version %s cannot follow', versions[one.written])
                        ELSE format('not %s', one.version) END;
        END LOOP;
        IF array_to_string(guard_streams, E'\n') || E'\n' LIKE E'%/\n%' THEN
            FOR one IN
                SELECT held.item, held.stream, below.entries AS there, held.version
                  FROM unnest(guard_items, guard_streams, guard_versions)
                       AS held (item, stream, version)
                 CROSS JOIN LATERAL (
                    SELECT count(*) FROM ledger.entries e
                     WHERE e.stream >= held.stream
                       AND e.stream < left(held.stream, -1) || '0'  -- '0' follows '/'
                 ) AS below (entries)
                 WHERE below.entries IS DISTINCT FROM held.version AND right(held.stream, 1) = '/'
            LOOP
                CONTINUE WHEN again[one.item] OR codes[one.item] IS NOT NULL;
                codes[one.item] := 'AN002';
                sentences[one.item] := format('stream %s is at version %s, not %s',
                                              one.stream, one.there, one.version);
            END LOOP;
        END IF;

        -- The clocks.
        SELECT e.position, e.recorded_at INTO head, head_at
          FROM ledger.entries e ORDER BY e.position DESC LIMIT 1;
        head := coalesce(head, 0);
        clock := clock_timestamp();
        IF 'clock-was-wrong' = ANY (topics) THEN
            wrong_from := (convert_from(states[1], 'UTF8')::jsonb #>> '{data,first_position}')::bigint;
            IF many > 1 OR streams[1] <> 'service' OR head_at <= clock + interval '1 minute'
               OR NOT coalesce(wrong_from BETWEEN 1 AND head, false) THEN
                RAISE EXCEPTION 'the last entry, at position %, was recorded at %, and it is %',
                    head, head_at, clock USING ERRCODE = 'AN012';
            END IF;
            head_at := NULL;  -- the log goes on from the last entry before the clock was wrong
            SELECT e.counted_at INTO head_at
              FROM ledger.counted_entries e WHERE e.position = wrong_from - 1;
            IF head_at > clock THEN
                RAISE EXCEPTION 'position %, in front of %, was recorded at %, and it is %',
                    wrong_from - 1, wrong_from, head_at, clock USING ERRCODE = 'AN012';
            END IF;
        END IF;
        IF head_at > clock + interval '1 minute' THEN
            RAISE EXCEPTION 'the database''s clock says %, but its last entry was recorded at %',
                clock, head_at USING ERRCODE = 'AN004';
        END IF;
        IF abs(extract(epoch FROM caller_now - clock)) > 60 THEN
            RAISE EXCEPTION 'the service''s clock says %, the database''s %', caller_now, clock
                USING ERRCODE = 'AN004';
        END IF;
        IF clock > head_at + interval '1 day' AND clock > caller_latest + interval '1 day' THEN
            RAISE EXCEPTION 'the clock says %, the last entry was recorded at %, and the service has '
                'counted to %', clock, head_at, caller_latest USING ERRCODE = 'AN013';
        END IF;
        today := (greatest(clock, head_at) AT TIME ZONE 'Europe/London')::date;

        -- Positions and moments, and the entries.
        FOR i IN 1 .. items LOOP
            CONTINUE WHEN again[i] OR codes[i] IS NOT NULL;
            IF latest_occurred[i] > today THEN
                codes[i] := 'AN005';
                sentences[i] := format('%s has not come yet in London', latest_occurred[i]);
                CONTINUE;
            END IF;
            shifts[i] := head - begins[i] + 1;
            firsts[i] := head + 1;
            head := head + begins[i + 1] - begins[i];
            lasts[i] := head;
            head_at := greatest(clock, head_at + interval '1 microsecond');
            moments[i] := head_at;
        END LOOP;
    END IF;
    IF shifts IS NOT NULL THEN
        INSERT INTO ledger.entries
            (position, recorded_at, event_id, stream, version, topic, state)
        SELECT shifts[given.item] + given.nth, moments[given.item], given.event_id, given.stream,
               given.version, given.topic, given.state
          FROM unnest(event_items, event_ids, streams, versions, topics, states) WITH ORDINALITY
               AS given (item, event_id, stream, version, topic, state, nth)
         WHERE shifts[given.item] IS NOT NULL;
        IF cardinality(text_events) > 0 THEN
            INSERT INTO ledger.texts (position, field, commitment, salt, body)
            SELECT shifts[event_items[given.nth]] + given.nth, given.field, given.commitment, given.salt,
                   given.body
              FROM unnest(text_events, text_fields, text_commitments, text_salts, text_bodies)
                   AS given (nth, field, commitment, salt, body)
             WHERE shifts[event_items[given.nth]] IS NOT NULL;
        END IF;
        IF cardinality(capture_events) > 0 THEN
            INSERT INTO ledger.captures (position, salt, body)
            SELECT shifts[event_items[given.nth]] + given.nth, given.salt, given.body
              FROM unnest(capture_events, capture_salts, capture_bodies) AS given (nth, salt, body)
             WHERE shifts[event_items[given.nth]] IS NOT NULL;
        END IF;
        IF cardinality(request_keys) > 0 THEN
            INSERT INTO ledger.requests (account, key, fingerprint, first_position, last_position)
            SELECT asked.account, asked.key, asked.fingerprint, firsts[asked.item], lasts[asked.item]
              FROM unnest(request_accounts, request_keys, request_fingerprints) WITH ORDINALITY
                   AS asked (account, key, fingerprint, item)
             WHERE asked.key IS NOT NULL AND shifts[asked.item] IS NOT NULL;
        END IF;
        PERFORM pg_notify('answerable_log', head::text);
    END IF;

    FOR i IN 1 .. items LOOP
        item := i;
        refused := codes[i];
        why := sentences[i];
        first_position := firsts[i];
        last_position := lasts[i];
        recorded_at := moments[i];
        repeated := coalesce(again[i], false);
        made_states := NULL;
        made_counted := NULL;
        IF repeated AND recorded_at IS NULL THEN
            SELECT max(e.recorded_at), coalesce(array_agg(e.state ORDER BY e.position), '{}'),
                   coalesce(array_agg(e.counted_at ORDER BY e.position), '{}')
              INTO recorded_at, made_states, made_counted
              FROM ledger.counted_entries e
             WHERE e.position BETWEEN firsts[i] AND lasts[i];
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

-- Processes of 0.1 and 0.2.0 that still run call it by its former parameters, without event_items.
-- They read no verdict, and are refused by 55P03, which both answer with 503 and Retry-After.
CREATE FUNCTION ledger.append(
    event_ids           uuid[],
    streams             text[],
    versions            integer[],
    topics              text[],
    states              bytea[],
    text_events         integer[]   DEFAULT NULL,
    text_fields         text[]      DEFAULT NULL,
    text_commitments    bytea[]     DEFAULT NULL,
    text_salts          bytea[]     DEFAULT NULL,
    text_bodies         text[]      DEFAULT NULL,
    capture_events      integer[]   DEFAULT NULL,
    capture_salts       bytea[]     DEFAULT NULL,
    capture_bodies      bytea[]     DEFAULT NULL,
    guard_streams       text[]      DEFAULT NULL,
    guard_versions      integer[]   DEFAULT NULL,
    request_account     text        DEFAULT NULL,
    request_key         text        DEFAULT NULL,
    request_fingerprint bytea       DEFAULT NULL,
    caller_now          timestamptz DEFAULT NULL,
    latest_occurred     date        DEFAULT NULL,
    caller_latest       timestamptz DEFAULT NULL,
    OUT first_position  bigint,
    OUT last_position   bigint,
    OUT recorded_at     timestamptz,
    OUT repeated        boolean
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a newer version of Answerable migrated the database' USING ERRCODE = '55P03';
END $$;

DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc
                WHERE pronamespace = 'ledger'::regnamespace AND proname = 'append' LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO answerable_app', one);
    END LOOP;
END $$;

-- ledger.append_first_key (021_first_key.sql) calls it.
CREATE OR REPLACE FUNCTION ledger.append_first_key(
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
DECLARE
    done record;
BEGIN
    PERFORM pg_advisory_xact_lock(20170502, 55);  -- that of ledger.append
    IF EXISTS (SELECT FROM ledger.entries e
                WHERE e.topic = 'key-added' AND e.event_id <> append_first_key.event_id) THEN
        RAISE EXCEPTION 'the log names a key already' USING ERRCODE = 'AN009';
    END IF;
    SELECT * INTO done
      FROM ledger.append(
          event_ids => ARRAY[append_first_key.event_id],
          streams => ARRAY['service'],
          versions => ARRAY[append_first_key.version],
          topics => ARRAY['key-added'],
          states => ARRAY[append_first_key.state],
          event_items => ARRAY[1],
          caller_now => append_first_key.caller_now);
    IF done.refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = done.refused, MESSAGE = done.why;
    END IF;
    first_position := done.first_position;
    last_position := done.last_position;
    recorded_at := done.recorded_at;
    repeated := done.repeated;
END $$;
