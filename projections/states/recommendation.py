"""The state of a recommendation, from its entries, as known at a position and on a day; and where
it then stands against its target."""

from bisect import insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from itertools import takewhile
from typing import Any, Literal

from msgspec.structs import replace
from psycopg import sql

from ledger.dates import is_exact, last_day, rfc3339
from ledger.events import (
    AssuranceSought,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CommissionerStatementIssued,
    RecommendationRaised,
    Reopened,
    RepeatNoted,
    Superseded,
    TargetDateSet,
    UpdateReceived,
    Withdrawn,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Ground
from ledger.events.streams import key_of, recommendation_of
from ledger.events.texts import Text
from ledger.states.effect import KNOWLEDGE, Known, in_effect
from ledger.states.recommendation import Placed, Undated, completion, in_doubt, walked
from ledger.states.report import Report
from projections.states.report import RevisedPassage, with_revisions
from projections.states.values import (
    AssuranceLine,
    ClaimLine,
    Context,
    DecisionLine,
    EvidenceLine,
    PartnerLine,
    RecommendationState,
    RepeatLine,
    StatementLine,
    TargetLine,
    UndatedLine,
    said,
    said_surely,
    source_of,
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
    """Return the acts of a stream that are in effect, each with the last day on which it can have
    happened, in that order. Acts that came with the report have the report's day.

    `worked_out` keeps the result for the stream's beginning and the same day of the report. A new
    act is inserted into it; only corrections, retractions and the like make it be worked out from
    the start.
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


def undated(acts: Sequence[Dated], found: Report, context: Context) -> list[Undated]:
    """Return the acts without an exact day that may decide whether a target has passed."""
    there = []
    for hi, one in acts:
        if is_exact(one.entry.occurred_on) or not isinstance(one.data, _DECIDES_A_TARGET):
            continue
        lo = found.happened(one, context.captured_on).lo or date.min
        if lo < hi:
            there.append(Undated(lo, _placed(hi, one), one.entry.occurred_on))
    return there


def _placed(hi: date, one: Known) -> Placed:
    return Placed(hi, one.entry.position, one.id, one.data)  # type: ignore[arg-type]


def recommendation_state(
    acts: Sequence[Dated],
    found: Report,
    revised: Sequence[RevisedPassage] = (),
    undated: Sequence[Undated] = (),
) -> RecommendationState | None:
    """Return a recommendation by the acts that had happened by a day. Return None if it wasn't
    raised by then.

    `revised` are the later passages about it in published responses, seen by that day. `undated`
    are the acts without an exact day that may have happened by that day, whether or not they are
    among `acts`.
    """
    here: dict[type, list[Known]] = defaultdict(list)
    for _, one in acts:
        here[type(one.entry.data)].append(one)
    if RecommendationRaised not in here:
        return None
    raised = here[RecommendationRaised][0]
    data = raised.data
    assert isinstance(data, RecommendationRaised)
    placed = [_placed(hi, one) for hi, one in acts]
    standing, allowed = walked(placed)
    updates = [
        (one, one.data)
        for one in here[UpdateReceived]
        if isinstance(one.data, UpdateReceived) and not one.data.remark and one.id in allowed
    ]
    name = recommendation_of(raised.entry.stream)
    targets = _targets(raised, data, here[TargetDateSet], found)
    decided = _decided([one for _, one in acts if one.id in allowed])
    closed = decided["closed"]
    answers = {update.answers: one.id for one, update in reversed(updates) if update.answers}
    state = RecommendationState(
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
        assurances=_assurances(here[AssuranceSought], answers),
        claim=_claim(updates),
        last_update_on=updates[-1][0].entry.occurred_on if updates else None,
        statements=with_revisions(_statements(here[CommissionerStatementIssued]), revised),
        closed=closed,
        passes_after=None,
        refused=decided["refused"],
        reopened=decided["reopened"],
        ended_on=standing.ended_on.isoformat() if standing.ended_on else None,
        repeats=_repeats(here[RepeatNoted]),
        completion=completion(standing, closed.ground if closed else None),
        called_on=standing.called_on.isoformat() if standing.called_on else None,
        publisher_number=data.publisher_number,
        theme=data.theme,
        level=data.level,
        updates=len(updates),
    )
    if standing.is_done or (last := state.target_last) is None:
        return state
    if lines := _in_doubt(placed, undated, {one.entry for one in targets if one.to_confirm}):
        return replace(state, undated=lines)
    return replace(state, passes_after=last.isoformat())


def _in_doubt(
    acts: Sequence[Placed], undated: Sequence[Undated], to_confirm: set[str]
) -> tuple[UndatedLine, ...]:
    """Return the acts without an exact day that may have ended it or moved its target. A target
    that has to be confirmed again moves none."""
    if not undated:
        return ()
    counted = [act for act in acts if act.entry not in to_confirm]
    there = {one.act.entry: one for one in undated if one.act.entry not in to_confirm}
    return tuple(
        UndatedLine(name, there[name].act.event.TOPIC, there[name].occurred_on)
        for name in in_doubt(counted, list(there.values()))
    )


def _assurances(acts: Sequence[Known], answers: Mapping[str, str]) -> tuple[AssuranceLine, ...]:
    """Return the assurances sought; `answers` gives the update that answers each, by its entry."""
    return tuple(
        AssuranceLine(
            one.id,
            one.data.of,
            said_surely(one, "question", one.data.question),
            one.data.reply_by,
            one.entry.occurred_on,
            answers.get(one.id),
        )
        for one in acts
        if isinstance(one.data, AssuranceSought)
    )


def _repeats(acts: Sequence[Known]) -> tuple[RepeatLine, ...]:
    """Return the earlier recommendations that are noted as repeated."""
    return tuple(
        RepeatLine(
            one.id,
            one.data.of.report,
            one.data.of.number,
            key_of(one.data.of.number),
            one.data.of.addressee,
            one.data.words,
            one.entry.by,
            one.entry.provenance,
            one.entry.occurred_on,
            one.entry.recorded_by,
        )
        for one in acts
        if isinstance(one.data, RepeatNoted)
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
            source_of(one),
        )
        for one in acts
        if isinstance(one.data, CommissionerStatementIssued)
    ]


def _targets(
    raised: Known, data: RecommendationRaised, acts: Sequence[Known], found: Report
) -> tuple[TargetLine, ...]:
    """Return the targets in order: the report's, in its words, then each that was set later."""
    lines = []
    if data.target is not None:
        phrase = said(raised, "target.phrase", data.target.phrase)
        worked_out = bool(data.target.worked_out and data.target.on)
        lines.append(
            TargetLine(
                raised.id,
                data.target.on,
                phrase,
                "report",
                raised.entry.occurred_on,
                worked_out,
                worked_out and found.is_to_confirm(raised, raised),
            )
        )
    for one in acts:
        if isinstance(one.data, TargetDateSet):
            worked_out = bool(one.data.worked_out)
            lines.append(
                TargetLine(
                    one.id,
                    one.data.on,
                    None,
                    one.data.origin,
                    one.entry.occurred_on,
                    worked_out,
                    worked_out and found.is_to_confirm(raised, one),
                )
            )
    return tuple(lines)


def _claim(updates: Sequence[tuple[Known, UpdateReceived]]) -> ClaimLine | None:
    """Return the latest claim, and the day since when the force has claimed the same; None if there
    is no claim."""
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
        source_of(one),
        tuple(
            EvidenceLine(
                said_surely(one, f"claim.evidence.{n}.what", shows.what),
                shows.whose.body,
                said(one, f"claim.evidence.{n}.whose.name", shows.whose.name),
                shows.on,
            )
            for n, shows in enumerate(claim.evidence or ())
        ),
    )


Decision = Literal["closed", "refused", "reopened"]


def _decided(acts: Sequence[Known]) -> dict[Decision, DecisionLine | None]:
    """Return the last closure, refusal and reopening that still stand after these acts, each of
    which was allowed at its place. A closure undoes a refusal and a reopening; an end undoes all
    three."""
    found: dict[Decision, DecisionLine | None] = {"closed": None, "refused": None, "reopened": None}
    for one in acts:
        match one.data:
            case ClosureRefused(reason=reason):
                found["refused"] = _decision(one, reason)
            case Reopened(reason=reason):
                undone = found["closed"]
                reopened = _decision(one, reason, undoes=undone.entry if undone else None)
                found |= {"closed": None, "reopened": reopened}
            case ClosureConfirmed(reason=reason, ground=ground):
                closed = _decision(one, reason, ground=ground)
                found = {"closed": closed, "refused": None, "reopened": None}
            case Withdrawn() | Superseded():
                found = {"closed": None, "refused": None, "reopened": None}
            case _:
                pass
    return found


def _decision(
    one: Known, reason: Text, *, undoes: str | None = None, ground: Ground | None = None
) -> DecisionLine:
    return DecisionLine(
        entry=one.id,
        by=one.entry.by,
        on=one.entry.occurred_on,
        reason=said_surely(one, "reason", reason),
        source=source_of(one),
        undoes=undoes,
        ground=ground,
    )


def days_overdue(asked: AssuranceLine, today: date) -> int | None:
    """Return by how many days a reply is overdue. Return None if a reply came, or no date was set,
    or the date has not passed."""
    if asked.answered_by is not None or asked.reply_by is None:
        return None
    days = (today - last_day(asked.reply_by)).days
    return days if days > 0 else None


Standing = Literal["none", "ahead", "passed", "over"]


TARGET: dict[Standing, sql.Composable] = {
    "none": sql.SQL("AND one.target_last IS NULL"),
    "ahead": sql.SQL("AND one.target_last >= %(d)s"),
    "passed": sql.SQL("AND one.passes_after < %(d)s"),
    "over": sql.SQL("AND one.target_last < %(d)s AND one.passes_after IS NULL"),
}
"""The SQL conditions for where a recommendation stands against its target
(`answers.recommendation.target`)."""
