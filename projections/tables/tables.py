"""The read models: which tables there are, and what a row of each holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec
from psycopg import sql

from ledger.events.streams import key_order
from projections.states.values import RecommendationState, ReportState, ResponseState
from projections.verdict.compliance import Basis


class VerdictRow(msgspec.Struct, frozen=True, gc=False):
    """What the verdict on a response is reached from, for a stretch of days."""

    report_kind: str
    report_year: int | None
    has_period: bool
    due_on: date | None
    """Extensions included that had been granted by then."""
    latest_due_on: date | None
    """Those included, too, that may have been."""
    trigger_basis: Basis
    disapplied: bool
    """Whether a disapplication replaces the verdict."""
    not_before: date | None
    begun: bool
    """Whether any publication of the comments may have happened; else the days below are None."""
    lo: date | None
    """The first publication lies from here (None: nothing bounds it) to `hi`."""
    hi: date | None
    recorded_hi: date | None
    captured_hi: date | None
    """The earliest recording, and the earliest capture of one (None: none is captured)."""
    required: bool
    """Whether the chief officer's comments have to be published too; else the days of the rest,
    which are theirs, are None."""
    required_recorded: bool
    required_captured: bool
    """Whether they have to by recordings alone, and by captures alone."""
    rest_lo: date | None
    rest_hi: date | None
    rest_recorded_hi: date | None
    rest_captured_hi: date | None
    """As above; FOREVER: of none that may have happened there is a capture."""
    duty_at: int
    because_at: int | None


class CountedRow(VerdictRow, frozen=True, gc=False):
    """The same, with what is counted beside it: whether the verdict was bettered after the last
    day, and what the response explains."""

    bettered: bool
    """By anything known; of an office that goes on."""
    listed_by: Literal["report", "response"]
    addressed: int
    explained_by_due: int | None
    """None where there is no due date. Not told where the verdict is `not_shown`."""
    explained_now: int
    general: int
    causes: int
    causes_without: int
    causes_explained: int


SCHEMA = "projections"
NEXT = "projections_next"
"""Where they are built anew, before they are swapped in."""
FOREVER = date(9999, 12, 31)
AS_KNOWN_NOW = 2**63 - 1
"""`known_to` of what no later entry has changed."""
THOUSAND = 1000
"""Positions that `touched` tells together."""

State = ReportState | RecommendationState | ResponseState | VerdictRow


@dataclass(frozen=True, slots=True)
class Table:
    """One read model: its key, and the columns drawn out of the state to filter by."""

    name: str
    key: tuple[str, ...]
    drawn: tuple[str, ...]
    state: type[State]
    whole: bool = True
    """Whether the state itself is kept; else it is nothing but its columns."""
    timed: bool = False
    """Whether it is kept beside it when the entry at `known_from` was recorded."""

    @property
    def same(self) -> sql.Composed:
        """That `one` and `wanted` have the same key, by all that the index of lists begins with:
        so that only what is known now is read, however much was known before."""
        names = map(sql.Identifier, self.found_by)
        return sql.SQL(" AND ").join(sql.SQL("one.{0} = wanted.{0}").format(one) for one in names)

    @property
    def found_by(self) -> tuple[str, ...]:
        """The columns by which rows of a key are found."""
        return (*self.key, "key_order") if "key" in self.key else self.key

    def sought(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """The values of these columns."""
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
            *(("state",) if self.whole else ()),
            *(("known_at",) if self.timed else ()),
        )


REPORTS = Table(
    "reports",
    ("report",),
    ("published_on", "published_text", "publishers", "kind", "titles"),
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
        "parent_key",
        "claimed_late",
    ),
    RecommendationState,
)
RESPONSES = Table("responses", ("body", "report", "name"), ("due_on",), ResponseState)
VERDICTS = Table(
    "verdicts",
    ("body", "report", "name"),
    CountedRow.__struct_fields__,
    CountedRow,
    whole=False,
    timed=True,
)
TABLES = (REPORTS, RECOMMENDATIONS, RESPONSES, VERDICTS)
NAMES = (
    *(table.name for table in TABLES),
    "redactions",
    "concerns",
    "recorded_late",
    "touched",
    "reviews",
)
"""Every table of a schema: those of rectangles, what was redacted, what lists
of the log go by, and which meetings reviewed what."""

_DECODERS = {table.name: msgspec.json.Decoder(table.state) for table in TABLES}

Subject = tuple[Table, tuple[str, ...]]


def decoded(table: Table, text: str) -> Any:
    """A state from its text in a row."""
    return _DECODERS[table.name].decode(text)


def states(table: Table, rows: Iterable[tuple[str]]) -> list[Any]:
    """The states of rows that have nothing but their texts: of a long list, in half the time that
    one by one takes."""
    decode = _DECODERS[table.name].decode
    return [decode(text) for (text,) in rows]
