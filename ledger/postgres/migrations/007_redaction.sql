-- Redaction: the entry `text-redacted` and the deletion of what it names are one thing.
--
-- Whatever call records such an entry deletes the text and its salt (or a capture's bytes) in the
-- same transaction; and nothing else is ever deleted, because a deletion is let through only
-- where an entry of the log names what it deletes. No setting and no privilege opens that door.
-- The commitment stays in the entry that held the text, so every proof over it stays valid.

-- Names what is gone, or is refused. `state` is read here alone: entries of this one topic have
-- {"data":{"target":…,"field":…}}, for ever.
CREATE FUNCTION ledger.redact() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    said   CONSTANT jsonb := convert_from(NEW.state, 'UTF8')::jsonb -> 'data';
    path   text[] := string_to_array(said ->> 'field', '.');
    target ledger.entries;
BEGIN
    SELECT * INTO target FROM ledger.entries e
     WHERE e.event_id = (said ->> 'target')::uuid AND e.stream = NEW.stream;
    IF target.topic = 'capture-kept' AND path = '{bytes}' THEN
        DELETE FROM ledger.captures c WHERE c.position = target.position;
        RETURN NULL;
    END IF;
    IF path[1] <> 'source' THEN
        path := 'data'::text || path;
    END IF;
    IF convert_from(target.state, 'UTF8')::jsonb #>> (path || 'sha256'::text) IS NOT NULL THEN
        DELETE FROM ledger.texts t
         WHERE t.position = target.position AND t.field = said ->> 'field';
    ELSE
        RAISE EXCEPTION 'a redaction names no text in its stream' USING ERRCODE = 'AN007';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER redact AFTER INSERT ON ledger.entries
    FOR EACH ROW WHEN (NEW.topic = 'text-redacted') EXECUTE FUNCTION ledger.redact();

-- A row of texts or captures goes only where an entry of its stream says that it is redacted.
CREATE FUNCTION ledger.refuse_deletion() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM ledger.entries t JOIN ledger.entries r ON r.stream = t.stream
         WHERE t.position = OLD.position
           AND CASE WHEN r.topic = 'text-redacted' THEN  -- no other state needs to be JSON
               convert_from(r.state, 'UTF8')::jsonb -> 'data' @> jsonb_build_object(
                   'target', t.event_id,
                   'field', coalesce(to_jsonb(OLD) ->> 'field', 'bytes'))
           END
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'ledger.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'AN001', HINT = 'Redact a text by a redaction.';
END $$;

DROP TRIGGER append_only ON ledger.texts;
DROP TRIGGER append_only ON ledger.captures;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON ledger.texts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON ledger.captures
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER redacted_only BEFORE DELETE ON ledger.texts
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_deletion();
CREATE TRIGGER redacted_only BEFORE DELETE ON ledger.captures
    FOR EACH ROW EXECUTE FUNCTION ledger.refuse_deletion();

-- The planner keeps no samples of what was said: ANALYZE would copy texts into pg_statistic.
-- (To give a column its own type again drops the samples that are there, and rewrites nothing.)
ALTER TABLE ledger.texts ALTER COLUMN body SET STATISTICS 0, ALTER COLUMN body TYPE text;
ALTER INDEX ledger.texts_words ALTER COLUMN 1 SET STATISTICS 0;
ALTER TABLE ledger.captures ALTER COLUMN body SET STATISTICS 0, ALTER COLUMN body TYPE bytea;

-- Deleted rows leave the tables' pages at the next autovacuum, not after a fifth of the table.
ALTER TABLE ledger.texts SET
    (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
     toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0);
ALTER TABLE ledger.captures SET
    (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
     toast.autovacuum_vacuum_threshold = 0, toast.autovacuum_vacuum_scale_factor = 0);

-- What was redacted is looked up by stream wherever an opening is missing.
CREATE INDEX redactions ON ledger.entries (stream) WHERE topic = 'text-redacted';
