-- Which office texts were released, as the entries `text-released` say: nothing else opens one.
-- A row of a read model did until now, so whoever could write there opened an office text.

CREATE INDEX entries_released ON ledger.entries (stream) WHERE topic = 'text-released';

CREATE VIEW ledger.released_texts AS
SELECT e.position, r.said ->> 'field' AS field
  FROM ledger.entries e
  JOIN (SELECT stream,
               CASE WHEN topic = 'text-released' THEN  -- no other state needs to be JSON
                   convert_from(state, 'UTF8')::jsonb -> 'data' END AS said
          FROM ledger.entries WHERE topic = 'text-released') r
    ON r.stream = e.stream AND r.said ->> 'target' = e.event_id::text;
COMMENT ON VIEW ledger.released_texts IS
    'The office texts that may be shown to everybody: those that an entry released.';

GRANT SELECT ON ledger.released_texts TO answerable_app;
