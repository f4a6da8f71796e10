-- Webhooks: who is sent entries as they are sealed, and what became of it. Service data, not the
-- log's: the log itself is the queue, and a subscription keeps the position that it has come to.

SET ROLE answerable_app;

ALTER TABLE api.tokens DROP CONSTRAINT tokens_scopes_check;
ALTER TABLE api.tokens ADD CONSTRAINT tokens_scopes_check
    CHECK (scopes <@ ARRAY['record', 'office', 'subscribe', 'admin']);

CREATE TABLE api.subscriptions (
    id                text        PRIMARY KEY,
    account           text        NOT NULL,
    url               text        NOT NULL,
    wanted            jsonb       NOT NULL,  -- filters, as the list of entries takes them
    created_at        timestamptz NOT NULL,
    secret            integer     NOT NULL DEFAULT 1,  -- which of its secrets signs
    secret_sha256     bytea       NOT NULL CHECK (octet_length(secret_sha256) = 32),
    former_until      timestamptz,           -- until when the secret before it signs as well
    position          bigint      NOT NULL CHECK (position >= 0),  -- all up to it was delivered
    previous_position bigint,                -- the last entry up to it that was wanted
    previous_event    uuid,
    failures          integer     NOT NULL DEFAULT 0,  -- of the next entry, one after the other
    failing_since     timestamptz,
    next_at           timestamptz NOT NULL,  -- nothing is sent before
    disabled_at       timestamptz,
    disabled_why      text,
    request_key       text,
    request_sha256    bytea,
    UNIQUE (account, request_key)
);
COMMENT ON TABLE api.subscriptions IS
    'Webhooks. A secret is not here: it is derived from ANSWERABLE_SECRET_KEY; secret_sha256 tells '
    'whether that still is the key that it was made by.';

CREATE TABLE api.deliveries (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription      text        NOT NULL REFERENCES api.subscriptions ON DELETE CASCADE,
    message           text        NOT NULL,  -- its webhook-id, the same at each attempt
    position          bigint,                -- NULL: a test
    event             uuid,
    previous_position bigint,
    previous_event    uuid,
    attempts          integer     NOT NULL DEFAULT 0,
    first_at          timestamptz,
    last_at           timestamptz,
    status            integer,               -- what the receiver answered last
    error             text,                  -- why the last attempt failed
    delivered_at      timestamptz
);
COMMENT ON TABLE api.deliveries IS
    'What became of each entry that was sent to a subscription: the newest thousand are kept.';
CREATE INDEX deliveries_of_subscription ON api.deliveries (subscription, id);
CREATE INDEX deliveries_open ON api.deliveries (subscription, position) WHERE delivered_at IS NULL;
