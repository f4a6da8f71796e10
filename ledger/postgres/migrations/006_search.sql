-- Words of texts, so that what is recorded can be searched (projections/search.py asks for them).
--
-- The words lie in this index and nowhere else: deleting a text takes its row out of it. VACUUM
-- clears what the row left in the pages, but a GIN index keeps a word, without its place, even
-- when no text has it any more: only building the index anew forgets it (`answerable erase`).
--
-- A tsvector has a limit (1 MB), and a text past it would be refused when it is recorded: the
-- first 50,000 characters of any text stay well below it, and are what is searched.
--
-- New words wait in a list that an append has to clear when it is full: kept short (kB), so that
-- none waits long for it.

CREATE INDEX texts_words ON ledger.texts USING gin (to_tsvector('english', left(body, 50000)))
    WITH (gin_pending_list_limit = 512);
COMMENT ON INDEX ledger.texts_words IS
    'A redacted word leaves it when it is built anew: `answerable erase`.';
