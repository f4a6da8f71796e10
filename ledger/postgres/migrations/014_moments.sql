-- No two transactions have a moment in common, also while the clock stands or was set back: so the
-- entries of one moment are one transaction, whose end is known for ever, and a position inside it
-- means that end (docs/decisions/0021-a-position-inside-a-transaction-is-its-end.md). What is in
-- the future still goes by the clock.

DO $$
DECLARE
    was  CONSTANT text := pg_get_functiondef('ledger.append'::regproc);
    made text := was;
    one  text[];
BEGIN
    FOREACH one SLICE 1 IN ARRAY ARRAY[
        ['recorded_at := greatest(clock, head_at);',
         'recorded_at := greatest(clock, head_at + interval ''1 microsecond'');'],
        ['latest_occurred > (recorded_at AT TIME ZONE',
         'latest_occurred > (greatest(clock, head_at) AT TIME ZONE']
    ] LOOP
        IF position(one[1] IN made) = 0 THEN
            RAISE EXCEPTION 'ledger.append does not say %', one[1];
        END IF;
        made := replace(made, one[1], one[2]);
    END LOOP;
    EXECUTE made;
END $$;
