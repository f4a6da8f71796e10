-- ledger.append answers what a request recorded before, in the same round trip.
--
-- Whoever repeats a request under its idempotency key is answered with the entries that it made. They
-- were read by a second query, which could fail where the first had told that they are recorded; and
-- nobody could tell whose ids were repeated: those of this very call, whose answer was lost, or those
-- of another one. made_states and made_counted are those of another call with the same key, in the
-- order of their positions; NULL where there is none.

DO $$
DECLARE
    appends CONSTANT text := pg_get_functiondef('ledger.append'::regproc);
    made    text := appends;
    changes CONSTANT text[] := ARRAY[
        ['OUT repeated boolean',
         'OUT repeated boolean, OUT made_states bytea[], '
         'OUT made_counted timestamp with time zone[]'],
        ['            SELECT e.recorded_at INTO recorded_at
              FROM ledger.entries e WHERE e.position = request.last_position;',
         '            SELECT max(e.recorded_at), coalesce(array_agg(e.state ORDER BY e.position), ''{}''),
                   coalesce(array_agg(e.counted_at ORDER BY e.position), ''{}'')
              INTO recorded_at, made_states, made_counted
              FROM ledger.counted_entries e
             WHERE e.position BETWEEN request.first_position AND request.last_position;']
    ];
    one text[];
BEGIN
    FOREACH one SLICE 1 IN ARRAY changes LOOP
        IF position(one[1] IN made) = 0 THEN
            RAISE EXCEPTION 'ledger.append does not say %', one[1];
        END IF;
        made := replace(made, one[1], one[2]);
    END LOOP;
    EXECUTE format('DROP FUNCTION %s', 'ledger.append'::regproc::regprocedure);
    EXECUTE made;
    REVOKE ALL ON FUNCTION ledger.append FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION ledger.append TO answerable_app;
END $$;
