"""From entries to the state of a recommendation, as known at a position, on a day; and where it
stands then against its target."""

from bisect import insort
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, takewhile
from typing import Any, Literal, get_args

from psycopg import sql

from ledger import dates
from ledger.dates import is_exact, last_day, rfc3339
from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    RecommendationRaised,
    Reopened,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.events.streams import recommendation_of
from ledger.events.texts import Text
from ledger.states.effect import KNOWLEDGE, Known, in_effect
from ledger.states.recommendation import Placed, may_be_done, walked
from ledger.states.report import Report
from projections.states.report import RevisedPassage, with_revisions
from projections.states.values import (
    AssuranceLine,
    ClaimLine,
    Context,
    DecisionLine,
    PartnerLine,
    RecommendationState,
    StatementLine,
    TargetLine,
    said,
    said_surely,
)

Dated = tuple[date, Known]
_DECIDES_A_TARGET = (
    ClosureConfirmed
    | ClosureProposed
    | ClosureRefused
    | Reopened
    | Superseded
    | TargetDateSet
    | UpdateReceived
    | Withdrawn
)


def dated(
    entries: Sequence[Entry],
    found: Report,
    context: Context,
    worked_out: dict[Hashable, Any] | None = None,
) -> list[Dated]:
    """The acts in effect of a stream, each with the last day on which it can have happened, and
    with its day as that is known: what came with the report has the report's.

    In `worked_out` those of the stream's beginning are kept, for the same day of the report: an
    act adds itself to them, and moves none. Only what changes what is known is worked out anew.
    """
    if worked_out is None or not entries:
        return _dated(in_effect(entries), found, context)
    key = ("dated", entries[0].stream, len(entries), found.dated_by)
    if key not in worked_out:
        before = worked_out.get(("dated", entries[0].stream, len(entries) - 1, found.dated_by))
        last = entries[-1]
        if before is None or isinstance(last.data, KNOWLEDGE):
            worked_out[key] = _dated(in_effect(entries), found, context)
        else:
            pairs = list(before)
            for pair in _dated([Known(last, last)], found, context):
                insort(pairs, pair, key=_place)
            worked_out[key] = pairs
    placed: list[Dated] = worked_out[key]
    return placed


def _dated(acts: Iterable[Known], found: Report, context: Context) -> list[Dated]:
    pairs = [(found.happened(one, context.captured_on).hi, found.on_its_day(one)) for one in acts]
    return sorted(pairs, key=_place)


def _place(pair: Dated) -> tuple[date, int]:
    return pair[0], pair[1].entry.position


@dataclass(frozen=True, slots=True)
class Perhaps:
    """An act whose day is not exactly known: it may have happened from `lo` on, and has by `hi`."""

    lo: date
    hi: date
    act: Known

    @property
    def placed(self) -> tuple[date, Placed]:
        one = self.act
        return self.lo, Placed(self.hi, one.entry.position, one.id, one.data)  # type: ignore[arg-type]


def perhaps(acts: Sequence[Dated], found: Report, context: Context) -> list[Perhaps]:
    """Of the acts that decide whether a target has passed, those whose day is not exactly known."""
    there = []
    for hi, one in acts:
        if is_exact(one.entry.occurred_on) or not isinstance(one.data, _DECIDES_A_TARGET):
            continue
        lo = found.happened(one, context.captured_on).lo or date.min
        if lo < hi:
            there.append(Perhaps(lo, hi, one))
    return there


