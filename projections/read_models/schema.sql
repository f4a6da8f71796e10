-- The read models. They are disposable: a rebuild makes them from the log.
--
-- Each row is a rectangle of two clocks. It holds as known from position known_from up to (not
-- including) known_to, for the days from effective_from up to (not including) effective_to.
-- known_to is 9223372036854775807 as long as the row is known now.
--
-- States are JSON arrays (states/values.py), stored as text: no query looks into them, and text is
-- quickest to write and to read. The indexes are in indexes.sql: a rebuild builds them after the
-- rows.

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
    graded         text[] COLLATE "C" NOT NULL,  -- the bodies that it graded
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
    passes_after   date,  -- the same, where the target has passed after it
    ended_on       date,  -- since which it is closed, withdrawn or superseded
    unanswered     integer NOT NULL,  -- assurances without a reply
    asked_since    date,  -- by which the longest waiting of them had been sought
    parent_key     text   COLLATE "C",
    claimed_late   boolean NOT NULL,  -- completion, after its target
    repeats_of     text[] COLLATE "C" NOT NULL,  -- the streams of what it repeats
    raised_on      date,  -- where it is known to the day
    completion     text,  -- what became of the force's claim of completion
    called_on      date,  -- the last day on which that claim can have been made
    publisher_number text,
    theme          text,  -- the publisher's words, as these are
    level          text,
    state          text   NOT NULL
);

-- A row ends where the verdict or the coverage changes, so it has both for all its days. The values
-- that are counted are columns of their own (tables.py says where they lie in the state).
CREATE TABLE responses (
    body             text    COLLATE "C" NOT NULL,
    report           text    COLLATE "C" NOT NULL,
    name             text    COLLATE "C" NOT NULL,  -- of the duty
    known_from       bigint  NOT NULL,
    known_to         bigint  NOT NULL,
    effective_from   date    NOT NULL,
    effective_to     date    NOT NULL,
    report_kind      text    NOT NULL,
    report_year      integer,
    due_on           date,  -- extensions included that had been granted by these days
    verdict          text    NOT NULL,
    days             integer,  -- left, late or overdue: where they are the same on all these days
    days_from        date,  -- else the day that they are counted to or from
    at_least         boolean NOT NULL,
    basis            text    NOT NULL,
    answered_on      date,  -- by which all that has to be published was
    listed_by        text    NOT NULL,
    addressed        integer NOT NULL,
    explained_by_due integer,
    explained_now    integer,  -- these are null where a response lacks its text: not known
    general          integer,
    causes           integer NOT NULL,
    causes_without   integer NOT NULL,
    causes_explained integer,
    line             text[],  -- who holds the office, one after the other; null: the body alone
    line_since       date[],  -- their first days
    state            text    NOT NULL
);

-- How many recommendations took a status (or, below zero, gave it up) by what was recorded on a
-- London day, counted from the end of a quarter on. The sum of the days up to one and the quarters
-- up to one is the number at that quarter's end, as known on that day (country.py). Each row of
-- recommendations adds to it as it comes, ceases to be known, and ends.
CREATE TABLE status_steps (
    recorded_on date    NOT NULL,
    quarter     date    NOT NULL,  -- its first day
    status      text    NOT NULL,
    steps       integer NOT NULL,
    PRIMARY KEY (recorded_on, quarter, status)
);

-- The entries that improved a verdict after the last day, with the verdict on the day of recording
-- before and after (improvements.py).
CREATE TABLE improvements (
    report       text        COLLATE "C" NOT NULL,
    body         text        COLLATE "C" NOT NULL,
    name         text        COLLATE "C" NOT NULL,  -- of the duty
    position     bigint      NOT NULL,
    entry        text        NOT NULL,
    type         text        NOT NULL,  -- of the entry
    recorded_at  timestamptz NOT NULL,
    was          text        NOT NULL,
    was_days     integer,
    was_at_least boolean     NOT NULL,
    now          text        NOT NULL,
    now_days     integer,
    now_at_least boolean     NOT NULL,
    PRIMARY KEY (report, body, name, position)
);

-- The entries that redacted a text, each with the text's stream.
CREATE TABLE redactions (
    position bigint PRIMARY KEY,
    stream   text   COLLATE "C" NOT NULL
);

-- For lists of the log (log_entries.py). concerns: the bodies that an entry concerns
-- (entry_index.py), the position from which that is known, and whether the body acted or recorded
-- it. recorded_late: the entries that were recorded after the last day on which their act can have
-- happened, by how many days, by whose account, and in which quarter.
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
    backfill boolean NOT NULL,
    office   text    COLLATE "C" NOT NULL,  -- the body whose account recorded it
    quarter  date    NOT NULL  -- its first day in London
);

-- The meetings of panels that reviewed a recommendation, whether or not the reviews still count.
CREATE TABLE reviews (
    report    text COLLATE "C" NOT NULL,
    key       text COLLATE "C" NOT NULL,
    addressee text COLLATE "C" NOT NULL,
    meeting   text COLLATE "C" NOT NULL,  -- its stream
    PRIMARY KEY (report, key, addressee, meeting)
);
