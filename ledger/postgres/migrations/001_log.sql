-- The log: entries, the texts and captures that they commit to, and idempotent requests.
-- Everything here belongs to answerable_owner; the service may read it, and write it only
-- through ledger.append (002_append.sql).

CREATE SCHEMA ledger;

CREATE TABLE ledger.entries (
    position    bigint      PRIMARY KEY CHECK (position > 0),
    recorded_at timestamptz NOT NULL,
    event_id    uuid        NOT NULL UNIQUE,
    stream      text        COLLATE "C" NOT NULL,
    version     integer     NOT NULL CHECK (version >= 0),
    topic       text        NOT NULL,
    state       bytea       NOT NULL CHECK (octet_length(state) < 65535),
    UNIQUE (stream, version)
);
COMMENT ON TABLE ledger.entries IS
    'One row an entry, in the order of commit, without a gap. state is hashed as it stands.';
COMMENT ON COLUMN ledger.entries.position IS '1, 2, 3 …; the leaf index in the log is one less.';
COMMENT ON COLUMN ledger.entries.recorded_at IS 'The clock of this database; never runs backwards.';

CREATE TABLE ledger.texts (
    position   bigint NOT NULL,
    field      text   NOT NULL,
    commitment bytea  NOT NULL CHECK (octet_length(commitment) = 32),
    salt       bytea  NOT NULL CHECK (octet_length(salt) = 32),
    body       text   NOT NULL,
    PRIMARY KEY (position, field)
);
COMMENT ON TABLE ledger.texts IS
    'What opens the commitments: SHA-256("answerable/text/v1", 0x00, salt, body) = commitment.';

CREATE TABLE ledger.captures (
    position bigint PRIMARY KEY,
    salt     bytea CHECK (octet_length(salt) = 32),
    body     bytea  NOT NULL
);
COMMENT ON TABLE ledger.captures IS 'The bytes kept by the CaptureKept entry at this position.';

CREATE TABLE ledger.requests (
    account        text        NOT NULL,
    key            text        NOT NULL,
    fingerprint    bytea       NOT NULL,
    first_position bigint      NOT NULL,
    last_position  bigint      NOT NULL,
    PRIMARY KEY (account, key)
);
COMMENT ON TABLE ledger.requests IS
    'Which entries a request with an Idempotency-Key made; the answer is read from the log again.';

CREATE FUNCTION ledger.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'ledger.% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'AN001',
              HINT = 'Correct an entry by recording a correction; redact a text by a redaction.';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.texts
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.captures
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.requests
    FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

GRANT USAGE ON SCHEMA ledger TO answerable_app;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO answerable_app;
