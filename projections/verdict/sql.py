"""The verdict as the database works it out: the twin of `compliance`, over rows of `verdicts`.

A property test holds the two together. In a query the rows are `v`, the day asked about is the
parameter `d`, and the position `k`; `gone_of` and `gone_on` are those of `offices.gone`.
"""

from collections.abc import Mapping

from psycopg import sql

from projections.verdict.compliance import BASES, DUE_SOON_DAYS

_ON = "{one}.effective_from <= %(d)s AND {one}.effective_to > least(%(d)s::date, date '9999-12-30')"
"""Whether a row holds on a day: for ever lasts to the end of the last day that there is
(tables.FOREVER)."""
HERE = sql.SQL("{one}.known_from <= %(k)s AND {one}.known_to > %(k)s AND " + _ON)
"""Whether a row, called `one`, holds for the two dates of the question."""

_JUDGED_ALONE = sql.SQL("""
    CASE WHEN {hi} <= {d} AND {hi} <= {v}.due_on THEN {in_time}
         WHEN {hi} <= {d} AND {lo} > {v}.latest_due_on AND {there} THEN {late}
         WHEN {hi} <= {d} THEN 'not_shown'
         WHEN {d} < {v}.due_on - {soon} THEN 'not_due'
         WHEN {d} <= {v}.due_on THEN 'due'
         WHEN ({hi} IS NULL OR {lo} > {d}) AND {d} <= {v}.latest_due_on THEN 'not_shown'
         WHEN NOT {there} THEN 'not_shown'
         WHEN {hi} IS NULL OR {lo} > {d} THEN {overdue}
         WHEN {lo} > {v}.latest_due_on THEN {late}
         ELSE 'not_shown'
    END
""")
"""The word for a first publication from `lo` to `hi`, NULL where none has begun (compliance._find).
A comparison with NULL holds for nothing, which is what no bound below comes to."""
_WORD = sql.SQL("""
    CASE WHEN NOT {v}.has_period THEN 'no_period'
         WHEN {v}.due_on IS NULL THEN 'not_shown'
         WHEN {v}.disapplied THEN 'disapplied'
         ELSE {of_the_comments}
    END
""")
_IN_TIME = sql.SQL("CASE WHEN {v}.required THEN {of_the_rest} ELSE 'in_time' END")
_STRENGTH = sql.SQL("array_position({bases}::text[], {one})")
_BASES = sql.Literal(list(BASES))

_Names = Mapping[str, sql.Composable]
_ASKED: _Names = {
    "v": sql.Identifier("v"),
    "d": sql.SQL("%(d)s"),
    "there": sql.SQL("(gone.ended_on IS NULL OR gone.ended_on > v.latest_due_on)"),
}
"""A row `v` for the day asked about. `there`: whether the office was there on a day after the last
one, or somebody follows it."""
_AT_LAST: _Names = {
    "v": sql.Identifier("verdicts"),
    "d": sql.SQL("date '9999-12-30'"),
    "there": sql.SQL("true"),
}
"""A row of the table itself, for a day after all that are in it, of an office that goes on."""


def _word(names: _Names, lo: str, hi: str, rest_lo: str, rest_hi: str) -> sql.Composed:
    """The verdict (compliance.find): that of the comments; where they are in time and something
    else is required, that of the rest, with words of its own."""
    soon, row = sql.Literal(DUE_SOON_DAYS), names["v"]

    def column(name: str) -> sql.Composable:
        return sql.SQL("{}.{}").format(row, sql.Identifier(name))

    of_the_rest = _JUDGED_ALONE.format(
        lo=column(rest_lo),
        hi=column(rest_hi),
        in_time=sql.Literal("in_time"),
        late=sql.Literal("incomplete"),
        overdue=sql.Literal("incomplete"),
        soon=soon,
        **names,
    )
    of_the_comments = _JUDGED_ALONE.format(
        lo=column(lo),
        hi=column(hi),
        in_time=_IN_TIME.format(v=row, of_the_rest=of_the_rest),
        late=sql.Literal("late"),
        overdue=sql.Literal("overdue"),
        soon=soon,
        **names,
    )
    return _WORD.format(v=row, of_the_comments=of_the_comments)


_BY_WHAT = {
    "settled": ("lo", "hi", "rest_lo", "rest_hi"),
    "settled_captured": ("not_before", "captured_hi", "not_before", "rest_captured_hi"),
    "settled_recorded": ("not_before", "recorded_hi", "not_before", "rest_recorded_hi"),
}
"""Between which days of a row each verdict lies: of all that is held, of the captures alone, of the
recordings alone."""
SETTLED = {name: _word(_AT_LAST, *days) for name, days in _BY_WHAT.items()}
"""These verdicts once no day can change them: the table keeps them (schema.sql)."""
_WORDS = {
    name: sql.SQL(
        "CASE WHEN v.settled_from <= %(d)s AND gone.office IS NULL THEN {settled} ELSE {word} END"
    ).format(settled=sql.Identifier("v", name), word=_word(_ASKED, *days))
    for name, days in _BY_WHAT.items()
}

