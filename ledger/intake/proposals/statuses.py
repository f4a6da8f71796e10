"""What became of recommendations, as rows say it: assurances, updates and closures of our own
sheets, statuses and comments of registers. Each is recorded once, however often a file says it.

A status with a day is recorded if its act is of that day. A status without one is recorded if it
is what was recorded last: a recommendation can be closed, opened again and closed once more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, assert_never

from ledger import dates
from ledger.acts.decision import Notice
from ledger.acts.recommendation import (
    confirm_closure,
    placed,
    receive_update,
    refuse_closure,
    reopen,
    seek_assurance,
    supersede,
    withdraw,
)
from ledger.events import (
    AnyEvent,
    AssuranceSought,
    ClosureConfirmed,
    ClosureRefused,
    Reopened,
    Superseded,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.recommendation import Claim, Ground
from ledger.events.streams import RecommendationId
from ledger.events.texts import say
from ledger.intake.pages.blocks import clean
from ledger.intake.proposals.draft import SheetDraft, acts_of
from ledger.intake.registers.mapping import Meaning, StatusRead
from ledger.intake.sheets.cells import Place
from ledger.intake.sheets.layout import (
    AssuranceRow,
    ClaimRead,
    ClosureRow,
    HistoryRow,
    PastUpdateRow,
)
from ledger.intake.sheets.updates import UpdateRow
from ledger.states.effect import Known, in_effect
from ledger.states.recommendation import fold

Says = Callable[[Known, str, str], bool]
"""A test of whether an act has a text at a path: `same_words` or `says` of a draft."""
Decided = ClosureConfirmed | ClosureRefused | Reopened | Superseded | Withdrawn
_DECISIONS: dict[Meaning, tuple[type[Decided], Ground | None, Callable[..., object]]] = {
    "complete": (ClosureConfirmed, "done", confirm_closure),
    "no_longer_relevant": (ClosureConfirmed, "no_longer_relevant", confirm_closure),
    "superseded": (Superseded, None, supersede),
    "withdrawn": (Withdrawn, None, withdraw),
    "refused": (ClosureRefused, None, refuse_closure),
    "reopened": (Reopened, None, reopen),
}
"""The decisions that statuses mean: the event, its ground, and the function that records it."""
_STANDINGS: dict[Meaning, str] = {
    "complete": "closed",
    "no_longer_relevant": "closed",
    "superseded": "superseded",
    "withdrawn": "withdrawn",
    "refused": "refused",
    "reopened": "reopened",
    "awaiting_review": "claimed_complete",
}
"""How a recommendation stands by a status, where nothing came after it."""
_IN_WORDS: dict[Meaning, str] = {
    "complete": "closed",
    "no_longer_relevant": "closed as no longer relevant",
    "superseded": "superseded",
    "withdrawn": "withdrawn",
    "refused": "closure refused",
    "reopened": "opened again",
    "awaiting_review": "update that claims complete",
    "being_progressed": "update",
}


def take_history(draft: SheetDraft, row: HistoryRow, reference: str) -> None:
    """Add what a row of our own sheets says happened to a recommendation, where that is not
    recorded."""
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
    event = AssuranceSought(of=of, question=say(row.question, "office"), reply_by=row.reply_by)
    notice = draft.notice(row.place, row.occurred_on, row.source, AssuranceSought)
    act = partial(seek_assurance, draft.decision, to, event, notice)
    draft.record(row.place, "question", row.question, says, act)


def _update(draft: SheetDraft, row: PastUpdateRow, to: RecommendationId) -> None:
    says = f"update on recommendation {row.number} of {row.occurred_on or 'a day not known'}"
    says += claiming(row.claim)
    there = acts_of(draft.decision, to.stream, UpdateReceived)
    if any(is_update(one, row, draft.same_words) for one, _ in there):
        draft.found(row.place, says)
        return
    answers = None
    if row.answers is not None and (answers := question_named(draft, row.answers, to)) is None:
        why = "no assurance with this question was sought about the recommendation"
        draft.reject(row.place, "answers", row.answers, why)
        return
    notice = draft.notice(row.place, row.occurred_on, row.source, UpdateReceived)
    act = partial(receive_update, draft.decision, to, received(row, answers), notice)
    draft.record(row.place, "update", row.text, says, act)


def is_update(one: Known, row: PastUpdateRow | UpdateRow, says: Says) -> bool:
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


def received(row: PastUpdateRow | UpdateRow, answers: str | None) -> UpdateReceived:
    """Return what a row says came in: for the office."""
    claim = None
    if (read := row.claim) is not None:
        claim = Claim(
            as_stated=say(read.as_stated, "office"), means=read.means, expected_on=read.expected_on
        )
    return UpdateReceived(text=say(row.text, "office"), claim=claim, answers=answers)


def claiming(read: ClaimRead | None) -> str:
    """Return what an update claims, in words."""
    return f", which claims {read.means.replace('_', ' ')}" if read else ""


def question_named(draft: SheetDraft, question: str, to: RecommendationId) -> str | None:
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
    notice = draft.notice(row.place, row.occurred_on, row.source, ClosureConfirmed)
    event = ClosureConfirmed(reason=say(row.reason))
    act = partial(confirm_closure, draft.decision, to, event, replace(notice, by=by))
    draft.record(row.place, "reason", row.reason, says, act)


@dataclass(frozen=True, slots=True)
class Told:
    """A status of a recommendation on a day, a comment on it, or both, as a row says it. `by`:
    whose words the comment is."""

    place: Place
    status: StatusRead | None
    comment: str | None
    on: str | None
    by: str | None = None


def take_statuses(
    draft: SheetDraft, to: RecommendationId, told: Sequence[Told], *, file_is_known: bool
) -> None:
    """Add the statuses and comments of one recommendation that are not recorded, by their days.

    `file_is_known`: the same file was recorded before, so that no status without a day is new.
    """
    history = _History(draft, to, file_is_known)
    ordered = sorted(told, key=lambda one: (one.on is None, one.on or ""))
    for one in ordered:
        is_new = history.take(one)
        if one is ordered[-1] and one.status is not None:
            if is_new:
                history.stand(one, one.status)
            history.look_at(one, one.status)


@dataclass(frozen=True)
class _History:
    """The acts on one recommendation, recorded and drafted."""

    draft: SheetDraft
    to: RecommendationId
    file_is_known: bool

    @property
    def acts(self) -> list[Known]:
        return in_effect(self.draft.decision.stream(self.to.stream))

    def take(self, one: Told) -> bool:
        """Add a status and its comment, where they are not recorded. Return whether the status is
        new.

        A comment of whoever says the status belongs to its act; any other is an act by itself.
        """
        status, comment = one.status, one.comment
        decides = status is not None and status.meaning in _DECISIONS
        whose = self._publisher if decides else self.to.addressee
        own = comment if one.by == whose else None
        is_new = False
        if status is not None and decides:
            is_new = self._decision(replace(one, comment=own), status)
        elif status is not None and status.meaning == "awaiting_review":
            claim = Claim(as_stated=say(status.word, "office"), means="complete")
            is_new = self._update(one, status, claim, own or status.word, comment)
        elif status is not None and status.meaning == "being_progressed":
            both = f"{status.word}\n{comment}"
            words = both if own else status.word
            is_new = self._update(one, status, None, words, both)
        if comment and not any(_has_words(self.draft, each, comment) for each in self.acts):
            self._comment(one, comment)
        elif comment and status is None:
            self.draft.found(one.place, self._on_comment(one))
        return is_new

    @property
    def _publisher(self) -> str:
        found = self.draft.decision.report(self.to.report)
        return found.publisher_for(self.draft.decision.account.body)

    def _on_comment(self, one: Told) -> str:
        return f"comment on {self._named}, {_day(one.on)}"

    def _comment(self, one: Told, words: str) -> None:
        """Add a comment by itself: an update that claims nothing, in the words of whose it is."""
        notice = self._notice(one, UpdateReceived)
        is_remark = one.by != self.to.addressee
        notice = replace(notice, by=one.by if is_remark else None)
        event = UpdateReceived(text=say(words, "office"), remark=is_remark or None)
        act = partial(receive_update, self.draft.decision, self.to, event, notice)
        self.draft.record(one.place, "comment", words, self._on_comment(one), act)

    def _update(
        self, one: Told, status: StatusRead, claim: Claim | None, words: str, other: str | None
    ) -> bool:
        """Add an update in these words, if it is not recorded in them, in its status alone, or in
        other words. Return whether it is new."""
        says, acts = self._in_words(one, status), self.acts
        texts = {words, status.word, *filter(None, (other,))}
        for n, each in enumerate(acts):
            if (
                isinstance(each.data, UpdateReceived)
                and bool(each.data.claim) is bool(claim)
                and one.on in _days(each)
                and any(self.draft.same_words(each, "text", text) for text in texts)
                and (one.on or self.file_is_known or not _overtaken(acts[n + 1 :], claim))
            ):
                self.draft.found(one.place, says)
                return False
        event = UpdateReceived(text=say(words, "office"), claim=claim)
        notice = self._notice(one, UpdateReceived)
        act = partial(receive_update, self.draft.decision, self.to, event, notice)
        return self.draft.record(one.place, "status", status.word, says, act)

    def stand(self, last: Told, status: StatusRead) -> None:
        """Add the register's last status once more, without its day, if acts without a day would
        stand behind it. Such acts count from the day of their recording."""
        expected = _STANDINGS.get(status.meaning)
        if last.on is None or expected is None or self._standing(self.acts) == expected:
            return
        dated = [one for one in self.acts if one.entry.occurred_on is not None]
        if self._standing(dated) != expected:
            return
        still = replace(status, word=f"{status.word}, {dates.in_words(last.on)}")
        again = replace(last, on=None, comment=None, status=still)
        if status.meaning == "awaiting_review":
            self.take(again)
        else:
            act = partial(self._decide, again, still)
            says = self._in_words(again, still)
            self.draft.record(last.place, "status", status.word, says, act)

    def _standing(self, acts: Sequence[Known]) -> str:
        """Return how it stands after some of its acts."""
        decision = self.draft.decision
        found = decision.report(self.to.report)
        entries = {one.id for one in acts}
        every = placed(decision, found, decision.stream(self.to.stream))
        return fold(one for one in every if one.entry in entries).status

    def look_at(self, last: Told, status: StatusRead) -> None:
        """Note where the register's last status says that a recommendation is not closed, and the
        acts that are recorded leave it closed."""
        if status.meaning not in ("being_progressed", "awaiting_review"):
            return
        standing = self._standing(self.acts)
        if standing in ("closed", "withdrawn", "superseded"):
            why = (
                f"it is recorded as {standing}, which an update does not change: if the "
                "publisher opened it again, record that, or let the mapping say `reopened`"
            )
            self.draft.reject(last.place, "status", status.word, why)

    def _decision(self, one: Told, status: StatusRead) -> bool:
        """Add a decision of the publisher, as the register reports it, if it is not recorded.
        Return whether it is new."""
        says = self._in_words(one, status)
        decided = [each for each in self.acts if isinstance(each.data, Decided)]
        same = [each for each in decided if _is(each.data, status.meaning)]
        if one.on is None:
            there = bool(same) and (self.file_is_known or decided[-1] is same[-1])
        else:
            there = any(one.on in _days(each) for each in same)
        if not there:
            act = partial(self._decide, one, status)
            return self.draft.record(one.place, "status", status.word, says, act)
        self.draft.found(one.place, says)
        return False

    def _decide(self, one: Told, status: StatusRead) -> None:
        words = f"“{status.word}”: {one.comment}" if one.comment else f"“{status.word}”"
        event, ground, record = _DECISIONS[status.meaning]
        grounds: dict[str, Any] = {"ground": ground} if ground else {}
        said = event(reason=say(words, "office" if one.comment else "public"), **grounds)
        record(self.draft.decision, self.to, said, self._notice(one, type(said)))

    def _notice(self, one: Told, of: type[AnyEvent]) -> Notice:
        return self.draft.notice(one.place, one.on, None, of)

    @property
    def _named(self) -> str:
        return f"recommendation {self.to.key} to {self.to.addressee}"

    def _in_words(self, one: Told, status: StatusRead) -> str:
        return f"{self._named}: {_IN_WORDS[status.meaning]}, {_day(one.on)} (“{status.word}”)"


def _day(on: str | None) -> str:
    return f"on {dates.in_words(on)}" if on else "on a day not known"


def _days(one: Known) -> set[str | None]:
    """Return its day, now and as first recorded."""
    return {one.entry.occurred_on, one.original.occurred_on}


def _is(data: AnyEvent, meaning: Meaning) -> bool:
    """Return whether a decision is the one that a status means. A closure without a ground may be
    on any."""
    event, ground, _ = _DECISIONS[meaning]
    return isinstance(data, event) and getattr(data, "ground", None) in (None, ground)


def _overtaken(later: Sequence[Known], claim: Claim | None) -> bool:
    """Return whether a later act overtook an update: a decision, or an update of a register. Of two
    such updates one claims completion, and the other does not."""
    return any(
        isinstance(each.data, Decided)
        or (
            isinstance(each.data, UpdateReceived)
            and each.entry.batch is not None
            and each.entry.batch.kind == "backfill"
            and bool(each.data.claim) is not bool(claim)
        )
        for each in later
    )


def _has_words(draft: SheetDraft, one: Known, words: str) -> bool:
    """Return whether an update or a decision has a comment's words, by themselves or after the
    status."""
    if not isinstance(one.data, UpdateReceived | Decided):
        return False
    path = "text" if isinstance(one.data, UpdateReceived) else "reason"
    return any(
        said is None or clean(said).endswith(clean(words)) for said in draft.wordings(one, path)
    )
