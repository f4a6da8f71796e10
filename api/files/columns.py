"""The columns of exported lists: each declared once, with its meaning and its value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from ledger.dates import london_date
from projections.answers.across import BodyAcross, ResponseAcross
from projections.answers.recommendation import RecommendationState, TargetStanding
from projections.answers.response import ResponseState
from projections.questions.exports import ExportedRow

Get = Callable[[ExportedRow], Any]


@dataclass(frozen=True, slots=True)
class Exported:
    """A column of an export."""

    name: str
    says: str
    get: Get

    @property
    def heading(self) -> str:
        """Its name in words."""
        return heading(self.name)


def heading(name: str) -> str:
    """Return a name in words: `report_title` gives “Report title”."""
    return name.replace("_", " ").capitalize()


def _column(name: str, says: str, *path: str) -> Exported:
    """Return a column with the value at a path of an answer, by default the field with the column's
    name. The value is None if a part of the path is missing."""

    first, *rest = path or (name,)
    outer = attrgetter(f"item.{first}")
    if not rest:
        return Exported(name, says, outer)
    inner = attrgetter(*rest)
    return Exported(name, says, lambda line: inner(found) if (found := outer(line)) else None)


def _last(name: str, field: str) -> Get:
    """Return the getter of a field of the last item of a list, such as `statements`."""
    lines, get = attrgetter(f"item.{name}"), attrgetter(field)
    return lambda line: get(found[-1]) if (found := lines(line)) else None


def _target(line: ExportedRow) -> TargetStanding:
    assert isinstance(line.item, RecommendationState | BodyAcross)
    return line.item.target


def _parts(line: ExportedRow) -> Sequence[str]:
    assert isinstance(line.item, ResponseState)
    return line.item.parts


_HELD = Exported(
    "held",
    "Texts that are not in this file since they are for the office: which field, held by whom, "
    "since when.",
    lambda line: "; ".join(
        f"{one.field} by {one.by} since {_day(one.since)}" for one in line.item.held
    ),
)
_REMOVED = Exported(
    "removed", "Texts that were removed: which fields.", lambda line: "; ".join(line.removed)
)
_REPORT = _column("report", "The report's reference.")
_TITLE = Exported("report_title", "The report's title.", lambda line: line.title)
RECOMMENDATIONS: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    _column("number", "The number as published."),
    _column("addressee", "The body that it is addressed to."),
    _column("addressee_name", "That body's name."),
    _column("kind", "The report's word for it."),
    _column("parent", "The number of the cause of concern that it belongs to."),
    _column("publisher_number", "Its number in the publisher's own register."),
    _column("theme", "The publisher's word for what it is about."),
    _column("level", "The publisher's word for its level."),
    _column("text", "The recommendation."),
    _column("raised_on", "The day it was raised: the report’s, unless another is given for it."),
    _column("status", "How it stands. A claim is not closure."),
    _column(
        "refused_on",
        "The day of the last refusal to close it, where nothing closed or ended it since.",
        "refused",
        "on",
    ),
    _column("refused_by", "Who refused.", "refused", "by"),
    _column("refused_provenance", "first_hand, or reported by another.", "refused", "provenance"),
    _column(
        "reopened_on",
        "The day on which it was last opened again, where nothing closed or ended it since.",
        "reopened",
        "on",
    ),
    _column("reopened_by", "The body that opened it again.", "reopened", "by"),
    _column("reopened_provenance", "first_hand, or reported by another.", "reopened", "provenance"),
    _column("target_on", "The day by which it shall be done.", "target", "on"),
    _column(
        "target_standing",
        "none, ahead, passed, or over: its day is past, and it ended, or may have.",
        "target",
        "standing",
    ),
    _column("target_days", "Days until it, or since it passed.", "target", "days"),
    Exported(
        "target_worked_out",
        "yes: the day was worked out from the words of the report, and confirmed by a person.",
        lambda line: _target(line).worked_out or None,
    ),
    Exported(
        "target_to_confirm",
        "The day that words gave before the report’s day was corrected: to be confirmed again.",
        lambda line: again.on if (again := _target(line).to_confirm) else None,
    ),
    _column("target_original_on", "The first such day.", "target", "original_on"),
    _column("target_moves", "How often it was moved.", "target", "moves"),
    _column("assurances_open", "Assurances without a reply.", "assurances", "open"),
    _column("assurances_answered", "Assurances with one.", "assurances", "answered"),
    _column("claim_means", "The meaning of the force's last claim.", "claim", "means"),
    _column("claim_as_stated", "The claim in the force's words.", "claim", "as_stated"),
    _column("claim_on", "The day as of which it is made.", "claim", "occurred_on"),
    _column("claim_expected_on", "When the force expects to be done.", "claim", "expected_on"),
    _column(
        "claim_days_after_target",
        "By how many days completion was claimed after the target.",
        "claim",
        "days_after_target",
    ),
    _column(
        "completion",
        "What became of the force's claim that it is complete.",
        "completion",
        "outcome",
    ),
    _column(
        "called_on",
        "The last day on which that claim can have been made.",
        "completion",
        "called_on",
    ),
    _column("last_update_on", "The day of the last update."),
    _column("stance", "The meaning of the body's latest statement."),
    _column("statement_how", "How that statement speaks of it.", "statement", "how"),
    _column("statement_text", "The passage.", "statement", "text"),
    _column("closed_on", "The day it was closed, if it is.", "closed", "on"),
    _column("closed_by", "Who closed it.", "closed", "by"),
    _column("closed_provenance", "first_hand, or reported by another.", "closed", "provenance"),
    _column("closed_ground", "On what ground, as the publisher states it.", "closed", "ground"),
    _column("closed_source_note", "Where word of that came from.", "closed", "source_note"),
    Exported(
        "reviewed_on",
        "The day of the last panel meeting that reviewed it.",
        lambda line: line.reviewed[0] if line.reviewed else None,
    ),
    Exported(
        "reviewed_by",
        "The panel that reviewed it then.",
        lambda line: line.reviewed[1] if line.reviewed else None,
    ),
    _HELD,
    _REMOVED,
)


def _owed(line: ExportedRow) -> ResponseAcross | None:
    """Return the response that a row of the same recommendation across its bodies shows."""
    assert isinstance(line.item, BodyAcross)
    return line.item.responses[0] if line.item.responses else None


def _of_response(name: str, says: str, field: str) -> Exported:
    get = attrgetter(field)
    return Exported(name, says, lambda line: get(owed) if (owed := _owed(line)) else None)


_OF_ONE_BODY = (
    _of_response("response_by", "The body that owes the response.", "body"),
    _of_response("response_verdict", "Its verdict, on the day asked about.", "verdict"),
    _of_response("response_days", "Days left, over or late.", "days"),
    _of_response("response_published_on", "The day that decides.", "published_on"),
    _of_response("response_basis", "The basis of the verdict.", "basis"),
    _column("statement_by", "Whose passage it is.", "statement", "by"),
    _column(
        "statement_provenance", "first_hand, or reported by another.", "statement", "provenance"
    ),
    _column("claim_provenance", "first_hand, or reported by another.", "claim", "provenance"),
    _column("claim_source_note", "Where word of the claim came from.", "claim", "source_note"),
    _column("recorded", "yes: an answer, an update or a decision is recorded."),
    _column(
        "record_kept_here",
        "yes: the body, or the one that answers for it, has said that its record is kept here. no: "
        "what is missing here may have happened.",
    ),
)
_NOT_ACROSS = ("parent", "assurances_open", "assurances_answered", "reviewed_on", "reviewed_by")
ACROSS: tuple[Exported, ...] = (
    *(one for one in RECOMMENDATIONS if one.name not in _NOT_ACROSS),
    *_OF_ONE_BODY,
)
RESPONSES: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    _column("body", "The body that owes the response."),
    _column("body_name", "That body's name."),
    _column("name", "Which of its duties about the report: the response, or another by its name."),
    _column("rule", "The rule that it is owed under.", "rule", "id"),
    _column("rule_version", "That rule's version.", "rule", "version"),
    _column("citation", "The provision.", "rule", "citation"),
    _column("trigger_on", "The day that starts the period: the report’s, as it is known."),
    _column("due_on", "The last day of the period, extensions counted."),
    _column("original_due_on", "The last day without them."),
    _column("published_on", "The day that decides."),
    _column("verdict", "The verdict, on the day asked about."),
    _column("days", "Days left, over or late."),
    _column("at_least", "yes: it may be more days than that."),
    _column("basis", "The basis of the verdict: the weaker of the next two."),
    _column("basis_trigger", "The basis of the report's day.", "bases", "trigger"),
    _column("basis_published", "The basis of the publication.", "bases", "published"),
    _column("addressed", "Recommendations that it has to explain.", "coverage", "addressed"),
    _column(
        "explained_by_due",
        "Those that it had explained by the last day.",
        "coverage",
        "explained_by_due",
    ),
    _column("explained_now", "Those that it explains.", "coverage", "explained_now"),
    _column("explained_in_general", "Those explained in general terms.", "coverage", "general"),
    _column(
        "explanations_not_known",
        "Those of which it is not known: a response was recorded without its text, or nobody "
        "looked for one.",
        "coverage",
        "not_known",
    ),
    _column("listed_by", "The list that it is counted by.", "coverage", "listed_by"),
    Exported(
        "looked_on",
        "The last day on which somebody looked for it in vain.",
        _last("lookups", "looked_on"),
    ),
    Exported("looked_by", "Who did.", _last("lookups", "by_name")),
    _column(
        "record_kept_here_from",
        "Since when the body keeps its record here, by its own word.",
        "record_kept_here",
        "from_",
    ),
    _column(
        "record_kept_here_until",
        "The last day on which it does, if it is to end.",
        "record_kept_here",
        "until",
    ),
    Exported("parts", "The parts that were published.", lambda line: "; ".join(_parts(line))),
    Exported("statement_url", "Where the latest part is published.", _last("statements", "url")),
    Exported("statement_text", "Its text.", _last("statements", "text")),
    _HELD,
    _REMOVED,
)
GRADES: tuple[Exported, ...] = (
    _REPORT,
    _TITLE,
    _column("report_kind", "The report's kind."),
    _column("publisher", "The body that published it."),
    _column("published_on", "The day on which it was published."),
    _column("question", "What was graded, as published."),
    _column("grade", "The grade, as published. It is never averaged."),
    _column("body", "The body that was graded."),
    _column("body_name", "That body's name."),
    _column("given_on", "The day of the grade.", "on"),
    _column("given_by", "Who gave it.", "by"),
    _column("provenance", "first_hand, or reported by another."),
    _column("recorded_by", "The account that recorded it."),
    _column("source_note", "Where word of it came from."),
    _column("source_url", "Where it can be read."),
    _column("entry", "The entry that recorded it."),
    _HELD,
    _REMOVED,
)
ABOUT = {
    "as_of_position": "The position of the log that it was known at: cite this one.",
    "as_of_effective_on": "The day that it is effective on.",
    "as_of_method": "The number of the method of judging.",
    "log": "The name (origin) of the log.",
    "texts": "`public`, or `office`: it has texts that are for the office.",
}
"""The columns at the end of every row, which give the question, and the meaning of each."""


def _day(moment: str) -> str:
    """Return the London date of an RFC 3339 moment."""
    return london_date(datetime.fromisoformat(moment)).isoformat()