# OFFSET 0: worked out once a row, and planned once, wherever it is looked at.
JUDGED = sql.SQL("""
    LEFT JOIN unnest(%(gone_of)s::text[], %(gone_on)s::date[]) AS gone (office, ended_on)
      ON gone.office = v.body
    CROSS JOIN LATERAL (SELECT {settled} AS verdict OFFSET 0) AS w
    CROSS JOIN LATERAL (
        SELECT CASE WHEN w.verdict IN ('not_due', 'due') THEN v.due_on - %(d)s
                    WHEN w.verdict = 'overdue'
                    THEN least(%(d)s, gone.ended_on) - v.latest_due_on
                    WHEN w.verdict = 'late' THEN least(v.lo, gone.ended_on) - v.latest_due_on
               END AS days,
               w.verdict = 'late' AND v.lo IS DISTINCT FROM v.hi
               OR w.verdict IN ('late', 'overdue') AND v.latest_due_on <> v.due_on AS at_least
    ) AS n
""").format(**_WORDS)
"""Joined to rows `v`: w.verdict, n.days, n.at_least (compliance.verdict). What no day can change
any more is read; the rest is judged for the day."""
BASED = sql.SQL("""
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT v.begun THEN NULL
                    WHEN v.captured_hi IS NOT NULL AND {settled_captured} = w.verdict
                     AND (w.verdict <> 'incomplete' OR v.required_captured)
                     AND (w.verdict <> 'late'
                          OR (least(v.not_before, gone.ended_on) - v.latest_due_on = n.days
                          AND (v.not_before <> v.captured_hi OR v.latest_due_on <> v.due_on)
                              = n.at_least))
                    THEN 'captured'
                    WHEN {settled_recorded} = w.verdict
                     AND (w.verdict <> 'incomplete' OR v.required_recorded)
                     AND (w.verdict <> 'late'
                          OR (least(v.not_before, gone.ended_on) - v.latest_due_on = n.days
                          AND (v.not_before <> v.recorded_hi OR v.latest_due_on <> v.due_on)
                              = n.at_least))
                    THEN 'recorded'
                    ELSE 'stated'
               END AS published
    ) AS p
    CROSS JOIN LATERAL (
        SELECT ({bases}::text[])[least({trigger}, {published})] AS basis
    ) AS b
""").format(
    bases=_BASES,
    trigger=_STRENGTH.format(bases=_BASES, one=sql.SQL("v.trigger_basis")),
    published=_STRENGTH.format(bases=_BASES, one=sql.SQL("p.published")),
    **_WORDS,
)
"""Joined to rows that are `JUDGED`: on what the verdict rests, p.published and b.basis."""

_BADNESS = sql.SQL("""
    CASE {word} WHEN 'late' THEN 3 WHEN 'overdue' THEN 3 WHEN 'incomplete' THEN 2
                WHEN 'not_shown' THEN 1 ELSE 0 END
""")
"""compliance.badness"""

_IMPROVED = sql.SQL("""
    WITH known AS (
        SELECT v.body, v.report, v.name, v.known_from, v.known_to, v.known_at, v.due_on,
               w.verdict, n.days, n.at_least, {badness} AS badness,
               CASE WHEN v.duty_at = v.known_from AND v.because_at IS NOT NULL
                    THEN v.because_at ELSE v.known_from END AS named
          FROM projections.verdicts AS v {judged}
         WHERE v.known_from <= %(k)s AND {on} {wanted}
    ), ordered AS (
        SELECT *, lead(known_at) OVER one AS next_at, lead(known_from) OVER one AS next_from,
               (verdict, days, at_least) IS DISTINCT FROM
               (lag(verdict) OVER one, lag(days) OVER one, lag(at_least) OVER one)
               OR lag(known_to) OVER one < known_from AS changes
          FROM known WINDOW one AS (PARTITION BY body, report, name ORDER BY known_at, known_from)
    ), steps AS (
        SELECT *, min(named) OVER step AS began, max(named) FILTER (WHERE changes) OVER step AS last
          FROM ordered WINDOW step AS (PARTITION BY body, report, name, known_at)
    ), pairs AS (
        SELECT *, lag(verdict) OVER one AS former, lag(days) OVER one AS former_days,
               lag(at_least) OVER one AS former_at_least, lag(badness) OVER one AS former_badness,
               lag(due_on) OVER one AS former_due_on, lag(known_to) OVER one AS former_to
          FROM steps
         WHERE next_at IS DISTINCT FROM known_at
        WINDOW one AS (PARTITION BY body, report, name ORDER BY known_at, known_from)
    )
    SELECT s.body, s.report, s.name, s.last AS position,
           s.former, s.former_days, s.former_at_least, s.verdict, s.days, s.at_least
      FROM pairs AS s
     WHERE s.former_to >= s.began
       AND (s.badness < s.former_badness
            OR s.badness = 3 AND s.verdict = s.former AND s.days < s.former_days)
       AND (s.known_at AT TIME ZONE 'Europe/London')::date > coalesce(s.former_due_on, s.due_on)
       AND CASE WHEN s.known_to > %(k)s OR s.known_to = s.next_from THEN true
           ELSE NOT EXISTS (SELECT FROM ledger.entries AS e
                             WHERE e.position = s.known_to AND e.recorded_at = s.known_at) END
""")


def improved(wanted: sql.Composable) -> sql.Composed:
    """The entries recorded after the last day that bettered a verdict, of the rows `v` that fit a
    condition (`AND …`, or nothing): the twin of `improvements.improvements`.

    What was recorded at one moment is one step: its end is compared with that of the step before,
    and the last entry that changed the verdict is named. A row that is known no longer when a step
    begins was followed by nothing being owed: nothing is compared across that.
    """
    badness = _BADNESS.format(word=sql.SQL("w.verdict"))
    on = sql.SQL(_ON).format(one=sql.Identifier("v"))
    return _IMPROVED.format(badness=badness, judged=JUDGED, wanted=wanted, on=on)
