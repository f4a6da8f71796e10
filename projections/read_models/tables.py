"""The read models: their tables, and the columns of each."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any

import msgspec
from psycopg import sql

from ledger.events.streams import key_order
from projections.states.values import JudgedResponse, RecommendationState, ReportState

SCHEMA = "projections"
NEXT = "projections_next"
"""The schema in which they are built anew before they are swapped in."""
PROJECTOR = "projector"
"""The name of the follower that keeps them. Its position is theirs."""
FOREVER = date(9999, 12, 31)
AS_KNOWN_NOW = 2**63 - 1
"""The `known_to` of a row that no later entry has replaced."""

State = ReportState | RecommendationState | JudgedResponse


HERE = sql.SQL(
    "{one}.known_from <= %(k)s AND {one}.known_to > %(k)s AND {one}.effective_from <= %(d)s"
    " AND {one}.effective_to > least(%(d)s::date, date '9999-12-30')"
)
"""The condition that a row called `one` holds for the two dates of a question. A row that lasts for
ever includes the last day that there is (FOREVER)."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One read model: its key, and the columns drawn out of the state for filtering."""

    name: str
    key: tuple[str, ...]
    drawn: tuple[str, ...]
    state: type[State]
    paths: Mapping[str, str] = field(default_factory=dict)
    """The path of a drawn column's value in the state, if it differs from its name."""

    @property
    def same(self) -> sql.Composed:
        """The join of `one` and `wanted` on the leading columns of the list index, so that only
        current rows are read."""
        names = map(sql.Identifier, self.found_by)
        return sql.SQL(" AND ").join(sql.SQL("one.{0} = wanted.{0}").format(one) for one in names)

    @property
    def found_by(self) -> tuple[str, ...]:
        """The columns that find the rows of a key."""
        return (*self.key, "key_order") if "key" in self.key else self.key

    def sought(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values of these columns."""
        return (*key, key_order(key[-1])) if "key" in self.key else key

    @property
    def columns(self) -> tuple[str, ...]:
        return (
            *self.key,
            "known_from",
            "known_to",
            "effective_from",
            "effective_to",
            *self.drawn,
            "state",
        )

    def values(self, state: State) -> list[Any]:
        """Return the values of the drawn columns. A day that is not exactly known is left out."""
        draw, days = _drawn_from(self)
        # psycopg makes an array of a list, and a row of a tuple.
        found = [list(one) if type(one) is tuple else one for one in draw(state)]
        for n in days:
            if type(found[n]) is str and len(found[n]) != 10:
                found[n] = None
        return found


@cache
def _drawn_from(table: Table) -> tuple[Callable[[State], tuple[Any, ...]], tuple[int, ...]]:
    """Return the function that draws a table's columns out of a state, and which of them are
    days."""
    draw = attrgetter(*(table.paths.get(name, name) for name in table.drawn))
    return draw, tuple(n for n, name in enumerate(table.drawn) if name.endswith("_on"))


REPORTS = Table(
    "reports",
    ("report",),
    ("published_on", "published_text", "publishers", "kind", "titles", "graded"),
    ReportState,
)
RECOMMENDATIONS = Table(
    "recommendations",
    ("addressee", "report", "key"),
    (
        "key_order",
        "kind",
        "status",
        "target_last",
        "passes_after",
        "ended_on",
        "unanswered",
        "asked_since",
        "parent_key",
        "claimed_late",
        "repeats_of",
        "raised_on",
        "completion",
        "called_on",
        "publisher_number",
        "theme",
        "level",
    ),
    RecommendationState,
)
_IN_RESPONSES = {
    "report_kind": "report_kind",
    "report_year": "report_year",
    "due_on": "found.due_on",
    "verdict": "found.verdict",
    "days": "found.days",
    "days_from": "found.days_from",
    "at_least": "found.at_least",
    "basis": "found.basis",
    "answered_on": "found.answered_on",
    "listed_by": "covered.listed_by",
    "addressed": "covered.addressed",
    "explained_by_due": "covered.explained_by_due",
    "explained_now": "covered.explained_now",
    "general": "covered.general",
    "causes": "covered.causes_of_concern.addressed",
    "causes_without": "covered.causes_of_concern.without_recommendations",
    "causes_explained": "covered.causes_of_concern.explained_now",
    "line": "line",
    "line_since": "line_since",
}
RESPONSES = Table(
    "responses",
    ("body", "report", "name"),
    tuple(_IN_RESPONSES),
    JudgedResponse,
    _IN_RESPONSES,
)
TABLES = (REPORTS, RECOMMENDATIONS, RESPONSES)
NAMES = (
    *(table.name for table in TABLES),
    "status_steps",
    "improvements",
    "redactions",
    "concerns",
    "recorded_late",
    "reviews",
)
"""Every table of a schema: those of rectangles, steps of statuses, improvements, redactions, the
indexes of entries, and reviews."""

FORMER = ("verdicts", "released", "touched")
"""Tables of former versions, which are dropped with the others."""

_DECODERS = {table.name: msgspec.json.Decoder(table.state) for table in TABLES}

Subject = tuple[Table, tuple[str, ...]]


def decoded(table: Table, text: str) -> Any:
    """Return a state from its text in a row."""
    return _DECODERS[table.name].decode(text)


def states(table: Table, rows: Iterable[tuple[str]]) -> list[Any]:
    """Return the states of rows that have only their texts. For a long list this takes half the
    time of decoding them one by one."""
    decode = _DECODERS[table.name].decode
    return [decode(text) for (text,) in rows]
