-- Who made, rotated and ended a token, and the position at which it was made: a scope that its
-- account gained later is not the token's, so that none has to be taken from it when one is granted
-- (docs/decisions/0027-a-token-has-scopes-of-its-own.md). Tokens made before are taken as made now:
-- what they had lost is gone from their scopes.

SET ROLE answerable_app;

ALTER TABLE api.tokens ADD COLUMN position bigint;
UPDATE api.tokens SET position = (SELECT coalesce(max(position), 0) FROM ledger.entries);
ALTER TABLE api.tokens ALTER COLUMN position SET NOT NULL;
COMMENT ON COLUMN api.tokens.position IS 'Where the log ended when it was made.';

ALTER TABLE api.tokens ADD COLUMN made_by text;    -- the account; NULL: from before this was kept
ALTER TABLE api.tokens ADD COLUMN made_with text;  -- the token by which that asked; NULL: none
ALTER TABLE api.tokens ADD COLUMN revoked_by text;
ALTER TABLE api.tokens ADD COLUMN request_key text;
ALTER TABLE api.tokens ADD COLUMN request_sha256 bytea;
ALTER TABLE api.tokens ADD CONSTRAINT tokens_request UNIQUE (made_by, request_key);
