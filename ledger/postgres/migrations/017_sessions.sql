-- Sessions of people who signed in by a browser. Service data, not the log's: who may do what is the
-- scopes of the account that a session acts for, which are in the log.

SET ROLE answerable_app;

CREATE TABLE api.sessions (
    sha256   bytea       PRIMARY KEY CHECK (octet_length(sha256) = 32),
    person   text,                  -- who signed in: the provider's issuer and subject; NULL: nobody yet
    said     jsonb       NOT NULL,  -- what the session holds: its account among it
    begun_at timestamptz NOT NULL,
    seen_at  timestamptz NOT NULL,  -- to the minute
    ends_at  timestamptz NOT NULL   -- whatever is done until then
);
COMMENT ON TABLE api.sessions IS
    'Sessions of browsers by the SHA-256 of their id, which the browser alone has.';
CREATE INDEX sessions_by_person ON api.sessions (person) WHERE person IS NOT NULL;
CREATE INDEX sessions_by_end ON api.sessions (ends_at);
