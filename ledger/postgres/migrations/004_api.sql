-- What the API keeps of its own: tokens. It belongs to the service.

CREATE SCHEMA api AUTHORIZATION answerable_app;
SET ROLE answerable_app;

CREATE TABLE api.tokens (
    id         text        PRIMARY KEY,
    sha256     bytea       NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    account    text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_on date,
    revoked_at timestamptz
);
COMMENT ON TABLE api.tokens IS
    'Bearer tokens by their SHA-256; what each may do is its account''s scopes, in the log.';
