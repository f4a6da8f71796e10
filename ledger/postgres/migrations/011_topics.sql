-- Entries of one type, in the order of the log: `GET /api/entries?type=`, and what is rare among
-- a million others (releases, redactions). Without it they are looked for in the whole log.

CREATE INDEX entries_by_topic ON ledger.entries (topic, position);
