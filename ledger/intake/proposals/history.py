"""From rows of what happened to recommendations since to acts decided: what is new, once.

Assurances, updates and closures of a backlog; and a sheet of updates that went out and came back,
whose rows count where nothing has overtaken them.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from ledger.acts.decision import Decision, Notice
from ledger.acts.recommendation import confirm_closure, receive_update, seek_assurance
from ledger.errors import AnswerableError, NotAllowed, Refused
from ledger.events import (
    AnyEvent,
    AssuranceSought,
    ClosureConfirmed,
    RecommendationRaised,
    UpdateReceived,
)
from ledger.events.recommendation import Claim
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.intake.proposals.draft import Intake, SheetDraft, SheetFile, acts_of, at
from ledger.intake.proposals.wordings import Openings
from ledger.intake.sheets.layout import (
    AssuranceRow,
    ClaimRead,
    ClosureRow,
    HistoryRow,
    PastUpdateRow,
)
from ledger.intake.sheets.updates import UpdateRow, Updates
from ledger.states.effect import Known, in_effect

Says = Callable[[Known, str, str], bool]
"""A test of whether an act has a text at a path: `same_words` or `says` of a draft."""


def take_history(draft: SheetDraft, row: HistoryRow, reference: str) -> None:
    """Add what a row says happened to a recommendation, where that is not recorded."""
    if (to := draft.recommendation(row, reference)) is None:
        return
    match row:
        case AssuranceRow():
            _assurance(draft, row, to)
        case PastUpdateRow():
            _update(draft, row, to)
        case ClosureRow():
            _closure(draft, row, to)
        case _:
            assert_never(row)


def _assurance(draft: SheetDraft, row: AssuranceRow, to: RecommendationId) -> None:
    if (of := draft.who(row.place, "of", row.of)) is None:
        return
    says = f"assurance sought of {of} about recommendation {row.number}"
    for one, _ in acts_of(draft.decision, to.stream, AssuranceSought):
        if draft.same_words(one, "question", row.question):
            if row.occurred_on in _days(one):
                draft.found(row.place, says)
                return
            if draft.says(one, "question", row.question):
                day = one.entry.occurred_on or "a day not known"
                why = f"the assurance is recorded as sought on {day}; nothing was changed"
                draft.reject(row.place, "occurred on", row.occurred_on or "", why)
                return
    with at(row.place):
        event = AssuranceSought(of=of, question=say(row.question, "office"), reply_by=row.reply_by)
        seek_assurance(draft.decision, to, event, _notice(draft, row, AssuranceSought))
    draft.new(row.place, says)


def _update(draft: SheetDraft, row: PastUpdateRow, to: RecommendationId) -> None:
    says = f"update on recommendation {row.number} of {row.occurred_on or 'a day not known'}"
    says += _claiming(row.claim)
    received = acts_of(draft.decision, to.stream, UpdateReceived)
    if any(_is_update(one, row, draft.same_words) for one, _ in received):
        draft.found(row.place, says)
        return
    answers = None
    if row.answers is not None and (answers := _asked(draft, row.answers, to)) is None:
        why = "no assurance with this question was sought about the recommendation"
        draft.reject(row.place, "answers", row.answers, why)
        return
    with at(row.place):
        receive_update(
            draft.decision, to, _received(row, answers), _notice(draft, row, UpdateReceived)
        )
    draft.new(row.place, says)


def _is_update(one: Known, row: PastUpdateRow | UpdateRow, says: Says) -> bool:
    """Return whether an act is the update of a row: its words, its day and what it claims."""
    if not isinstance(one.data, UpdateReceived) or row.occurred_on not in _days(one):
        return False
    if isinstance(row, UpdateRow) and one.data.answers != row.answers:
        return False
    claim, read = one.data.claim, row.claim
    if claim is None or read is None:
        return claim is None and read is None and says(one, "text", row.text)
    return (
        (claim.means, claim.expected_on) == (read.means, read.expected_on)
        and says(one, "claim.as_stated", read.as_stated)
        and says(one, "text", row.text)
    )


def _received(row: PastUpdateRow | UpdateRow, answers: str | None) -> UpdateReceived:
    """Return what a row says came in: for the office."""
    claim = None
    if (read := row.claim) is not None:
        claim = Claim(
            as_stated=say(read.as_stated, "office"), means=read.means, expected_on=read.expected_on
        )
    return UpdateReceived(text=say(row.text, "office"), claim=claim, answers=answers)


def _claiming(read: ClaimRead | None) -> str:
    return f", which claims {read.means.replace('_', ' ')}" if read else ""


def _asked(draft: SheetDraft, question: str, to: RecommendationId) -> str | None:
    """Return the assurance that a row names by its question, or by its entry's id."""
    for one, _ in acts_of(draft.decision, to.stream, AssuranceSought):
        if one.id == question.strip().lower() or draft.says(one, "question", question):
            return one.id
    return None


