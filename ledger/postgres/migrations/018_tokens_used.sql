-- When a token was last used, to the day, and which one took its place: so that whoever runs this
-- sees which are in use, and can change them without a gap.

SET ROLE answerable_app;

ALTER TABLE api.tokens ADD COLUMN used_on date;
ALTER TABLE api.tokens ADD COLUMN follows text;
COMMENT ON COLUMN api.tokens.follows IS 'The token whose place it took.';