def recommendation_state(
    acts: Sequence[Dated],
    on: date | None = None,
    revised: Sequence[RevisedPassage] = (),
    movable: Sequence[Perhaps] = (),
) -> RecommendationState | None:
    """A recommendation by the acts that had happened by a day (all, if None); None: not yet.

    `revised`: what published responses came to say of it. `movable`: the acts whose day is not
    exactly known, that may have happened by that day; some of `acts`, and others beside them.
    """
    dated_here = [(hi, one) for hi, one in acts if on is None or hi <= on]
    here = [one for _, one in dated_here]
    raised = next((one for one in here if isinstance(one.data, RecommendationRaised)), None)
    if raised is None:
        return None
    data = raised.data
    assert isinstance(data, RecommendationRaised)
    placed = [Placed(hi, one.entry.position, one.id, one.data) for hi, one in dated_here]  # type: ignore[arg-type]
    standing, allowed = walked(placed)
    updates = [
        (one, one.data)
        for one in here
        if isinstance(one.data, UpdateReceived) and one.id in allowed
    ]
    name = recommendation_of(raised.entry.stream)
    targets = _targets(raised, data, here)
    decided = _decided([one for one in here if one.id in allowed])
    done = standing.is_done or (
        bool(movable) and may_be_done(placed, [one.placed for one in movable])
    )
    answers = {update.answers: one.id for one, update in reversed(updates) if update.answers}
    return RecommendationState(
        report=name.report,
        key=name.key,
        addressee=name.addressee,
        number=data.number,
        kind=data.kind,
        parent=data.parent,
        text=said_surely(raised, "text", data.text),
        partners=tuple(
            PartnerLine(partner.body, said(raised, f"partners.{n}.name", partner.name))
            for n, partner in enumerate(data.partners)
        ),
        raised_on=raised.entry.occurred_on,
        status=standing.status,
        targets=targets,
        assurances=tuple(
            AssuranceLine(
                one.id,
                one.data.of,
                said_surely(one, "question", one.data.question),
                one.data.reply_by,
                one.entry.occurred_on,
                answers.get(one.id),
            )
            for one in here
            if isinstance(one.data, AssuranceSought)
        ),
        claim=_claim(updates),
        last_update_on=updates[-1][0].entry.occurred_on if updates else None,
        statements=with_revisions(
            _statements(here),
            [one for one in revised if on is None or one.line.hi <= on.isoformat()],
        ),
        closed=decided["closed"],
        passes_after=None if done else _passes_after(targets, dated_here, movable),
        refused=decided["refused"],
        reopened=decided["reopened"],
        ended_on=standing.ended_on.isoformat() if standing.ended_on else None,
    )


def _passes_after(
    targets: Sequence[TargetLine], acts: Sequence[Dated], movable: Sequence[Perhaps]
) -> str | None:
    """The last day of the current target, or of another that may be the last that was set."""
    current = [line.on for line in targets if line.on][-1:]
    if not current:
        return None
    since = {one.act.id: one.lo for one in movable}
    sets = [one.act for one in movable if one.act.id not in {act.id for _, act in acts}]
    days = [
        (since.get(act.id, hi), hi, act) for hi, act in acts if isinstance(act.data, TargetDateSet)
    ]
    sets += [act for n, (lo, hi, act) in enumerate(days) if _may_be_last(lo, hi, days, n)]
    others = [act.data.on for act in sets if isinstance(act.data, TargetDateSet)]
    return max(map(last_day, (*current, *others))).isoformat()


def _may_be_last(lo: date, hi: date, days: Sequence[tuple[date, date, Known]], n: int) -> bool:
    """Whether all the others, in order of place, can have happened before the one at `n`."""
    return all(
        at == n or first < hi or (first == hi and (at < n or first < last or lo < hi))
        for at, (first, last, _) in enumerate(days)
    )


def _statements(acts: Sequence[Known]) -> list[StatementLine]:
    return [
        StatementLine(
            one.id,
            one.data.statement,
            one.entry.by,
            one.data.how,
            one.data.stance,
            said(one, "text", one.data.text),
            said(one, "reason", one.data.reason),
            one.entry.occurred_on,
            rfc3339(one.original.instant),
        )
        for one in acts
        if isinstance(one.data, CommissionerStatementIssued)
    ]


def _targets(
    raised: Known, data: RecommendationRaised, acts: Sequence[Known]
) -> tuple[TargetLine, ...]:
    lines = []
    if data.target is not None:
        phrase = said(raised, "target.phrase", data.target.phrase)
        lines.append(
            TargetLine(
                raised.id,
                data.target.on,
                phrase,
                "report",
                raised.entry.occurred_on,
                bool(data.target.worked_out and data.target.on),
            )
        )
    for one in acts:
        if isinstance(one.data, TargetDateSet):
            lines.append(
                TargetLine(
                    one.id,
                    one.data.on,
                    None,
                    one.data.origin,
                    one.entry.occurred_on,
                    bool(one.data.worked_out),
                )
            )
    return tuple(lines)


