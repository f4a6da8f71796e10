"""The answer about a recommendation: its standing, its target, and what responses say of it.

The standing is the fold of the acts in effect whose hi is not after the day, sorted by (hi,
position). An act whose precondition fails at its place changes nothing (domain.md, "What is allowed
when").
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

from ledger.replay.world import Act, Report, World, day_known, first_of, last_day, office

Answer = dict[str, Any]
_LABELLED = re.compile(r"(?:recommendation|rec|r)?[\s.#-]*0*(\d\w*)")
ENDED = ("withdrawn", "superseded")
TARGET_ON = ("on", "target", "target.on")
"""The paths under which the day of a target is corrected."""
DECIDING = (
    "closure-confirmed",
    "closure-proposed",
    "closure-refused",
    "reopened",
    "superseded",
    "target-date-set",
    "update-received",
    "withdrawn",
)
"""The acts that decide whether a target has passed."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The passage of a response about a recommendation by a day: its wording and its stance."""

    statement: str
    how: str
    stance: str


def key(number: str) -> str:
    """Return a number as streams have it: without label or leading zeros, in lower case. "Rec 02",
    "R2" and "Recommendation 2" are one; `afi-1` and `3a` stay as they are."""
    found = _LABELLED.fullmatch(number.strip().lower())
    return found[1] if found else number.strip().lower()


def recommendation(world: World, stream: str) -> Answer | None:
    """Return the fields of an answer that the log decides; None if the recommendation did not exist
    then."""
    _, reference, number, addressee = stream.split("/")
    report = world.report(reference)
    if report is None or report.days.hi > world.on:
        return None
    raised, acts = raising(world.happened(stream))
    if raised is None:
        return None
    standing = fold(acts)
    said = passages(world, stream)
    targets = [one for act in acts if (one := _target(world, report, raised, act)) is not None]
    dates = _counted(targets)
    updates = standing.updates
    claims = [act.data["claim"] for act in updates if act.data.get("claim")]
    claim = claims[-1] if claims else None
    sought = [act.id for act in acts if act.type == "assurance-sought"]
    answered = {act.data.get("answers") for act in updates}
    closing = standing.closing
    happened = [(hi, act) for hi, act in world.placed(stream) if hi <= world.on]
    again = {one["entry"] for one in targets if one["to_confirm"]}
    done = is_done(standing.status, standing.on_a_claim)
    doubted = bool(dates) and not done
    if doubted:
        undated = [one for one in _undated(world, stream) if one.act.id not in again]
        counted = [one for one in happened if one[1].id not in again]
        world.log.look(len(counted) * len(undated))
        doubted = bool(in_doubt(counted, undated))
    reached = target(dates, world.on, over=done or doubted)
    last = _last(dates[-1]) if dates and not done and not doubted else None
    ended = next((hi for hi, act in happened if act is standing.ended), None)
    return {
        "report": reference,
        "number": raised.data["number"],
        "key": number,
        "addressee": addressee,
        "kind": raised.data.get("kind", "recommendation"),
        "parent": raised.data.get("parent"),
        "publisher_number": raised.data.get("publisher_number"),
        "theme": raised.data.get("theme"),
        "level": raised.data.get("level"),
        "status": standing.status,
        "raised_on": raised.occurred_on,
        "office": office(
            world, addressee, set(), first_of(world.on, [last], [ended]), done=ended is not None
        ),
        "target": asdict(reached) | _to_confirm(targets, dates),
        "targets": [
            {name: value for name, value in one.items() if value is not False} for one in targets
        ],
        "assurances": {
            "open": sum(one not in answered for one in sought),
            "answered": sum(one in answered for one in sought),
        },
        "claim": claim and _claim(claim),
        "last_update_on": updates[-1].occurred_on if updates else None,
        "stance": said[-1].stance if said else None,
        "statement": {"id": said[-1].statement, "how": said[-1].how} if said else None,
        "statements": [asdict(one) for one in said],
        "repeats": _repeats(acts),
        "closed": None
        if closing is None
        else {
            "by": closing.line.event["by"],
            "provenance": closing.line.event["provenance"],
            "on": closing.occurred_on,
            "ground": closing.data.get("ground"),
        },
    }


def _claim(said: Answer) -> Answer:
    """Return what a claim says without its texts: of its evidence, whose it is (a name is a text)
    and of which day."""
    return {
        "means": said["means"],
        "expected_on": said.get("expected_on"),
        "evidence": [
            {"on": one.get("on")} | ({"whose": body} if (body := one["whose"].get("body")) else {})
            for one in said.get("evidence") or ()
        ],
    }


def raising(acts: Sequence[Act]) -> tuple[Act | None, list[Act]]:
    """Return the act that raised it, and all acts with that one first, since none can come before
    it."""
    raised = next((act for act in acts if act.type == "recommendation-raised"), None)
    rest = [act for act in acts if act is not raised]
    return raised, [raised, *rest] if raised else rest


def _repeats(acts: Sequence[Act]) -> list[Answer]:
    """Return the earlier recommendations that it repeats, with whose words say so."""
    return [
        act.data["of"] | {"words": act.data["words"], "entry": act.id}
        for act in acts
        if act.type == "repeat-noted"
    ]


