-- Which reports' rows of the read models were worked out anew from the log and compared, when, and
-- what differed (projections/tables/patrol.py). It belongs to the service.

SET ROLE answerable_app;

CREATE TABLE follow.patrol (
    report     text        PRIMARY KEY,  -- '': what is about no report
    looked_at  timestamptz NOT NULL,
    position   bigint      NOT NULL,     -- of the log: up to where it was worked out
    difference text                      -- NULL: none
);
COMMENT ON TABLE follow.patrol IS
    'The patrol of the read models: the rows about each report against the log, within a day.';
