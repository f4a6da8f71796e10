"""Compliance in numbers, as an answer."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from ledger.events.report import ReportKind
from projections.answers.completion import Completions
from projections.answers.register import FollowedBy, KeptHere, Successors, Tie
from projections.answers.response import CausesOfConcern
from projections.as_of import AsOf
from projections.fields import Answer, BodyId, Count, Day
from projections.verdict.compliance import Basis, VerdictWord

GroupBy = Literal["body", "kind", "year"]


class Days(Answer, frozen=True, kw_only=True):
    """The days by which responses are overdue."""

    count: Count
    median_days: Annotated[
        int | None, Meta(description="Of an even number, the lower of the two in the middle.")
    ]
    worst_days: int | None


class LateDays(Days, frozen=True, kw_only=True):
    """The days by which responses are late. `at_least` counts those whose number is only a lower
    bound."""

    at_least: Count


class ExplainedByDue(Answer, frozen=True, kw_only=True):
    """Recommendations explained by the last day. Only responses whose last day is over count, and
    of which it is known what they explained by then."""

    addressed: Count
    explained: Count


class CoverageTotals(Answer, frozen=True, kw_only=True):
    """Recommendations addressed and explained, for responses whose report's own list is recorded.
    Two kinds of responses do not count: those whose own list alone is recorded (`left_out`), and
    those of which it is not known what they explain (`not_known`). The latter were recorded without
    their text, or nobody looked for them."""

    responses: Count
    left_out: Count
    not_known: Count
    addressed: Count
    explained_now: Count
    general: Count
    by_due: ExplainedByDue
    causes_of_concern: CausesOfConcern


class Counts(Answer, frozen=True, kw_only=True):
    """The numbers of some responses, by verdict and basis."""

    responses: Count
    verdicts: dict[VerdictWord, int]
    bases: dict[Basis, int]
    verdicts_by_basis: dict[VerdictWord, dict[Basis, int]]
    late: LateDays
    overdue: Days
    coverage: CoverageTotals
    improved_later: Annotated[
        int, Meta(description="Improved by an entry made after the last day.")
    ]
    redactions: Annotated[int, Meta(description="Texts redacted in what these are about.")]


class Group(Counts, frozen=True, kw_only=True):
    """The numbers for one body, one kind of report, or one year. Only the fields of the grouping
    are there."""

    body: BodyId | UnsetType = UNSET
    body_name: str | UnsetType = UNSET
    follows: list[Tie] | UnsetType = UNSET
    followed_by: FollowedBy | UnsetType = UNSET
    successors: Successors | UnsetType = UNSET
    record_kept_here: KeptHere | UnsetType | None = UNSET
    office_ended_on: Day | UnsetType | None = UNSET
    kind: ReportKind | UnsetType = UNSET
    year: int | UnsetType | None = UNSET


class Compliance(Answer, frozen=True, kw_only=True):
    """Compliance in numbers, by group and in total."""

    group_by: GroupBy
    items: list[Group]
    total: Counts
    completion: Annotated[
        Completions,
        Meta(description="Of the recommendations of the same bodies, reports and years."),
    ]
    as_of: AsOf