def _target(world: World, report: Report, raised: Act, act: Act) -> Answer | None:
    """Return what an act says of when a recommendation shall be done, in a day or in words alone.
    A day that words give is to be confirmed again where the day from which they count was corrected
    since."""
    if act.type == "target-date-set":
        said, origin = act.data, act.data["origin"]
    elif act.type == "recommendation-raised" and act.data.get("target"):
        said, origin = act.data["target"], "report"
    else:
        return None
    worked_out = bool(said.get("worked_out") and said.get("on"))
    return {
        "on": said.get("on"),
        "origin": origin,
        "entry": act.id,
        "worked_out": worked_out,
        "to_confirm": worked_out and _moved_since_confirmed(world, report, raised, act),
    }


def _moved_since_confirmed(world: World, report: Report, raised: Act, act: Act) -> bool:
    """Return whether the day from which the words of a target count was corrected since an act
    gave, or a correction of it, the day that they give."""
    at = [line.position for path, line in act.corrected.items() if path in TARGET_ON]
    confirmed_at = max([act.position, *at])
    if not report.gives_its_day_to(world.log, raised):
        moved = raised.corrected.get("occurred_on")
        return moved is not None and moved.position > confirmed_at
    lines = world.log.filed.get(report.act.line.stream, [])
    world.log.look(len(lines))
    then = (one for one in lines if one.position <= confirmed_at)
    return day_known(report.act.line, then) != report.act.occurred_on


def _counted(targets: Sequence[Answer]) -> list[str]:
    """Return the days that count, in order; none where the last is to be confirmed again."""
    dated = [one for one in targets if one["on"]]
    confirmed = [one for one in dated if not one["to_confirm"]]
    again = any(one["worked_out"] for one in confirmed)
    if dated and dated[-1]["to_confirm"] and not again:
        return []
    return [one["on"] for one in confirmed]


def _to_confirm(targets: Sequence[Answer], counted: Sequence[str]) -> Answer:
    """Return the target whose day is to be confirmed again, if no day counts."""
    dated = [one for one in targets if one["on"]]
    if not dated or counted:
        return {}
    return {"to_confirm": {"on": dated[-1]["on"], "entry": dated[-1]["entry"]}}


def passages(world: World, stream: str) -> list[Passage]:
    """List the passages of published responses about a recommendation, as revised, in order."""
    _, reference, number, addressee = stream.split("/")
    found: dict[str, Passage] = {}
    for act in world.happened(stream):
        if act.type == "commissioner-statement-issued":
            found[act.data["statement"]] = Passage(
                act.data["statement"],
                act.data["how"],
                act.data["stance"],
            )
    for act in _revisions(world, reference, number, addressee):
        before = found.get(act.data["statement"])
        now = act.data.get("now")
        how = act.data.get("how") or (before.how if before and before.how != "not_found" else None)
        found[act.data["statement"]] = Passage(
            act.data["statement"],
            (how or "named") if now else "not_found",
            before.stance if before else "not_stated",
        )
    return list(found.values())


def _revisions(world: World, reference: str, number: str, addressee: str) -> Sequence[Act]:
    """List the revisions of passages about a recommendation, seen by then, among what is published
    then."""
    if reference not in world.revised:
        found = world.revised[reference] = {}
        for stream in world.streams("response", reference):
            there = world.published_by_then(stream)
            for act in world.happened(stream):
                if (
                    act.type == "statement-revised"
                    and act.data["field"] == "passage"
                    and act.data["statement"] in there
                ):
                    about = (key(act.data["number"]), act.data["addressee"])
                    found.setdefault(about, []).append(act)
    return world.revised[reference].get((number, addressee), ())


@dataclass(slots=True)
class Standing:
    """A status, whether closure is proposed on a claim of completion, the act that closed it, and
    the updates that came while it had not ended: any other changes nothing."""

    status: str = "open"
    on_a_claim: bool = False
    closing: Act | None = None
    ended: Act | None = None
    """The act since which it is closed, withdrawn or superseded, while it is."""
    updates: list[Act] = field(default_factory=list)


def fold(acts: Sequence[Act]) -> Standing:
    """Return the standing after acts that are in order."""
    found = Standing()
    for act in acts:
        _apply(found, act)
    return found


def _apply(to: Standing, act: Act) -> None:
    match act.type, to.status:
        case "update-received", ("withdrawn" | "superseded"):
            pass
        case "update-received", _ if act.data.get("remark"):
            pass
        case "update-received", status:
            to.updates.append(act)
            if status == "closed":
                pass
            elif (act.data.get("claim") or {}).get("means") == "complete":
                to.status = "claimed_complete"
            elif status == "claimed_complete":
                to.status = "open"
        case "closure-proposed", ("open" | "claimed_complete" | "reopened" | "refused" as status):
            to.status, to.on_a_claim = "closure_proposed", status == "claimed_complete"
        case "closure-confirmed", status if status not in (*ENDED, "closed"):
            to.status, to.closing, to.ended = "closed", act, act
        case "closure-refused", ("closure_proposed" | "claimed_complete"):
            to.status = "refused"
        case "reopened", status if status not in (*ENDED, "reopened"):
            to.status, to.closing, to.ended = "reopened", None, None
        case "withdrawn" | "superseded", status if status not in ENDED:
            to.status, to.closing, to.ended = act.type, None, to.ended or act
        case _:
            pass


