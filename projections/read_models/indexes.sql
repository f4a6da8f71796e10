-- The indexes of the read models, each built by itself (projections/read_models/schemas.py). A rebuild
-- builds them after the rows, which costs a fraction of keeping them in order row by row.
--
-- The indexes of lists end with the two clocks, so that the index skips rows that hold at another
-- time. Large tables have no other unique index: a shorter one looks cheaper to the planner, which
-- then reads the rows of all times.

CREATE UNIQUE INDEX reports_once ON reports (report, known_from, effective_from);
CREATE INDEX reports_by_day ON reports (published_text, report);
-- The few that graded a body, by that body.
CREATE INDEX reports_grading ON reports USING gin (graded) WHERE graded <> '{}';

-- Recommendations with an assurance that nobody has answered, of one body or of all.
CREATE INDEX recommendations_unanswered ON recommendations
    (addressee, known_to, effective_to, known_from, effective_from) WHERE unanswered > 0;
-- All of one report at the two dates, to be counted by status or sorted; and those of one body in
-- the order of lists: 2, 3a, 10.
CREATE INDEX recommendations_of_report ON recommendations
    (report, known_to, effective_to, known_from, effective_from, status, key);
CREATE UNIQUE INDEX recommendations_of_body ON recommendations
    (addressee, report, key_order, key, known_to, known_from, effective_from, effective_to);
-- All of one body at the two dates: hardly any row of other dates is read.
CREATE INDEX recommendations_of_dates ON recommendations
    (addressee, known_to, effective_to, known_from, effective_from);
-- All at the two dates, to be counted by status by an index-only scan.
CREATE INDEX recommendations_by_status ON recommendations
    (known_to, effective_to, known_from, effective_from, status);
-- Those that are refused or reopened: few, of whatever report.
CREATE INDEX recommendations_decided ON recommendations
    (report, key_order, key, addressee, known_to, known_from, effective_from, effective_to)
    WHERE status IN ('refused', 'reopened');
-- Those whose target passes within some days.
CREATE INDEX recommendations_by_target ON recommendations
    (passes_after, known_to, known_from, effective_from, effective_to)
    WHERE passes_after IS NOT NULL;
CREATE INDEX recommendations_of_parent ON recommendations (report, addressee, parent_key)
    WHERE parent_key IS NOT NULL;
-- The few that repeat one of an earlier report, by that one.
CREATE INDEX recommendations_repeating ON recommendations USING gin (repeats_of)
    WHERE repeats_of <> '{}';

-- Those that a force calls complete, to be counted by what became of the claim by an index-only
-- scan.
CREATE INDEX recommendations_called_complete ON recommendations
    (known_to, effective_to, known_from, effective_from)
    INCLUDE (completion, addressee, raised_on, called_on, report) WHERE completion IS NOT NULL;

-- Those of one theme in the order of lists; and each theme, one after the other.
CREATE INDEX recommendations_of_theme ON recommendations
    (theme, report, key_order, key, addressee, known_to, known_from, effective_from, effective_to)
    WHERE theme IS NOT NULL;

CREATE UNIQUE INDEX responses_of_report ON responses
    (report, body, name, known_to, known_from, effective_from, effective_to);
-- All of one body at the two dates, to be counted or listed.
CREATE INDEX responses_of_body ON responses
    (body, known_to, effective_to, known_from, effective_from);
-- All at the two dates, to be counted by an index-only scan.
CREATE INDEX responses_of_dates ON responses
    (known_to, effective_to, known_from, effective_from)
    INCLUDE (body, report, name, report_kind, report_year, due_on, verdict, days, days_from,
             at_least, basis, answered_on, listed_by, addressed, explained_by_due, explained_now,
             general, causes, causes_without, causes_explained, line, line_since);
-- Those whose verdict changes within some days.
CREATE INDEX responses_by_turn ON responses
    (effective_from, known_to, known_from, effective_to);

-- A table that is written with ON CONFLICT has its key in schema.sql, from the beginning.
CREATE INDEX concerns_own ON concerns (body, position) WHERE own;
CREATE UNIQUE INDEX recorded_late_once ON recorded_late (position);
CREATE INDEX recorded_late_by_days ON recorded_late (backfill, days, position);
CREATE INDEX recorded_late_by_office ON recorded_late (backfill, office, position);
