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
--
-- An event id of an entry is looked for only if a stream moved on, as it has if the same events were
-- recorded before. Any other event with such an id meets the index (23505). A list that is left out
-- is NULL.
--
-- Each statement costs about twelve thousand instructions, each expression three, and each operator
-- in them two: an append with a text costs about a million, of which its rows and indexes take half.

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
    event_items          integer[],               -- of which item each event is; NULL: the first
    text_events          integer[] DEFAULT NULL,  -- which of the events (from 1) a text belongs to
    text_fields          text[]    DEFAULT NULL,
    text_commitments     bytea[]   DEFAULT NULL,
    text_salts           bytea[]   DEFAULT NULL,
    text_bodies          text[]    DEFAULT NULL,
    capture_events       integer[] DEFAULT NULL,
    capture_salts        bytea[]   DEFAULT NULL,
    capture_bodies       bytea[]   DEFAULT NULL,
    guard_streams        text[]    DEFAULT NULL,  -- streams read, not written; 'a/' is all below a/
    guard_versions       integer[] DEFAULT NULL,  -- their versions (below a/: how many entries)
    guard_items          integer[] DEFAULT NULL,  -- of which item each guard is; NULL: of the first
    request_accounts     text[]    DEFAULT NULL,  -- by item, NULL where it has no request
    request_keys         text[]    DEFAULT NULL,
    request_fingerprints bytea[]   DEFAULT NULL,
    latest_occurred      date[]    DEFAULT NULL,  -- by item
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
    guards     CONSTANT integer := coalesce(cardinality(guard_streams), 0);
    held       CONSTANT text[] := guard_streams || streams;
    items      integer := 1;
    begins     integer[] := '{1}';        -- by item: its first event
    ends       integer[] := ARRAY[many];  -- and its last
    before     integer[];      -- by event, where an item has several: the version that it follows
    codes      text[];         -- by item: why it is refused
    sentences  text[];
    firsts     bigint[];       -- by item that was recorded before: where its entries are
    lasts      bigint[];
    moments    timestamptz[];  -- by item
    shift      bigint;         -- position less number of an event
    shifts     bigint[];       -- by item that is recorded now
    head_at    timestamptz;
    clock      timestamptz;
    today      date;
    wrong_from bigint;
    vouched    text;
    moved      integer[];      -- those of held that are at another version
    there      integer;
    settled    integer := 0;   -- items that were recorded before, or whose id or key was
    called     boolean;        -- by an assignment, which costs less than PERFORM
    i          integer;
    n          integer;
    one        record;
