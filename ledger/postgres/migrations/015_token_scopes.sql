-- A token has scopes of its own, at most its account's (docs/decisions/0027-a-token-has-scopes-of-
-- its-own.md). Tokens made before keep what their account had when this ran: a scope that it was
-- granted, and not deprived of since.

SET ROLE answerable_app;

ALTER TABLE api.tokens ADD COLUMN scopes text[] NOT NULL DEFAULT '{}'
    CHECK (scopes <@ ARRAY['record', 'office', 'admin']);

WITH acts AS (
    SELECT position, topic = 'scope-granted' AS granted,
           convert_from(state, 'UTF8')::json -> 'data' ->> 'account' AS account,
           convert_from(state, 'UTF8')::json -> 'data' ->> 'scope' AS scope
      FROM ledger.entries
     WHERE topic IN ('scope-granted', 'scope-revoked')
), latest AS (
    SELECT DISTINCT ON (account, scope) account, scope, granted
      FROM acts
     ORDER BY account, scope, position DESC
)
UPDATE api.tokens t
   SET scopes = ARRAY(
       SELECT l.scope FROM latest l WHERE l.account = t.account AND l.granted ORDER BY l.scope
   );

ALTER TABLE api.tokens ALTER COLUMN scopes DROP DEFAULT;

COMMENT ON TABLE api.tokens IS
    'Bearer tokens by their SHA-256; each may do what is in its scopes and its account''s, which '
    'are in the log.';
