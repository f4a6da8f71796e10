"""The columns of exported lists: each declared once, with its meaning and its value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from msgspec import UNSET

from ledger.dates import london_date
from projections.answers.across import BodyAcross, ResponseAcross
from projections.answers.changes import Changed
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
    called: str = ""
    """Its heading, if its name in words reads badly."""

    @property
    def heading(self) -> str:
        """Its name in words."""
        return self.called or heading(self.name)


def heading(name: str) -> str:
    """Return a name in words: `report_title` gives “Report title”."""
    return name.replace("_", " ").capitalize()


def _column(name: str, says: str, path: str = "", *, called: str = "") -> Exported:
    """Return a column with the value at a path of an answer (`claim.means`), by default the field
    with the column's name. The value is None if a part of the path is missing."""
    first, _, rest = (path or name).partition(".")
    outer = attrgetter(f"item.{first}")
    if not rest:
        return Exported(name, says, outer, called)
    inner = attrgetter(rest)

    def get(line: ExportedRow) -> Any:
        return inner(found) if (found := outer(line)) else None

    return Exported(name, says, get, called)


def _if_there(name: str, says: str) -> Exported:
    """Return a column with a field that an answer may lack."""
    get = attrgetter(f"item.{name}")
    return Exported(name, says, lambda line: None if (found := get(line)) is UNSET else found)


def _in_words(name: str, says: str) -> Exported:
    """Return a column with a listed word as people read it: `national thematic`."""
    get = _column(name, says).get
    return Exported(
        name, says, lambda line: said.replace("_", " ") if (said := get(line)) else None
    )


def _last(name: str, field: str) -> Get:
    """Return the getter of a field of the last item of a list, such as `statements`."""
    lines, get = attrgetter(f"item.{name}"), attrgetter(field)
    return lambda line: get(found[-1]) if (found := lines(line)) else None


