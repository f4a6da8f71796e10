-- A clock that was wrong: it is refused where it can be seen, and it does not end the log.
--
-- The service says how late it can be by its own count of time since it started (caller_latest).
-- Where the clock is more than a day beyond that and beyond the last entry, it jumped, and nothing
-- is recorded (AN013). A process that has just started has counted nothing yet. What was recorded
-- under a wrong clock stays as it is. The entry `clock-was-wrong` says from which position on; it is
-- the one entry whose recorded_at may lie before that of the entry in front of it, and only where
-- that lies ahead of the clock (else AN012). The entries from that position to it count as recorded
-- at its own moment, where their own is later.

CREATE VIEW ledger.wrong_clocks AS
SELECT CASE WHEN e.topic = 'clock-was-wrong'  -- no other state needs to be JSON
            THEN (convert_from(e.state, 'UTF8')::jsonb #>> '{data,first_position}')::bigint
       END AS first_position, e.position, e.recorded_at
  FROM ledger.entries e WHERE e.topic = 'clock-was-wrong';
COMMENT ON VIEW ledger.wrong_clocks IS
    'Where the clock was wrong: entries from first_position to position count as recorded at '
    'recorded_at, where their own moment is later.';

CREATE VIEW ledger.counted_entries AS
SELECT e.position, e.recorded_at, e.event_id, e.stream, e.version, e.topic, e.state,
       least(e.recorded_at, (SELECT min(w.recorded_at) FROM ledger.wrong_clocks w
                              WHERE e.position BETWEEN w.first_position AND w.position))
       AS counted_at
  FROM ledger.entries e;
COMMENT ON VIEW ledger.counted_entries IS
    'The entries, each with the moment at which it counts as recorded: that of recorded_at, or of '
    'an entry clock-was-wrong, where that is earlier. It never runs backwards.';

GRANT SELECT ON ledger.wrong_clocks, ledger.counted_entries TO answerable_app, answerable_sealer;

CREATE FUNCTION pg_temp.with_changes(made text, changes text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    one text[];
BEGIN
    FOREACH one SLICE 1 IN ARRAY changes LOOP
        IF position(one[1] IN made) = 0 THEN
            RAISE EXCEPTION 'the function does not say %', one[1];
        END IF;
        made := replace(made, one[1], one[2]);
    END LOOP;
    RETURN made;
END $$;

DO $$
DECLARE
    appends CONSTANT text := pg_get_functiondef('ledger.append'::regproc);
    clocks  CONSTANT text := '    IF head_at > clock + interval ''1 minute'' THEN';
    then_   CONSTANT text := '    recorded_at := greatest(';
BEGIN
    EXECUTE format('DROP FUNCTION %s', 'ledger.append'::regproc::regprocedure);
    EXECUTE pg_temp.with_changes(appends, ARRAY[
        ['latest_occurred date DEFAULT NULL::date',
         'latest_occurred date DEFAULT NULL::date, '
         'caller_latest timestamp with time zone DEFAULT NULL::timestamp with time zone'],
        ['    request ledger.requests;',
         '    request ledger.requests;' || E'\n' || '    wrong_from bigint;'],
        [clocks, $clocks$
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
$clocks$ || clocks],
        [then_, $then$    IF clock > head_at + interval '1 day' AND clock > caller_latest + interval '1 day' THEN
        RAISE EXCEPTION 'the clock says %, the last entry was recorded at %, and the service has '
            'counted to %', clock, head_at, caller_latest USING ERRCODE = 'AN013';
    END IF;
$then$ || then_]
    ]);
    REVOKE ALL ON FUNCTION ledger.append FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION ledger.append TO answerable_app;
    EXECUTE pg_temp.with_changes(pg_get_functiondef('ledger.restore'::regproc), ARRAY[
        ['recorded_ats[i] < head_at THEN',
         'recorded_ats[i] < head_at AND topics[i] <> ''clock-was-wrong'' THEN']
    ]);
END $$;
DROP FUNCTION pg_temp.with_changes;