BEGIN
    IF many = 0 OR guards <> coalesce(cardinality(guard_versions), 0)
       OR 1 > ANY (text_events) OR many < ANY (text_events)
       OR 1 > ANY (capture_events) OR many < ANY (capture_events) THEN
        RAISE EXCEPTION 'nothing to append, a guard without a version, or a text or a capture '
            'that belongs to none of the events' USING ERRCODE = 'AN007';
    END IF;
    IF event_items IS NOT NULL THEN
        items := 0;
        FOR i IN 1 .. many LOOP
            IF event_items[i] = items + 1 THEN
                items := event_items[i];
                begins[items] := i;
            ELSIF event_items[i] IS DISTINCT FROM items THEN
                RAISE EXCEPTION 'the events are not in the order of their items'
                    USING ERRCODE = 'AN007';
            END IF;
            ends[items] := i;
        END LOOP;
    END IF;
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
    called := pg_advisory_xact_lock(20170502, 55) IS NULL;

    -- The log's end, and whether this is the log that was signed.
    SELECT coalesce(last.position, 0), last.recorded_at,
           CASE WHEN v.refused IS NOT NULL THEN 'AN011'
                WHEN v.server_started = pg_postmaster_start_time()
                 AND v.entries = 'ledger.entries'::regclass::oid THEN NULL
                WHEN EXISTS (SELECT FROM ledger.checkpoints) THEN 'AN010' END
      INTO shift, head_at, vouched
      FROM (SELECT) AS always
      LEFT JOIN LATERAL (SELECT e.position, e.recorded_at FROM ledger.entries e
                          ORDER BY e.position DESC LIMIT 1) AS last ON true
      LEFT JOIN ledger.vouch v ON v.one;

    -- What the decisions rest on, and what they write. The first version of a stream is 1 (0 is let
    -- through for the library's tests).
    SELECT array_agg(h.nth) INTO moved
      FROM (SELECT generate_series(1, guards + many) AS nth) AS h
     WHERE (SELECT coalesce(max(e.version), 0) FROM ledger.entries e WHERE e.stream = held[h.nth])
           IS DISTINCT FROM
           CASE WHEN h.nth <= guards THEN guard_versions[h.nth]
                ELSE coalesce(before[h.nth - guards], greatest(versions[h.nth - guards] - 1, 0)) END
       AND (right(held[h.nth], 1) <> '/' OR h.nth > guards);
    IF guards > 0 AND array_to_string(guard_streams, E'\n') || E'\n' LIKE E'%/\n%' THEN
        SELECT moved || array_agg(h.nth) INTO moved
          FROM (SELECT generate_series(1, guards) AS nth) AS h
         WHERE right(held[h.nth], 1) = '/'
           AND (SELECT count(*) FROM ledger.entries e
                 WHERE e.stream >= held[h.nth]
                   AND e.stream < left(held[h.nth], -1) || '0')  -- '0' follows '/'
               IS DISTINCT FROM guard_versions[h.nth];
    END IF;

    -- The same again (an acknowledgement was lost): answer with what is stored.
    IF moved IS NOT NULL THEN
        FOR one IN
            SELECT given.item, min(e.position) AS first, max(e.position) AS last,
                   max(e.recorded_at) AS at,
                   count(e.position) = count(*)
                   AND min(e.position - given.nth) = max(e.position - given.nth)
                   AND bool_and((e.stream, e.version, e.topic, e.state) IS NOT DISTINCT FROM
                                (given.stream, given.version, given.topic, given.state)) AS same
              FROM (SELECT coalesce(event_items[u.nth], 1) AS item, u.*
                      FROM unnest(event_ids, streams, versions, topics, states) WITH ORDINALITY
                           AS u (event_id, stream, version, topic, state, nth)) AS given
              LEFT JOIN ledger.entries e ON e.event_id = given.event_id
             GROUP BY given.item HAVING count(e.position) > 0
        LOOP
            IF one.same THEN
                firsts[one.item] := one.first;
                lasts[one.item] := one.last;
                moments[one.item] := one.at;
            ELSE
                codes[one.item] := 'AN003';
                sentences[one.item] := 'an event id is in the log already, with other content';
            END IF;
            settled := settled + 1;
        END LOOP;
    END IF;
    IF request_keys IS NOT NULL THEN
        FOR one IN
            SELECT asked.item, r.key, r.first_position AS first, r.last_position AS last,
                   r.fingerprint IS NOT DISTINCT FROM asked.fingerprint AS same
              FROM unnest(request_accounts, request_keys, request_fingerprints) WITH ORDINALITY
                   AS asked (account, key, fingerprint, item)
              JOIN ledger.requests r ON r.account = asked.account AND r.key = asked.key
        LOOP
            CONTINUE WHEN firsts[one.item] IS NOT NULL OR codes[one.item] = 'AN003';
            IF one.same THEN
                firsts[one.item] := one.first;
                lasts[one.item] := one.last;
            ELSE
                codes[one.item] := 'AN006';
                sentences[one.item] :=
                    format('idempotency key %s came with another request before', one.key);
            END IF;
            settled := settled + 1;
        END LOOP;
    END IF;

    IF settled < items THEN
        IF vouched IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = vouched, MESSAGE = CASE vouched
                WHEN 'AN011' THEN 'the sealer refuses this log: it is not the one that was signed'
                ELSE 'the sealer has not looked at this log since its server started' END;
        END IF;
        IF moved IS NOT NULL THEN
            FOREACH n IN ARRAY moved LOOP
                i := coalesce(CASE WHEN n <= guards THEN guard_items[n]
                                   ELSE event_items[n - guards] END, 1);
                CONTINUE WHEN firsts[i] IS NOT NULL OR codes[i] IS NOT NULL;
                IF n <= guards AND right(held[n], 1) = '/' THEN
                    SELECT count(*) INTO there FROM ledger.entries e
                     WHERE e.stream >= held[n] AND e.stream < left(held[n], -1) || '0';
                ELSE
                    SELECT coalesce(max(e.version), 0) INTO there
                      FROM ledger.entries e WHERE e.stream = held[n];
                END IF;
                codes[i] := 'AN002';
                sentences[i] := format('stream %s is at version %s, ', held[n], there)
                    || CASE WHEN n <= guards THEN format('not %s', guard_versions[n])
                            ELSE format('so that version %s cannot follow', versions[n - guards])
                       END;
            END LOOP;
        END IF;

        -- The clocks.
        clock := clock_timestamp();
        IF 'clock-was-wrong' = ANY (topics) THEN
            wrong_from := (convert_from(states[1], 'UTF8')::jsonb #>> '{data,first_position}')::bigint;
            IF many > 1 OR streams[1] <> 'service' OR head_at <= clock + interval '1 minute'
               OR NOT coalesce(wrong_from BETWEEN 1 AND shift, false) THEN
                RAISE EXCEPTION 'the last entry, at position %, was recorded at %, and it is %',
                    shift, head_at, clock USING ERRCODE = 'AN012';
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
        IF caller_now NOT BETWEEN clock - interval '1 minute' AND clock + interval '1 minute' THEN
            RAISE EXCEPTION 'the service''s clock says %, the database''s %', caller_now, clock
                USING ERRCODE = 'AN004';
        END IF;
        IF clock > head_at + interval '1 day' AND clock > caller_latest + interval '1 day' THEN
            RAISE EXCEPTION 'the clock says %, the last entry was recorded at %, and the service has '
                'counted to %', clock, head_at, caller_latest USING ERRCODE = 'AN013';
        END IF;
        IF latest_occurred IS NOT NULL THEN
            today := (greatest(clock, head_at) AT TIME ZONE 'Europe/London')::date;
        END IF;
    END IF;

    -- Positions, moments and verdicts, and the entries.
    repeated := false;
    FOR i IN 1 .. items LOOP
        IF latest_occurred[i] > today AND firsts[i] IS NULL AND codes[i] IS NULL THEN
            codes[i] := 'AN005';
            sentences[i] := format('%s has not come yet in London', latest_occurred[i]);
        END IF;
        item := i;
        IF firsts[i] IS NULL AND codes[i] IS NULL THEN
            shifts[i] := shift;
            first_position := shift + begins[i];
            last_position := shift + ends[i];
            head_at := greatest(clock, head_at + interval '1 microsecond');
            recorded_at := head_at;
            moments[i] := head_at;
            RETURN NEXT;
            CONTINUE;
        END IF;
        shift := shift - (ends[i] - begins[i] + 1);
        refused := codes[i];
        why := sentences[i];
        first_position := firsts[i];
        last_position := lasts[i];
        recorded_at := moments[i];
        repeated := firsts[i] IS NOT NULL;
        IF repeated AND recorded_at IS NULL THEN
            SELECT max(e.recorded_at), coalesce(array_agg(e.state ORDER BY e.position), '{}'),
                   coalesce(array_agg(e.counted_at ORDER BY e.position), '{}')
              INTO recorded_at, made_states, made_counted
              FROM ledger.counted_entries e
             WHERE e.position BETWEEN firsts[i] AND lasts[i];
        END IF;
        RETURN NEXT;
        refused := NULL;
        why := NULL;
        repeated := false;
        made_states := NULL;
        made_counted := NULL;
    END LOOP;
    IF shifts IS NOT NULL THEN
        INSERT INTO ledger.entries
            (position, recorded_at, event_id, stream, version, topic, state)
        SELECT shifts[given.item] + given.nth, moments[given.item], event_ids[given.nth],
               streams[given.nth], versions[given.nth], topics[given.nth], states[given.nth]
          FROM (SELECT each.nth, coalesce(event_items[each.nth], 1) AS item
                  FROM (SELECT generate_series(1, many) AS nth) AS each) AS given
         WHERE shifts[given.item] IS NOT NULL;
        IF text_events IS NOT NULL THEN
            INSERT INTO ledger.texts (position, field, commitment, salt, body)
            SELECT shifts[coalesce(event_items[text_events[each.nth]], 1)] + text_events[each.nth],
                   text_fields[each.nth], text_commitments[each.nth], text_salts[each.nth],
                   text_bodies[each.nth]
              FROM (SELECT generate_series(1, cardinality(text_events)) AS nth) AS each
             WHERE shifts[coalesce(event_items[text_events[each.nth]], 1)] IS NOT NULL;
        END IF;
        IF capture_events IS NOT NULL THEN
            INSERT INTO ledger.captures (position, salt, body)
            SELECT shifts[coalesce(event_items[capture_events[each.nth]], 1)]
                   + capture_events[each.nth], capture_salts[each.nth], capture_bodies[each.nth]
              FROM (SELECT generate_series(1, cardinality(capture_events)) AS nth) AS each
             WHERE shifts[coalesce(event_items[capture_events[each.nth]], 1)] IS NOT NULL;
        END IF;
        IF request_keys IS NOT NULL THEN
            INSERT INTO ledger.requests (account, key, fingerprint, first_position, last_position)
            SELECT request_accounts[each.item], request_keys[each.item],
                   request_fingerprints[each.item], shifts[each.item] + begins[each.item],
                   shifts[each.item] + ends[each.item]
              FROM (SELECT generate_series(1, cardinality(request_keys)) AS item) AS each
             WHERE request_keys[each.item] IS NOT NULL AND shifts[each.item] IS NOT NULL;
        END IF;
        called := pg_notify('answerable_log', (shift + many)::text) IS NULL;
    END IF;
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
