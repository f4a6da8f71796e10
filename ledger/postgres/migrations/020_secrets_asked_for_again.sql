-- By which request a subscription's newest secret was made, so that the same one asked again is
-- answered with the same secret, and the one before it goes on signing for its day.

SET ROLE answerable_app;

ALTER TABLE api.subscriptions ADD COLUMN rotation text;
COMMENT ON COLUMN api.subscriptions.rotation IS
    'The account and the idempotency key that the newest secret was asked for under; NULL: none.';
