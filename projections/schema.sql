-- Read models: what the log adds up to. Disposable: rebuilt from the log whenever wanted.
--
-- Each row is a rectangle of two clocks: it holds for whoever knows the entries from known_from
-- up to (not including) known_to, and asks about the days from effective_from up to (not
-- including) effective_to. known_to NULL: as known now.

CREATE TABLE reports (
    report         text   COLLATE "C" NOT NULL,
    known_from     bigint NOT NULL,
    known_to       bigint,
    effective_from date   NOT NULL,
    effective_to   date   NOT NULL,
    published_on   date,
    state          jsonb  NOT NULL,
    PRIMARY KEY (report, known_from, effective_from)
);

CREATE TABLE recommendations (
    addressee      text   COLLATE "C" NOT NULL,
    report         text   COLLATE "C" NOT NULL,
    key            text   COLLATE "C" NOT NULL,
    known_from     bigint NOT NULL,
    known_to       bigint,
    effective_from date   NOT NULL,
    effective_to   date   NOT NULL,
    kind           text   NOT NULL,
    status         text   NOT NULL,
    target_on      date,
    parent_key     text   COLLATE "C",
    state          jsonb  NOT NULL,
    PRIMARY KEY (addressee, report, key, known_from, effective_from)
);
CREATE INDEX recommendations_of_report ON recommendations (report, key, addressee);
CREATE INDEX recommendations_of_parent ON recommendations (report, addressee, parent_key)
    WHERE parent_key IS NOT NULL;

CREATE TABLE responses (
    body           text   COLLATE "C" NOT NULL,
    report         text   COLLATE "C" NOT NULL,
    known_from     bigint NOT NULL,
    known_to       bigint,
    effective_from date   NOT NULL,
    effective_to   date   NOT NULL,
    due_on         date,
    state          jsonb  NOT NULL,
    PRIMARY KEY (body, report, known_from, effective_from)
);
CREATE INDEX responses_of_report ON responses (report, body);

-- Office texts that were released, by where they lie: they may be shown now, at every known_at.
CREATE TABLE released (
    position bigint NOT NULL,
    field    text   NOT NULL,
    PRIMARY KEY (position, field)
);