def _last_translation(field: str) -> Get:
    """Return the getter of a field of the latest part in the other language, if it has one."""
    last, get = _last("statements", "translations"), attrgetter(field)
    return lambda line: get(found[0]) if (found := last(line)) else None


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
        "refused.on",
    ),
    _column("refused_by", "Who refused.", "refused.by"),
    _column("refused_provenance", "first_hand, or reported by another.", "refused.provenance"),
    _column(
        "reopened_on",
        "The day on which it was last opened again, where nothing closed or ended it since.",
        "reopened.on",
    ),
    _column("reopened_by", "The body that opened it again.", "reopened.by"),
    _column("reopened_provenance", "first_hand, or reported by another.", "reopened.provenance"),
    _column("target_on", "The day by which it shall be done.", "target.on"),
    _column(
        "target_standing",
        "none, ahead, passed, or over: its day is past, and it ended, or may have.",
        "target.standing",
        called="Whether the target passed",
    ),
    _column("target_days", "Days until it, or since it passed.", "target.days"),
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
    _column("target_original_on", "The first such day.", "target.original_on"),
    _column("target_moves", "How often it was moved.", "target.moves"),
    _column("assurances_open", "Assurances without a reply.", "assurances.open"),
    _column("assurances_answered", "Assurances with one.", "assurances.answered"),
    _column("claim_means", "The meaning of the force's last claim.", "claim.means"),
    _column("claim_as_stated", "The claim in the force's words.", "claim.as_stated"),
    _column("claim_on", "The day as of which it is made.", "claim.occurred_on"),
    _column("claim_expected_on", "When the force expects to be done.", "claim.expected_on"),
    _column(
        "claim_days_after_target",
        "By how many days completion was claimed after the target.",
        "claim.days_after_target",
    ),
    _column(
        "completion", "What became of the force's claim that it is complete.", "completion.outcome"
    ),
    _column(
        "called_on", "The last day on which that claim can have been made.", "completion.called_on"
    ),
    _column("last_update_on", "The day of the last update."),
    _column("stance", "The meaning of the body's latest statement."),
    _column(
        "statement_how",
        "How that statement speaks of it.",
        "statement.how",
        called="How the statement speaks of it",
    ),
    _column("statement_text", "The passage.", "statement.text"),
    _column("closed_on", "The day it was closed, if it is.", "closed.on"),
    _column("closed_by", "Who closed it.", "closed.by"),
    _column("closed_provenance", "first_hand, or reported by another.", "closed.provenance"),
    _column("closed_ground", "On what ground, as the publisher states it.", "closed.ground"),
    _column("closed_source_note", "Where word of that came from.", "closed.source_note"),
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
    _column("statement_by", "Whose passage it is.", "statement.by"),
    _column("statement_provenance", "first_hand, or reported by another.", "statement.provenance"),
    _column("claim_provenance", "first_hand, or reported by another.", "claim.provenance"),
    _column("claim_source_note", "Where word of the claim came from.", "claim.source_note"),
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
    _column("rule", "The rule that it is owed under.", "rule.id"),
    _column("rule_version", "That rule's version.", "rule.version"),
    _column("citation", "The provision.", "rule.citation"),
    _column("trigger_on", "The day that starts the period: the report’s, as it is known."),
    _column("due_on", "The last day of the period, extensions counted."),
    _column("original_due_on", "The last day without them."),
    _column("published_on", "The day that decides."),
    _column("verdict", "The verdict, on the day asked about."),
    _column("days", "Days left, over or late."),
    _column("at_least", "yes: it may be more days than that."),
    _column("basis", "The basis of the verdict: the weaker of the next two."),
    _column("basis_trigger", "The basis of the report's day.", "bases.trigger"),
    _column("basis_published", "The basis of the publication.", "bases.published"),
    _column("addressed", "Recommendations that it has to explain.", "coverage.addressed"),
    _column(
        "explained_by_due",
        "Those that it had explained by the last day.",
        "coverage.explained_by_due",
    ),
    _column("explained_now", "Those that it explains.", "coverage.explained_now"),
    _column("explained_in_general", "Those explained in general terms.", "coverage.general"),
    _column(
        "explanations_not_known",
        "Those of which it is not known: a response was recorded without its text, or nobody "
        "looked for one.",
        "coverage.not_known",
    ),
    _column("listed_by", "The list that it is counted by.", "coverage.listed_by"),
    Exported(
        "looked_on",
        "The last day on which somebody looked for it in vain.",
        _last("lookups", "looked_on"),
    ),
    Exported("looked_by", "Who did.", _last("lookups", "by_name")),
    _column(
        "record_kept_here_from",
        "Since when the body keeps its record here, by its own word.",
        "record_kept_here.from_",
    ),
    _column(
        "record_kept_here_until",
        "The last day on which it does, if it is to end.",
        "record_kept_here.until",
    ),
    Exported("parts", "The parts that were published.", lambda line: "; ".join(_parts(line))),
    Exported("statement_url", "Where the latest part is published.", _last("statements", "url")),
    Exported("statement_text", "Its text.", _last("statements", "text")),
    Exported(
        "statement_lang",
        "The language of that text: en or cy.",
        _last("statements", "lang"),
        "Language of the statement",
    ),
    Exported("translation_text", "The same part in the other language.", _last_translation("text")),
    Exported("translation_url", "Where that is published.", _last_translation("url")),
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
REPORTS: tuple[Exported, ...] = (
    _REPORT,
    _column("title", "The report's title."),
    _in_words("kind", "The report's kind."),
    _column("publisher_name", "The body that published it."),
    Exported(
        "publishers",
        "All bodies that published it.",
        lambda line: "; ".join(one.name for one in line.item.publishers),
    ),
    _column("published_on", "The day on which it was published."),
    _column("basis", "What that day rests on."),
    _column("recommendations", "Recommendations that it made, each to one body."),
    _column("responses", "Responses owed to it."),
    _column("grades", "Grades that it gave."),
)
MEETINGS: tuple[Exported, ...] = (
    _column("date", "The day of the meeting."),
    _column("panel", "The panel, by its id."),
    _column("panel_name", "The panel's name."),
    _column("held", "yes: an entry says that it took place."),
    _column("papers", "Papers that are recorded."),
    _column("reviewed", "Recommendations that it reviewed."),
    _column("still_open", "Those among them that are not closed, withdrawn or superseded."),
)


def _verdict(word: str, says: str) -> Exported:
    return Exported(word, says, lambda line: line.item.verdicts.get(word, 0))