def is_done(status: str, on_a_claim: bool) -> bool:
    """Return whether it ended, was closed or is claimed complete, also while closure is proposed on
    that claim."""
    claimed = status == "closure_proposed" and on_a_claim
    return claimed or status in (*ENDED, "closed", "claimed_complete")


@dataclass(frozen=True, slots=True)
class Undated:
    """An act without an exact day: it happened on a day from `lo` to `hi`."""

    lo: date
    hi: date
    act: Act


def _undated(world: World, stream: str) -> list[Undated]:
    """Return those that decide about a target, and may have happened by the day asked."""
    last_days = {act.id: hi for hi, act in world.placed(stream)}
    return [
        Undated(lo, last_days[act.id], act)
        for lo, act in world.movable(stream)
        if act.type in DECIDING
    ]


def in_doubt(acts: Sequence[tuple[date, Act]], undated: Sequence[Undated]) -> list[str]:
    """Return the acts without an exact day that may have ended it, or moved its target, by the
    day asked. `acts`: those that happened by then, in order, each with its last day; `undated`:
    those that may have, be they among `acts` or not."""
    begins = {one.act.id: one.lo for one in undated}
    taking_back = [(begins.get(act.id, hi), act) for hi, act in acts if _takes_back(act)]
    found = [
        one.act.id
        for one in undated
        if may_end(one.act)
        and not any(lo > one.hi and _surely_undoes(act, one.act) for lo, act in taking_back)
    ]
    exact_ends = [hi for hi, act in acts if act.id not in begins and may_end(act)]
    last_end = max(exact_ends, default=date.min)
    unsure = {act.id for lo, act in taking_back if act.id in begins and lo <= last_end}
    sure = [act for _, act in acts if act.id not in begins]
    sure += [act for _, act in taking_back if act.id in begins and act.id not in unsure]
    standing = fold(sure)
    if is_done(standing.status, standing.on_a_claim):
        found += unsure
    return [*found, *may_move(acts, undated)]


def may_move(acts: Sequence[tuple[date, Act]], undated: Sequence[Undated]) -> list[str]:
    """Return the acts without an exact day by which another target may be the last that was set."""
    begins = {one.act.id: one.lo for one in undated}
    there = {act.id for _, act in acts}
    own = [(hi, act) for hi, act in acts if act.type == "recommendation-raised" and _set_on(act)]
    sets = [(hi, act) for hi, act in acts if act.type == "target-date-set"]
    others = [one.act for one in undated if one.act.type == "target-date-set"]
    others = [act for act in others if act.id not in there]
    if sets or own:
        *earlier, (hi, current) = sets or own  # nothing comes before the report's own
        since = begins.get(current.id, hi)
        for last, act in earlier:
            if last >= since and (act.id in begins or current.id in begins):
                others.append(act)
        others = [act for act in others if _set_on(act) != _set_on(current)]
        if others:
            others.append(current)
    return [act.id for act in others if act.id in begins]


def _set_on(act: Act) -> str | None:
    """Return the day by which an act wants it done."""
    said = act.data if act.type == "target-date-set" else act.data.get("target") or {}
    found: str | None = said.get("on")
    return found


def may_end(act: Act) -> bool:
    """Return whether an act ends a recommendation, claims that it is done, or proposes closure,
    which keeps a claim alive."""
    if act.type == "update-received":
        return (act.data.get("claim") or {}).get("means") == "complete"
    return act.type in ("closure-proposed", "closure-confirmed", *ENDED)


def _takes_back(act: Act) -> bool:
    """Return whether an act takes back a claim, a proposal or a closure."""
    if act.type == "update-received":
        return not may_end(act) and not act.data.get("remark")
    return act.type in ("closure-refused", "reopened")


def _surely_undoes(act: Act, other: Act) -> bool:
    """Return whether an act takes back another that came before it: a reopening each but an end, a
    refusal a claim and a proposal."""
    if other.type in ENDED:
        return False
    return act.type == "reopened" or (
        act.type == "closure-refused" and other.type != "closure-confirmed"
    )


@dataclass(frozen=True, slots=True)
class Target:
    """A target as it stands on a day: `days` are left, or over where it passed."""

    standing: str
    on: str | None
    original_on: str | None
    moves: int
    days: int | None


def target(dates: Sequence[str], on: date, *, over: bool) -> Target:
    """Return the target from the days that count, in order. `over`: it is done with, or may be."""
    if not dates:
        return Target("none", None, None, 0, None)
    moves = sum(one != other for one, other in pairwise(dates))
    left = (_last(dates[-1]) - on).days
    standing, days = ("over", None) if over else ("passed", -left)
    if left >= 0:
        standing, days = "ahead", left
    return Target(standing, dates[-1], dates[0], moves, days)


def _last(said: str) -> date:
    day = last_day(said)
    assert day is not None
    return day