def _claim(updates: Sequence[tuple[Known, UpdateReceived]]) -> ClaimLine | None:
    """The latest claim, and since when the force claims that."""
    claims = [(one, update.claim) for one, update in updates if update.claim is not None]
    if not claims:
        return None
    one, claim = claims[-1]
    before = takewhile(lambda said: said[1].means == claim.means, reversed(claims))
    *_, (first, _) = before
    return ClaimLine(
        one.id,
        said_surely(one, "claim.as_stated", claim.as_stated),
        claim.means,
        claim.expected_on,
        one.entry.occurred_on,
        first.entry.occurred_on,
    )


Decision = Literal["closed", "refused", "reopened"]


def _decided(acts: Sequence[Known]) -> dict[Decision, DecisionLine | None]:
    """Return the last closure, refusal and reopening after all of these acts, each of which was
    allowed where it falls: a closure undoes a refusal and a reopening, and an end undoes all."""
    found: dict[Decision, DecisionLine | None] = {"closed": None, "refused": None, "reopened": None}
    for one in acts:
        match one.data:
            case ClosureRefused(reason=reason):
                found["refused"] = _decision(one, reason)
            case Reopened(reason=reason):
                closed = found["closed"]
                reopened = _decision(one, reason, undoes=closed.entry if closed else None)
                found |= {"closed": None, "reopened": reopened}
            case ClosureConfirmed(reason=reason):
                found = {"closed": _decision(one, reason), "refused": None, "reopened": None}
            case Withdrawn() | Superseded():
                found = {"closed": None, "refused": None, "reopened": None}
            case _:
                pass
    return found


def _decision(one: Known, reason: Text, undoes: str | None = None) -> DecisionLine:
    source = one.entry.source
    return DecisionLine(
        entry=one.id,
        by=one.entry.by,
        provenance=one.entry.provenance,
        on=one.entry.occurred_on,
        recorded_by=one.entry.recorded_by,
        note=said(one, "source.note", source.note) if source else None,
        url=source.url if source else None,
        reason=said_surely(one, "reason", reason),
        undoes=undoes,
    )


def days_overdue(asked: AssuranceLine, today: date) -> int | None:
    """Return by how many days a reply is overdue; None where it came, or no day was set or has
    passed."""
    if asked.answered_by is not None or asked.reply_by is None:
        return None
    days = (today - last_day(asked.reply_by)).days
    return days if days > 0 else None


Standing = Literal["none", "ahead", "passed", "over"]
STANDINGS: tuple[Standing, ...] = get_args(Standing)


def target(state: RecommendationState, today: date) -> dict[str, Any]:
    """Where a recommendation stands, on a day, against the one by which it shall be done.

    `passed`: the day is over and nothing is recorded by which it is done with, nor a later target,
    that may have happened by then; else, once the day is over, it is `over`, which does not say
    that the target was met. `worked_out` is there where the day is the one that words give.
    """
    lines = [line for line in state.targets if line.on]
    dated = [line.on for line in lines if line.on]
    current, original = (dated[-1], dated[0]) if dated else (None, None)
    standing: Standing = "none"
    days = None
    if current is not None:
        passed = (today - dates.last_day(current)).days
        certain = state.passes_after is not None and state.passes_after < today.isoformat()
        standing = "ahead" if passed <= 0 else "passed" if certain else "over"
        days = None if standing == "over" else abs(passed)
    moves = sum(one != other for one, other in pairwise(dated))
    return {
        "standing": standing,
        "on": current,
        "original_on": original,
        "moves": moves,
        "days": days,
        **({"worked_out": True} if lines and lines[-1].worked_out else {}),
    }


TARGET: dict[Standing, sql.Composable] = {
    "none": sql.SQL("AND one.target_last IS NULL"),
    "ahead": sql.SQL("AND one.target_last >= %(d)s"),
    "passed": sql.SQL("AND one.passes_after < %(d)s"),
    "over": sql.SQL(
        "AND one.target_last < %(d)s AND (one.passes_after IS NULL OR one.passes_after >= %(d)s)"
    ),
}
"""Where a recommendation stands against its target (`target`), for the database."""