COMPLIANCE: tuple[Exported, ...] = (
    _if_there("body", "The body, by its id, if the rows are bodies."),
    _if_there("body_name", "The body's name."),
    _if_there("kind", "The kind of report, if the rows are kinds."),
    _if_there("year", "The year of the reports, if the rows are years; empty: not known."),
    _column("responses", "Responses owed."),
    _verdict("in_time", "Published by the last day."),
    _verdict("incomplete", "Published by then without the chief officer's comments."),
    _verdict("late", "Published after the last day."),
    _verdict("overdue", "The last day has passed, and somebody says that none is there."),
    _verdict("not_shown", "The known days do not show whether it was in time."),
    _verdict("not_looked_for", "None is recorded, and nobody has said that they looked."),
    _verdict("due", "Fourteen days or fewer are left."),
    _verdict("not_due", "More than fourteen days are left."),
    _verdict("no_period", "The law sets no period."),
    _verdict("disapplied", "It was decided in time that the duty does not apply."),
    _column("late_median_days", "The median of the days late.", "late.median_days"),
    _column("late_worst_days", "The most days late.", "late.worst_days"),
    _column("late_at_least", "Late responses that may be later still.", "late.at_least"),
    _column("overdue_median_days", "The median of the days overdue.", "overdue.median_days"),
    _column("overdue_worst_days", "The most days overdue.", "overdue.worst_days"),
    _column(
        "addressed_by_due",
        "Recommendations that responses whose last day is over had to explain.",
        "coverage.by_due.addressed",
    ),
    _column(
        "explained_by_due", "Those that they had explained by then.", "coverage.by_due.explained"
    ),
    _column("improved_later", "Verdicts improved by an entry made after the last day."),
    _column("redactions", "Texts that were redacted."),
)
LATE_ENTRIES: tuple[Exported, ...] = (
    _column("days_late", "Days from the last day on which it can have happened to its entry."),
    _column("occurred_on", "The day on which it happened.", called="Happened on"),
    _column("recorded_on", "The London day on which it was recorded."),
    _column("office_name", "The body whose account recorded it.", called="Recorded by office"),
    Exported(
        "type",
        "What was done.",
        lambda line: line.item.type.replace("-", " ").capitalize(),
        "What was done",
    ),
    _column("by_name", "The body whose act it is.", called="Whose act"),
    _in_words("provenance", "first hand, or reported by another."),
    _column("about", "What it is about: a report, recommendation, response or meeting."),
    _column("report_title", "That report's title."),
    _column("number", "That recommendation's number."),
    _column(
        "body_name", "Whose recommendation, response or meeting it is.", called="Of or to the body"
    ),
    _REPORT,
    _column("recorded_by", "The account that recorded it."),
    _column("recorded_at", "The moment of its entry."),
    _column("position", "Its position in the log."),
    _column("entry", "The entry's id."),
)


def _change(line: ExportedRow) -> Changed:
    assert isinstance(line.item, Changed)
    return line.item


def _about(name: str, says: str, called: str = "", *others: str) -> Exported:
    """Return a column with the first of some fields of a change's subject that is there."""

    def get(line: ExportedRow) -> Any:
        found = (getattr(_change(line).about, one) for one in (name, *others))
        return next((one for one in found if one is not UNSET), None)

    return Exported(name, says, get, called)


def _moment(which: str, name: str, called: str, says: str, path: str = "") -> Exported:
    """Return a column with a field of what a change's subject was or is now, in words."""
    first, _, rest = (path or name).partition(".")

    def value(line: ExportedRow) -> Any:
        change = _change(line)
        said: Any = getattr(change.from_ if which == "was" else change.to, first, None)
        if rest and said is not UNSET:
            said = getattr(said, rest, None)
        if said is UNSET:
            return None
        return said.replace("_", " ") if isinstance(said, str) else said

    return Exported(f"{which}_{name}", says, value, called)


CHANGES: tuple[Exported, ...] = (
    _in_words("change", "What changed."),
    _about("report_title", "The title of the report that it is about."),
    replace(
        _about("type", "report, response, recommendation or meeting."), name="about", called="About"
    ),
    _about("number", "The recommendation's number."),
    _about(
        "body_name",
        "Whose recommendation, response or meeting it is.",
        "Of or to the body",
        "addressee_name",
        "panel_name",
    ),
    Exported(
        "recorded_on",
        "The London day of the last entry that made it; empty: time passed.",
        lambda line: max((_day(one.recorded_at) for one in line.item.entries), default=None),
    ),
    _moment("was", "verdict", "Verdict before", "A response's verdict before."),
    _moment("now", "verdict", "Verdict now", "Its verdict now."),
    _moment("now", "days", "Days", "Days left, late, overdue, or since its target or its act."),
    _moment("was", "status", "Standing before", "How a recommendation stood."),
    _moment("now", "status", "Standing now", "How it stands. A claim is not closure."),
    _moment(
        "now", "decided_by", "Decided by", "Who closed it, refused or reopened it.", "decided.by"
    ),
    _moment("now", "decided_on", "Decided on", "The day of that.", "decided.on"),
    _moment("was", "means", "Claim before", "What the force claimed before."),
    _moment("now", "means", "Claim now", "What it claims now."),
    _moment("was", "on", "Target before", "The target before."),
    _moment("now", "on", "Target now", "The target now."),
    _moment("was", "due_on", "Last day before", "The last day of the period before."),
    _moment("now", "due_on", "Last day now", "The last day now."),
    _moment(
        "now",
        "occurred_on",
        "Entered late: happened on",
        "The day of an act that was entered late.",
    ),
    _column("because", "entries, or time passed."),
    _about("report", "The report's reference."),
    _about("body", "That body's id.", "Body id", "addressee", "panel"),
    Exported(
        "positions",
        "The positions of the entries that made it.",
        lambda line: "; ".join(str(one.position) for one in line.item.entries),
    ),
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