def _closure(draft: SheetDraft, row: ClosureRow, to: RecommendationId) -> None:
    publisher = draft.decision.report(to.report).data.publisher
    by = draft.who(row.place, "by", row.by) if row.by else publisher
    if by is None:
        return
    day = row.occurred_on or "a day not known"
    says = f"closure of recommendation {row.number} by {by}, on {day}"
    for one, _ in acts_of(draft.decision, to.stream, ClosureConfirmed):
        if one.entry.by != by or row.occurred_on not in _days(one):
            recorded = one.entry.occurred_on or "a day not known"
            why = f"it is recorded as closed by {one.entry.by} on {recorded}"
            draft.reject(row.place, "occurred on", day, f"{why}; nothing was changed")
            return
        draft.found(row.place, says)
        if not draft.same_words(one, "reason", row.reason):
            why = "the closure is recorded with other reasons; nothing was changed"
            draft.reject(row.place, "reason", row.reason, why)
        return
    with at(row.place):
        notice = replace(_notice(draft, row, ClosureConfirmed), by=by)
        confirm_closure(draft.decision, to, ClosureConfirmed(reason=say(row.reason)), notice)
    draft.new(row.place, says)


def _notice(draft: SheetDraft, row: HistoryRow, of: type[AnyEvent]) -> Notice:
    return draft.notice(row.place, row.occurred_on, row.source, of)


def _days(one: Known) -> set[str | None]:
    """Return its day, now and as first recorded."""
    return {one.entry.occurred_on, one.original.occurred_on}


def take_updates(
    decision: Decision,
    updates: Updates,
    file: SheetFile,
    body: str,
    openings: Openings,
    intake: Intake,
) -> None:
    """Add to a decision the updates of a sheet that are new, and that nothing has overtaken."""
    draft = SheetDraft(decision, [file], body, openings, intake, kind="imported")
    intake.rejected += updates.rejected
    own: set[str] = set()
    for row in updates.rows:
        _take(draft, row, own)
    if not own:
        draft.drop_files()


def _take(draft: SheetDraft, row: UpdateRow, own: set[str]) -> None:
    """Take a row in; `own` are the entries that other rows of its sheet brought."""
    if (addressee := draft.who(row.place, "addressee", row.addressee)) is None:
        return
    to = RecommendationId(row.report, row.key, addressee)
    entries = draft.decision.stream(to.stream)
    acts = in_effect(entries)
    if not any(isinstance(one.data, RecommendationRaised) for one in acts):
        why = f"no recommendation {row.number} of “{row.report}” to {addressee} is recorded"
        draft.reject(row.place, "number", row.number, why)
        return
    draft.intake.about(row.report)
    says = f"update on recommendation {row.number} of {row.report}"
    says += _claiming(row.claim)
    version = max(entry.version for entry in entries if entry.id not in own)
    if version != row.version:
        # A sheet that was made later repeats an update on purpose; this one may come again.
        if any(
            one.original.version > row.version and _is_update(one, row, draft.says) for one in acts
        ):
            draft.found(row.place, says)
        else:
            why = f"moved on since the sheet was made: version {row.version}, now {version}"
            draft.reject(row.place, "version", row.text, why)
        return
    if row.answers is not None and not any(
        one.id == row.answers and isinstance(one.data, AssuranceSought) for one in acts
    ):
        why = "it is no open question about this recommendation: copy the id that stands before one"
        draft.reject(row.place, "answers", row.answers, why)
        return
    notice, before = draft.notice(row.place, row.occurred_on), len(draft.decision.entries)
    try:
        entry = receive_update(draft.decision, to, _received(row, row.answers), notice)
    except NotAllowed as error:  # a sheet of another's force
        raise Refused("not-allowed", f"{row.place}: {error.sentence}") from error
    except AnswerableError as error:
        for added in draft.decision.entries[before:]:
            draft.decision.drop(added)
        draft.reject(row.place, "", row.text, error.sentence.rstrip("."))
        return
    own.add(entry.id)
    draft.new(row.place, says)
