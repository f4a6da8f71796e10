-- A longer list of new words (kB) before they are sorted into the index of 006_search.sql: an append
-- writes half as much beside the log (docs/decisions/0012-words-wait-in-a-longer-list.md).

ALTER INDEX ledger.texts_words SET (gin_pending_list_limit = 4096);
