-- Read models: what the log adds up to. Disposable: rebuilt from the log whenever wanted.
--
-- Each row is a rectangle of two clocks: it holds for whoever knows the entries from known_from
-- up to (not including) known_to, and asks about the days from effective_from up to (not
-- including) effective_to. known_to 9223372036854775807: as known now.
--
-- States are JSON arrays (states/values.py), kept as text: nothing looks into them here, and as they are
-- they are quickest to write and to read. The indexes are in indexes.sql: a rebuild makes them
-- when the rows are there.

CREATE TABLE reports (
    report         text   COLLATE "C" NOT NULL,
    known_from     bigint NOT NULL,
    known_to       bigint NOT NULL,
    effective_from date   NOT NULL,
    effective_to   date   NOT NULL,
    published_on   date,
    published_text text   COLLATE "C" NOT NULL,  -- the day as far as it is known, to sort by
    publishers     text[] COLLATE "C" NOT NULL,
    kind           text   COLLATE "C" NOT NULL,
    titles         text   NOT NULL,  -- to search in
    state          text   NOT NULL
);

CREATE TABLE recommendations (
    addressee      text   COLLATE "C" NOT NULL,
    report         text   COLLATE "C" NOT NULL,
    key            text   COLLATE "C" NOT NULL,
    known_from     bigint NOT NULL,
    known_to       bigint NOT NULL,
    effective_from date   NOT NULL,
    effective_to   date   NOT NULL,
    key_order      text   COLLATE "C" NOT NULL,  -- the key, so that 10 comes after 3a
    kind           text   NOT NULL,
    status         text   NOT NULL,
    target_last    date,  -- the last day that its target can mean
    passes_after   date,  -- after which it has passed for certain
    ended_on       date,  -- since which it is closed, withdrawn or superseded
    unanswered     integer NOT NULL,  -- assurances without a reply
    parent_key     text   COLLATE "C",
    claimed_late   boolean NOT NULL,  -- completion, after its target
    state          text   NOT NULL
);

CREATE TABLE responses (
    body           text   COLLATE "C" NOT NULL,
    report         text   COLLATE "C" NOT NULL,
    name           text   COLLATE "C" NOT NULL,  -- of the duty
    known_from     bigint NOT NULL,
    known_to       bigint NOT NULL,
    effective_from date   NOT NULL,
    effective_to   date   NOT NULL,
    due_on         date,
    state          text   NOT NULL
);

-- What the verdicts on responses are reached from, and what responses explain, in numbers (tables.py
-- says what each column is), for the database to judge (verdict/sql.py): slim, so that all of them
-- can be counted. From settled_from on no day changes the verdict, which is then `settled`; by
-- captures alone, and by recordings alone, it is the two others.
CREATE TABLE verdicts (
    body              text    COLLATE "C" NOT NULL,
    report            text    COLLATE "C" NOT NULL,
    name              text    COLLATE "C" NOT NULL,
    known_from        bigint  NOT NULL,
    known_to          bigint  NOT NULL,
    effective_from    date    NOT NULL,
    effective_to      date    NOT NULL,
    report_kind       text    NOT NULL,
    report_year       integer,
    has_period        boolean NOT NULL,
    due_on            date,
    latest_due_on     date,
    trigger_basis     text    NOT NULL,
    disapplied        boolean NOT NULL,
    not_before        date,
    begun             boolean NOT NULL,
    lo                date,
    hi                date,
    recorded_hi       date,
    captured_hi       date,
    required          boolean NOT NULL,
    required_recorded boolean NOT NULL,
    required_captured boolean NOT NULL,
    rest_lo           date,
    rest_hi           date,
    rest_recorded_hi  date,
    rest_captured_hi  date,
    duty_at           bigint  NOT NULL,
    because_at        bigint,
    bettered          boolean NOT NULL,
    listed_by         text    NOT NULL,
    addressed         integer NOT NULL,
    explained_by_due  integer,
    explained_now     integer NOT NULL,
    general           integer NOT NULL,
    causes            integer NOT NULL,
    causes_without    integer NOT NULL,
    causes_explained  integer NOT NULL,
    known_at          timestamptz NOT NULL,  -- when the entry at known_from was recorded
    settled_from      date GENERATED ALWAYS AS (greatest(
        due_on + 1, latest_due_on + 1, not_before, lo, hi, recorded_hi, captured_hi, rest_lo, rest_hi,
        rest_recorded_hi, nullif(rest_captured_hi, date '9999-12-31'))) STORED,
    settled           text GENERATED ALWAYS AS ({settled}) STORED,
    settled_captured  text GENERATED ALWAYS AS ({settled_captured}) STORED,
    settled_recorded  text GENERATED ALWAYS AS ({settled_recorded}) STORED
);

-- Which entries redacted a text, and of which stream.
CREATE TABLE redactions (
    position bigint PRIMARY KEY,
    stream   text   COLLATE "C" NOT NULL
);

-- For lists of the log (log_entries.py): which bodies an entry concerns (entry_index.py), known from
-- which position, and whether it is their own doing; and which were recorded after the last day on
-- which what they tell of can have happened, by how many days.
CREATE TABLE concerns (
    body     text    COLLATE "C" NOT NULL,
    position bigint  NOT NULL,
    since    bigint  NOT NULL,
    own      boolean NOT NULL,
    PRIMARY KEY (body, position)
);
CREATE TABLE recorded_late (
    position bigint  NOT NULL,
    days     integer NOT NULL,
    backfill boolean NOT NULL
);

-- For what changed between two moments (candidates.py): in which thousands of positions there are
-- entries about a report.
CREATE TABLE touched (
    report   text   COLLATE "C" NOT NULL,
    thousand bigint NOT NULL,
    PRIMARY KEY (report, thousand)
);

-- In which meetings of panels a recommendation was reviewed, whatever became of the reviews.
CREATE TABLE reviews (
    report    text COLLATE "C" NOT NULL,
    key       text COLLATE "C" NOT NULL,
    addressee text COLLATE "C" NOT NULL,
    meeting   text COLLATE "C" NOT NULL,  -- its stream
    PRIMARY KEY (report, key, addressee, meeting)
);
