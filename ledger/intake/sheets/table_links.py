"""What the rows of a table have to do with each other: doubles, and what falls with a bad row."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from ledger.intake.sheets.cells import Place, Rejected
from ledger.intake.sheets.rows import (
    AnyRow,
    AssuranceRow,
    ClosureRow,
    ExplanationRow,
    HistoryRow,
    PastUpdateRow,
    Read,
    RecommendationRow,
    ReportRow,
    ResponseRow,
    Table,
)


@dataclass(slots=True)
class Rows:
    """The rows of all sheets, as read one by one."""

    reports: list[Read[ReportRow]] = field(default_factory=list)
    recommendations: list[Read[RecommendationRow]] = field(default_factory=list)
    responses: list[Read[ResponseRow]] = field(default_factory=list)
    explanations: list[Read[ExplanationRow]] = field(default_factory=list)
    assurances: list[Read[AssuranceRow]] = field(default_factory=list)
    updates: list[Read[PastUpdateRow]] = field(default_factory=list)
    closures: list[Read[ClosureRow]] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(1 for _ in self._all())

    def faults(self) -> Iterator[Rejected]:
        """What is wrong with rows by themselves."""
        for each in self._all():
            yield from each.faults

    def _all(self) -> Iterator[Read[Any]]:
        yield from self.reports
        yield from self.recommendations
        yield from self.responses
        yield from self.explanations
        yield from self.assurances
        yield from self.updates
        yield from self.closures


@dataclass(slots=True)
class _Sieve:
    """What is rejected, and which keys were seen where."""

    rejected: list[Rejected]
    seen: dict[Hashable, Place] = field(default_factory=dict)

    def fall(self, row: AnyRow, why: str, column: str = "", value: str = "") -> None:
        self.rejected.append(Rejected(row.place, column, value, why))

    def twice(self, row: AnyRow, what: str, *keys: Hashable) -> bool:
        """Whether one of the keys came before, which rejects the row. Else they count as seen."""
        for key in keys:
            if (first := self.seen.get((what, key))) is not None:
                self.fall(row, f"{what} stands in {_where(first, row)} already", *_known_by(row))
                return True
        self.seen.update(((what, key), row.place) for key in keys)
        return False


def _known_by(row: AnyRow) -> tuple[str, str]:
    """The column, and its value, by which a row is the same as another."""
    if isinstance(row, ReportRow):
        return "reference", row.reference
    if isinstance(row, ResponseRow):
        return "parts", "; ".join(row.parts)
    return "number", row.number


def link(rows: Rows, rejected: list[Rejected]) -> Table:
    """The table that the rows make. What belongs to a bad report or response falls with it."""
    sieve = _Sieve(rejected)
    rejected.extend(rows.faults())
    reports = [
        read.row
        for read in rows.reports
        if not read.faults and not sieve.twice(read.row, "the same report", read.row.reference)
    ]
    good = {row.reference for row in reports}
    bad = {
        read.row.reference: read.row.place
        for read in rows.reports
        if read.row.reference not in good
    }
    recommendations = []
    for recommendation in rows.recommendations:
        row = recommendation.row
        keys = ((row.report, row.key, one.casefold()) for one in row.addressees)
        what = "the same recommendation to the same addressee"
        if recommendation.faults or _falls(sieve, row, bad):
            continue
        if not sieve.twice(row, what, *keys):
            recommendations.append(row)
    responses = _responses(rows, sieve, bad)
    history = _history(rows, sieve, bad)
    return Table(
        tuple(reports),
        tuple(recommendations),
        responses,
        history,
        tuple(sieve.rejected),
        rows.count,
    )


def _history(rows: Rows, sieve: _Sieve, bad: dict[str, Place]) -> tuple[HistoryRow, ...]:
    """What happened to recommendations since, each once."""
    history: list[HistoryRow] = []
    reads: list[Read[HistoryRow]] = [*rows.assurances, *rows.updates, *rows.closures]
    for read in reads:
        row = read.row
        if read.faults or _falls(sieve, row, bad):
            continue
        match row:
            case AssuranceRow():
                what, more = "the same assurance", (row.question, row.occurred_on)
            case PastUpdateRow():
                what, more = "the same update", (row.text, row.occurred_on)
            case ClosureRow():
                what, more = "a closure of the same recommendation", ("", None)
            case _:
                assert_never(row)
        if not sieve.twice(row, what, (row.report, row.key, row.addressee.casefold(), *more)):
            history.append(row)
    return tuple(history)


def _responses(rows: Rows, sieve: _Sieve, bad: dict[str, Place]) -> tuple[ResponseRow, ...]:
    """Each response with its explanations; with one of them rejected, all of it is."""
    responses: list[ResponseRow] = []
    for response in rows.responses:
        row = response.row
        keys = ((*_of(row), part) for part in row.parts)
        if response.faults or _falls(sieve, row, bad):
            continue
        if not sieve.twice(row, "the same part of the same response", *keys):
            responses.append(row)
    holders = {_of(row): row for row in responses if row.text and "comments" in row.parts}
    rejected_responses = {
        _of(read.row): read.row.place for read in rows.responses if _of(read.row) not in holders
    }
    explained: dict[tuple[str, str], list[ExplanationRow]] = {}
    spoilt: dict[tuple[str, str], Place] = {}
    for explanation in rows.explanations:
        part, key = explanation.row, _of(explanation.row)
        if explanation.faults or _falls(sieve, part, bad):
            spoilt.setdefault(key, part.place)
        elif key not in holders:
            place = rejected_responses.get(key)
            sieve.fall(part, _no_response(part, place))
        elif sieve.twice(part, "the same explanation", (*key, part.key, part.addressee.casefold())):
            spoilt.setdefault(key, part.place)
        else:
            explained.setdefault(key, []).append(part)
    for key, place in spoilt.items():
        if key in holders:
            sieve.fall(
                holders[key], f"its explanation in {_where(place, holders[key])} is rejected"
            )
        for part in explained.get(key, []):
            sieve.fall(
                part, f"the explanation in {_where(place, part)}, of the same response, is rejected"
            )
    return tuple(
        replace(row, explanations=tuple(explained.get(_of(row), ())))
        if holders.get(_of(row)) is row
        else row
        for row in responses
        if not (_of(row) in spoilt and holders.get(_of(row)) is row)
    )


def _falls(
    sieve: _Sieve,
    row: RecommendationRow | ResponseRow | ExplanationRow | HistoryRow,
    bad: dict[str, Place],
) -> bool:
    """Whether the report of a row is rejected, and so the row."""
    if row.report in bad:
        why = f"its report in {_where(bad[row.report], row)} is rejected"
        sieve.fall(row, why, "report", row.report)
    return row.report in bad


def _of(row: ResponseRow | ExplanationRow) -> tuple[str, str]:
    return row.report, row.body.casefold()


def _no_response(row: ExplanationRow, rejected: Place | None) -> str:
    if rejected is not None:
        return f"its response in {_where(rejected, row)} is rejected, or has no text or comments"
    return f"no row of responses has the response of {row.body} to {row.report}"


def _where(place: Place, row: AnyRow) -> str:
    """`row 4`, with its file and sheet where they are others."""
    here = (place.file, place.sheet) == (row.place.file, row.place.sheet)
    return f"row {place.row}" if here else str(place)
