"""What bettered a verdict by an entry made after the last day (domain, "Improved later"): of one
response from the log itself, of many from the read models.

For the day asked about, the verdict as known before a step is compared with the verdict as known
with it. Worst are `overdue` and `late`, which both say that the period was not kept; then
`incomplete`: it was, but for the chief officer's comments; then `not_shown`; the others accuse
nobody. A step to something less bad is an improvement, and so are fewer days of the same word. From
`overdue` to `late` is none: a response came, after the last day, and that the period was not kept
stays as true as it was. An improvement that was undone since is named all the same, as is what
undid the undoing.

What was recorded at one moment is one step: a duty and the response to it that are entered
together, a correction of the report's day and the duty that it made anew. Nobody could know what
the verdict was within a step, so nobody is told that it was bettered there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from ledger.dates import london_date, rfc3339
from ledger.events.entry import Entry
from ledger.states.service import Service
from projections import offices
from projections.moment import At
from projections.streams import LogStreams
from projections.tables.segments import finding, history
from projections.tables.tables import VerdictRow
from projections.verdict.compliance import Finding, better
from projections.verdict.sql import HERE, improved

Json = dict[str, Any]


def read(
    reader: LogStreams, position: int, on: date, report: str, body: str, name: str
) -> list[Json]:
    """What bettered the verdict on a duty, as known at a position, asked for a day.

    Every verdict is that of the register as it is known at that position: what is entered about an
    office betters no verdict by itself."""
    ended_on = reader.register(position, on).office_ended_on(body)
    entries: dict[int, Entry] = {}
    known = []
    for entry, stretches in history(report, body, name, reader, position):
        here = [one.state for one in stretches if one.holds(on)]
        state = here[0] if here else None
        assert state is None or isinstance(state, VerdictRow)
        entries[entry.position] = entry
        known.append(Known(entry.position, entry.instant, state))
    found = []
    for one in improvements(known, on, ended_on):
        entry = entries[one.position]
        if one.due_on is not None and london_date(entry.instant) > one.due_on:
            found.append(_told(one.position, entry.id, entry.instant, one.before, one.after))
    return found


def of_many(
    conn: psycopg.Connection,
    when: At,
    register: Service,
    responses: Sequence[tuple[str, str, str]],
) -> dict[tuple[str, str, str], list[Json]]:
    """The same of duties (report, body, name), from the read models."""
    if not responses:
        return {}
    found: dict[tuple[str, str, str], list[Json]] = {}
    # A row tells whether anything bettered its verdict, of an office that goes on.
    wanted = sql.SQL(
        "AND (v.report, v.body, v.name) IN (SELECT report, body, name"
        "  FROM unnest(%(reports)s::text[], %(bodies)s::text[], %(names)s::text[])"
        "       AS asked (report, body, name)"
        "  JOIN projections.verdicts AS one USING (report, body, name)"
        " WHERE {here} AND (one.bettered OR one.body = ANY (%(gone_of)s)))"
    ).format(here=HERE.format(one=sql.Identifier("one")))
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            sql.SQL(
                "SELECT i.*, e.event_id::text AS entry, e.recorded_at FROM ({improved}) AS i"
                "  JOIN ledger.entries AS e ON e.position = i.position ORDER BY i.position"
            ).format(improved=improved(wanted)),
            {
                "reports": [report for report, _, _ in responses],
                "bodies": [body for _, body, _ in responses],
                "names": [name for _, _, name in responses],
                "k": when.position,
                "d": when.effective_on,
                **offices.gone(register),
            },
        ).fetchall()
    for row in rows:
        found.setdefault((row["report"], row["body"], row["name"]), []).append(
            _told(
                row["position"],
                row["entry"],
                row["recorded_at"],
                Finding(row["former"], row["former_days"], row["former_at_least"]),
                Finding(row["verdict"], row["days"], row["at_least"]),
            )
        )
    return found


def _told(
    position: int, entry: str, recorded_at: datetime, before: Finding, after: Finding
) -> Json:
    return {
        "entry": entry,
        "position": position,
        "recorded_at": rfc3339(recorded_at),
        "from": _verdict(before),
        "to": _verdict(after),
    }


def _verdict(found: Finding) -> Json:
    return {"verdict": found.verdict, "days": found.days, "at_least": found.at_least}


@dataclass(frozen=True, slots=True)
class Known:
    """What the verdict for a day was reached from, as known from a position on, which was recorded
    at a moment; None: nothing was owed."""

    position: int
    at: datetime
    judged: VerdictRow | None

    @property
    def named(self) -> int:
        """The entry that is named for it: of a duty that a correction of the report's day made anew
        the correction, not the duty."""
        one = self.judged
        anew = one is not None and one.because_at is not None and one.duty_at == self.position
        return one.because_at if one and anew and one.because_at else self.position


@dataclass(frozen=True, slots=True)
class Improvement:
    """An entry that bettered the verdict, by its position; what it was before, and with it."""

    position: int
    before: Finding
    after: Finding
    due_on: date | None
    """The last day that was passed: as known before, or where none could be told, with it."""


def improvements(
    history: Sequence[Known], on: date, ended_on: date | None = None
) -> list[Improvement]:
    """The entries that bettered the verdict for a day, whenever they were recorded.

    `history` goes up to the position asked about, in order. Who asks keeps those that were
    recorded after `due_on`. Of the entries of a step the last is named that changed the verdict.
    """
    found: list[Improvement] = []
    former: VerdictRow | None = None
    before: Finding | None = None
    for _, step in groupby(history, key=lambda one: one.at):
        judged, verdict, named = former, before, 0
        for one in step:
            judged, known = one.judged, verdict
            verdict = finding(judged, on, ended_on) if judged is not None else None
            if verdict != known:
                named = max(named, one.named)
        if former and judged and before and verdict and better(verdict, before):
            found.append(Improvement(named, before, verdict, former.due_on or judged.due_on))
        former, before = judged, verdict
    return found
