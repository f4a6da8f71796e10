-- What the log calls redacted is not shown, whatever the tables hold: a backup that was restored
-- puts texts back that were deleted since.
--
-- Whoever shows texts or captures reads these views, which go by the entries `text-redacted` alone.
-- `was` of a correction or a revision has no row of its own: it is read where it was recorded.

CREATE VIEW ledger.shown_texts AS
SELECT t.position, t.field, t.commitment, t.salt, t.body
  FROM ledger.texts t
 WHERE t.field <> 'was' AND NOT EXISTS (
    SELECT FROM ledger.entries e JOIN ledger.entries r ON r.stream = e.stream
     WHERE e.position = t.position AND r.topic = 'text-redacted'
       AND CASE WHEN r.topic = 'text-redacted' THEN  -- no other state needs to be JSON
           convert_from(r.state, 'UTF8')::jsonb -> 'data' @> jsonb_build_object(
               'target', e.event_id, 'field', t.field)
       END);
COMMENT ON VIEW ledger.shown_texts IS 'The texts that may be shown: those that nothing redacted.';

CREATE VIEW ledger.shown_captures AS
SELECT c.position, c.salt, c.body
  FROM ledger.captures c
 WHERE NOT EXISTS (
    SELECT FROM ledger.entries e JOIN ledger.entries r ON r.stream = e.stream
     WHERE e.position = c.position AND r.topic = 'text-redacted'
       AND CASE WHEN r.topic = 'text-redacted' THEN
           convert_from(r.state, 'UTF8')::jsonb -> 'data' @> jsonb_build_object(
               'target', e.event_id, 'field', 'bytes')
       END);
COMMENT ON VIEW ledger.shown_captures IS
    'The captures that may be shown: those whose bytes nothing redacted.';

-- What the tables hold against the log. Readiness, `status` and `audit` say so; `erase` deletes it.
CREATE VIEW ledger.held_against_the_log AS
WITH redacted AS MATERIALIZED (
    SELECT e.position, e.event_id, e.state, r.position AS redacted_at,
           r.said ->> 'field' AS field
      FROM (SELECT stream, position, convert_from(state, 'UTF8')::jsonb -> 'data' AS said
              FROM ledger.entries WHERE topic = 'text-redacted') r
      JOIN ledger.entries e ON e.stream = r.stream AND e.event_id::text = r.said ->> 'target'
)
SELECT r.redacted_at, r.position, r.event_id, r.field
  FROM redacted r
 WHERE EXISTS (SELECT FROM ledger.texts t WHERE t.position = r.position AND t.field = r.field)
    OR r.field = 'bytes' AND EXISTS (SELECT FROM ledger.captures c WHERE c.position = r.position);
COMMENT ON VIEW ledger.held_against_the_log IS
    'What is still here, or again, though the entry at redacted_at says that it was redacted.';

GRANT SELECT ON ledger.shown_texts, ledger.shown_captures, ledger.held_against_the_log
    TO answerable_app;
