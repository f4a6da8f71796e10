"""Statuses and comments of a register, as acts: each once, however often an export says it.

A status with a day is recorded if its act is of that day. A status without one is recorded if it
is what was recorded last: a recommendation can be closed, opened again and closed once more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from ledger import dates
from ledger.acts.decision import Notice
from ledger.acts.recommendation import (
    confirm_closure,
    placed,
    receive_update,
    refuse_closure,
    reopen,
    supersede,
    withdraw,
)
from ledger.events import (
    AnyEvent,
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
from ledger.intake.proposals.draft import SheetDraft
from ledger.intake.registers.mapping import Meaning
from ledger.intake.registers.register import StatusRead
from ledger.intake.sheets.cells import Place
from ledger.states.effect import Known, in_effect
from ledger.states.recommendation import fold

Decided = ClosureConfirmed | ClosureRefused | Reopened | Superseded | Withdrawn
_GROUNDS: dict[Meaning, Ground] = {
    "complete": "done",
    "no_longer_relevant": "no_longer_relevant",
}
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


@dataclass(frozen=True, slots=True)
class Told:
    """A status of a recommendation on a day, a comment on it, or both, as a row says it."""

    place: Place
    status: StatusRead | None
    comment: str | None
    on: str | None


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
        new."""
        status, comment = one.status, one.comment
        if status is None or status.meaning == "nothing":
            if comment:
                self._comment(one, comment)
            return False
        if status.meaning == "being_progressed":
            words = f"{status.word}\n{comment}" if comment else status.word
            return self._update(one, status, UpdateReceived(text=say(words, "office")), words)
        if status.meaning == "awaiting_review":
            words = comment or status.word
            claim = Claim(as_stated=say(status.word, "office"), means="complete")
            event = UpdateReceived(text=say(words, "office"), claim=claim)
            return self._update(one, status, event, words)
        return self._decision(one, status)

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
            self._record(last.place, "status", status.word, self._in_words(again, still), act)

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

    def _comment(self, one: Told, words: str) -> None:
        """Add a comment by itself, as an update that claims nothing."""
        says = f"comment on {self._named}, {_day(one.on)}"
        if any(_has_words(self.draft, each, words) for each in self.acts):
            self.draft.found(one.place, says)
            return
        event = UpdateReceived(text=say(words, "office"))
        self._record(
            one.place,
            "comment",
            words,
            says,
            lambda: receive_update(
                self.draft.decision, self.to, event, self._notice(one, UpdateReceived)
            ),
        )

    def _update(self, one: Told, status: StatusRead, event: UpdateReceived, words: str) -> bool:
        """Add an update, if it is not recorded. Return whether it is new."""
        says, acts = self._in_words(one, status), self.acts
        for n, each in enumerate(acts):
            if (
                isinstance(each.data, UpdateReceived)
                and bool(each.data.claim) is bool(event.claim)
                and one.on in _days(each)
                and self.draft.same_words(each, "text", words)
                and (one.on or self.file_is_known or not _overtaken(acts[n + 1 :], event))
            ):
                self.draft.found(one.place, says)
                return False
        return self._record(
            one.place,
            "status",
            status.word,
            says,
            lambda: receive_update(
                self.draft.decision, self.to, event, self._notice(one, UpdateReceived)
            ),
        )

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
            return self._record(one.place, "status", status.word, says, act)
        self.draft.found(one.place, says)
        if one.comment:
            self._comment(one, one.comment)
        return False

    def _decide(self, one: Told, status: StatusRead) -> None:
        words = f"“{status.word}”: {one.comment}" if one.comment else f"“{status.word}”"
        reason = say(words, "office" if one.comment else "public")
        decision, to, meaning = self.draft.decision, self.to, status.meaning
        match meaning:
            case "complete" | "no_longer_relevant":
                closed = ClosureConfirmed(reason=reason, ground=_GROUNDS[meaning])
                confirm_closure(decision, to, closed, self._notice(one, ClosureConfirmed))
            case "superseded":
                notice = self._notice(one, Superseded)
                supersede(decision, to, Superseded(reason=reason), notice)
            case "withdrawn":
                withdraw(decision, to, Withdrawn(reason=reason), self._notice(one, Withdrawn))
            case "refused":
                notice = self._notice(one, ClosureRefused)
                refuse_closure(decision, to, ClosureRefused(reason=reason), notice)
            case "reopened":
                reopen(decision, to, Reopened(reason=reason), self._notice(one, Reopened))
            case "awaiting_review" | "being_progressed" | "nothing":
                raise AssertionError(f"{meaning} is no decision")
            case _:
                assert_never(meaning)

    def _notice(self, one: Told, of: type[AnyEvent]) -> Notice:
        return self.draft.notice(one.place, one.on, None, of)

    def _record(
        self, place: Place, column: str, words: str, says: str, act: Callable[[], object]
    ) -> bool:
        done = self.draft.listing(place, column, words, act)
        if done:
            self.draft.new(place, says)
        return done

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
    match data:
        case ClosureConfirmed():
            return meaning in _GROUNDS and data.ground in (None, _GROUNDS[meaning])
        case ClosureRefused():
            return meaning == "refused"
        case Reopened():
            return meaning == "reopened"
        case Superseded():
            return meaning == "superseded"
        case Withdrawn():
            return meaning == "withdrawn"
        case _:
            return False


def _overtaken(later: Sequence[Known], event: UpdateReceived) -> bool:
    """Return whether a later act overtook an update: a decision, or an update of a register. Of two
    such updates one claims completion, and the other does not."""
    return any(
        isinstance(each.data, Decided)
        or (
            isinstance(each.data, UpdateReceived)
            and each.entry.batch is not None
            and each.entry.batch.kind == "backfill"
            and bool(each.data.claim) is not bool(event.claim)
        )
        for each in later
    )


def _has_words(draft: SheetDraft, one: Known, words: str) -> bool:
    """Return whether an update or a decision has a comment's words, by themselves or after the
    status."""
    match one.data:
        case UpdateReceived():
            path = "text"
        case ClosureConfirmed() | ClosureRefused() | Reopened() | Superseded() | Withdrawn():
            path = "reason"
        case _:
            return False
    return any(
        said is None or clean(said).endswith(clean(words)) for said in draft.wordings(one, path)
    )
