"""Sentences about a recommendation: its status, on whose word, its target, and the next step."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import UnsetType

from api.reading.texts import apart, body_of
from api.reading.words import (
    CLAIMS,
    GROUNDS,
    STATUSES,
    capital,
    count,
    day,
    short,
)
from ledger import dates
from projections.answers.across import BodyAcross
from projections.answers.recommendation import (
    AssuranceAsked,
    Child,
    ClaimMade,
    Decision,
    DecisionTold,
    RecommendationState,
    RecommendationWanting,
    Repeat,
    Repeated,
    Sourced,
    TargetStanding,
    UndatedAct,
)
from projections.answers.report import GradeGiven
from projections.language import Table, say
from projections.questions.supposed import Stands

Recommendation = RecommendationState | RecommendationWanting
Decided = Recommendation | BodyAcross


class Published(Protocol):
    """Has the publisher of a report."""

    @property
    def publisher(self) -> str | UnsetType | None: ...
    @property
    def publisher_name(self) -> str | UnsetType | None: ...


def status(recommendation: Decided | Child | Repeated | Stands) -> str:
    """Return the status in words: `Closed`, `Claimed complete`."""
    found = str(recommendation.status)
    return capital(STATUSES.get(found, (found.replace("_", " "),))[0])


def by_standing(recommendations: Iterable[Recommendation]) -> list[tuple[str, int]]:
    """Return the number of recommendations of each status, the refused first."""
    many = Counter[str](one.status for one in recommendations)
    return [(status, many[status]) for status in STATUSES if many[status]]


def target_in_short(recommendation: Recommendation | Repeated | Stands) -> str:
    """Return the target for a list, before the last word: `Past its target by 359 days. `, or an
    empty text."""
    shape = recommendation.target
    on, days = shape.on, shape.days
    how = say(", worked out from the words") if shape.worked_out else ""
    if shape.standing == "passed":
        past = say("Past its target by %(days)s", days=count(days, "day")) if days else ""
        return f"{past or say('Past its target')}{how}. "
    target = say("Target %(day)s", day=day(on)) + how
    if shape.standing == "ahead":
        return f"{target}. "
    if shape.undated:
        return say("%(target)s: not shown whether it was met.", target=target) + " "
    if again := shape.to_confirm:
        return (
            say(
                "Target %(day)s, worked out from the words: to be confirmed again.",
                day=day(again.on),
            )
            + " "
        )
    return ""


def last_word(recommendation: Recommendation) -> str:
    """Return the force's last word, and when. It is never more than a claim."""
    who = apart(recommendation.addressee_name)
    claim, on = recommendation.claim, recommendation.last_update_on
    when = f", {day(on)}" if on else ""
    if claim:
        late = claim.days_after_target
        after = say(", %(days)s after its target", days=count(late, "day")) if late else ""
        if claim.means == "complete" and recommendation.status in ("refused", "reopened"):
            when = f", {day(claim.occurred_on)}" if claim.occurred_on else ""
            return say(
                "Before that, %(who)s said that it was complete%(when)s.",
                who=who,
                when=when + after,
            )
        return f"{who}: {CLAIMS.get(claim.means, claim.means)}{when}{after}."
    if on:
        return say("%(who)s: an update%(when)s, no claim.", who=who, when=when)
    return say("No word from %(who)s.", who=who)


def claim(made: ClaimMade) -> str:
    """Return a claim's meaning and its day: `complete, 31 December 2025`."""
    return f"{CLAIMS.get(made.means, made.means)}, {day(made.occurred_on)}"


def known(found: Sourced, whose: str | None) -> str:
    """Return how something is known: on whose own word, or who reported it, from what note or
    website."""
    if found.provenance != "reported":
        return say("on %(who)s’s own word", who=apart(whose or body_of(found.recorded_by)))
    by = body_of(found.recorded_by)
    teller = apart(short(by, found.reported_by_name) or by)
    source = f"“{apart(found.source_note)}”" if found.source_note else ""
    return _as_reported(teller, source or urlsplit(found.source_url or "").hostname or "")


def _as_reported(teller: str, source: str) -> str:
    """Return who reported something, and from what."""
    if source:
        return say("as reported by %(teller)s from %(source)s", teller=teller, source=source)
    return say("as reported by %(teller)s", teller=teller)


def next_step(recommendation: Recommendation, report: Published | None = None) -> str | None:
    """Return who is expected to do what next, or None if the recommendation is finished. `report`
    names the publisher if the recommendation does not."""
    inspectorate = _inspectorate(report or recommendation)
    found = recommendation.status
    who = apart(recommendation.addressee_name)
    if found in ("closed", "withdrawn", "superseded"):
        return None
    if found == "closure_proposed":
        return say("%(who)s decides whether to close it.", who=inspectorate)
    if found == "refused":
        return say("%(who)s sends more evidence.", who=who)
    asked = [one for one in recommendation.assurances.items if one.answered_by is None]
    if asked:
        first = min(asked, key=lambda one: one.reply_by or "9")
        of = apart(first.of_name)
        replies = say("%(who)s replies to the question.", who=of)
        return f"{replies} {reply_by(first)}".rstrip()
    if found == "claimed_complete":
        return say("%(who)s decides whether to close it.", who=inspectorate)
    target = recommendation.target
    if target.standing == "passed":
        return say("%(who)s says where it stands.", who=who)
    if target.on and target.standing == "ahead":
        return say("%(who)s does it by %(day)s.", who=who, day=day(target.on))
    return say("%(who)s says what it does.", who=who)


def reply_by(assurance: AssuranceAsked) -> str:
    """Return by which day a reply was asked for, with the days that it is overdue; empty if no day
    was named."""
    if not assurance.reply_by:
        return ""
    asked = say("A reply was asked for by %(day)s", day=day(assurance.reply_by))
    return f"{asked}{overdue(assurance)}."


def overdue(assurance: AssuranceAsked) -> str:
    """Return by how many days a reply is overdue, to follow a day; empty if it isn't."""
    days = assurance.days_overdue
    return say(": it is overdue by %(days)s", days=count(days, "day")) if days else ""


def _inspectorate(published: Published) -> str:
    """Return the short name of the publisher, which decides on closure."""
    name = short(published.publisher or "", published.publisher_name or None)
    return apart(name) if name else say("the inspectorate")


def target(recommendation: Recommendation) -> str:
    """Return a recommendation's standing against its target date."""
    shape = recommendation.target
    on, days = shape.on, shape.days
    if again := shape.to_confirm:
        return say(
            "%(day)s was worked out from the words of the report, whose own day was corrected "
            "since. The target is to be confirmed again; until then it counts neither as ahead "
            "nor as passed.",
            day=day(again.on),
        )
    if shape.standing == "none" or not on:
        return say("No target date is recorded.")
    when = target_day(on, shape.worked_out)
    if shape.standing == "passed":
        gone = say("%(days)s ago", days=count(days, "day")) if days else say("which has passed")
        return f"{when}, {gone}. {say('No closure and no claim of completion stands.')}"
    if shape.undated:
        return f"{when}. {say('Nothing shows whether it was met.')}"
    if shape.standing == "over":
        return f"{when}. {_done_by(recommendation, str(on))}"
    if days is not None and days >= 0:
        return say("%(day)s: %(days)s ahead.", day=when, days=count(days, "day"))
    return f"{when}."


def repeat(noted: Repeat) -> str:
    """Return in whose words a recommendation repeats another, and when that was noted."""
    who = apart(short(noted.by or "", noted.by_name) or body_of(noted.recorded_by))
    if noted.words == "publisher":
        said = say("in the words of %(who)s", who=who)
    else:
        said = say("noted by %(who)s", who=who)
    teller = noted.reported_by_name
    told = f", {_as_reported(apart(teller), '')}" if teller else ""
    return f"{said}{told}{f', {day(noted.on)}' if noted.on else ''}."


def evidence(whose: str | None, name: str | None, on: str | None, publisher: str | None) -> str:
    """Return whose evidence for a claim something is, and its day; of the publisher's, that it saw
    it."""
    who = apart(short(whose or "", name) or say("somebody whose name is not shown"))
    if whose and whose == publisher:
        seen = say("Seen by %(who)s", who=who)
        return say("%(what)s on %(day)s", what=seen, day=day(on)) if on else seen
    return say("Evidence of %(who)s", who=who) + (f", {day(on)}" if on else "")


def undated(act: UndatedAct) -> str:
    """Return an act without an exact day, for a link to its entry: `update received (August
    2025)`."""
    when = day(act.occurred_on) if act.occurred_on else say("day not known")
    return f"{act.type.replace('-', ' ')} ({when})"


def target_day(on: str | None, worked_out: bool | UnsetType | None = None) -> str:
    """Return the day of a target, and that it was worked out from the words, if it was."""
    return say("%(day)s (worked out from the words)", day=day(on)) if worked_out else day(on)


def proposed(shape: TargetStanding) -> str:
    """Return what the words of a target give, if nobody has recorded that; else an empty text."""
    if not (found := shape.proposed):
        return ""
    if shape.worked_out or shape.to_confirm:
        if found.on:
            then = say(
                "The words, “%(words)s”, now give %(day)s.",
                words=apart(found.words),
                day=day(found.on),
            )
        else:
            then = say("The words, “%(words)s”, give no day any more.", words=apart(found.words))
        return f"{then} {_WHY.get(found.why, found.why)}"
    if found.on:
        then = say(
            "The report says “%(words)s”, which gives %(day)s; nobody has confirmed that day.",
            words=apart(found.words),
            day=day(found.on),
        )
    else:
        then = say("The report says “%(words)s”.", words=apart(found.words))
    return f"{then} {_WHY.get(found.why, found.why)}"


_WHY = Table({said: said for said in ("That is the day of the report.",)})
"""How a day is counted from the words of a target, where the sentence has no day in it."""


def _done_by(recommendation: Recommendation, target: str) -> str:
    """Return what was done by a past target, or after it, as far as days are known."""
    claim, closed = recommendation.claim, recommendation.closed
    if claim and claim.days_after_target:
        return say(
            "Claimed complete %(days)s after it.", days=count(claim.days_after_target, "day")
        )
    since = claim.since if claim and claim.means == "complete" else None
    if since and dates.last_day(since) <= dates.first_day(target):
        return say("Claimed complete by then.")
    if closed and closed.on and dates.is_exact(closed.on):
        after = (date.fromisoformat(closed.on) - dates.last_day(target)).days
        if after > 0:
            return say("Closed %(days)s after it.", days=count(after, "day"))
        return say("Closed by then.")
    if closed:
        return say("Closed, on a day not exactly known.")
    if recommendation.status in ("withdrawn", "superseded"):
        return STATUSES[recommendation.status][1]
    return say("It may have been done by then: the days are not exactly known.")


def moved(target: TargetStanding) -> str:
    """Return how often a target was moved: `Moved once; at first 31 December 2025`."""
    moves, first = target.moves, day(target.original_on)
    if moves == 1:
        return say("Moved once; at first %(day)s", day=first)
    if moves == 2:
        return say("Moved twice; at first %(day)s", day=first)
    return say("Moved %(moves)s times; at first %(day)s", moves=moves, day=first)


DECISIONS = Table({"Refusal": "Refusal", "Reopening": "Reopening", "Closure": "Closure"})
_DECIDED = Table(
    {"Closure": "Closed", "Refusal": "Closure was refused", "Reopening": "Opened again"}
)


def decided_by(made: DecisionTold | GradeGiven) -> str:
    """Return who took a decision, in short."""
    return apart(short(made.by or "", made.by_name) or say("somebody unnamed"))


def decision(what: str, made: Decision) -> str:
    """Return who closed it, refused closure or reopened it, and who reported that."""
    more = ""
    if what == "Reopening" and not made.undoes:
        more = " " + say("It had been closed earlier, on a day that isn’t recorded.")
    if what == "Closure" and made.ground:
        more = f" {GROUNDS[made.ground]}"
    return f"{_DECIDED[what]} {whose_word(made)}.{more}"


def whose_word(made: DecisionTold | GradeGiven) -> str:
    """Return who decided and who reported it: `by HMICFRS on 12 October 2026, as reported by
    Cumbria PCC from “its letter”`."""
    who = decided_by(made)
    if made.on:
        by = say("by %(who)s on %(day)s", who=who, day=day(made.on))
    else:
        by = say("by %(who)s on a day not known", who=who)
    if made.provenance != "reported":
        return by
    told_by = apart(made.reported_by_name or body_of(made.recorded_by))
    source = ""
    if isinstance(made, Decision | GradeGiven) and made.source_note:
        source = f"“{apart(made.source_note)}”"
    elif isinstance(made, Decision | GradeGiven) and made.source_url:
        source = apart(made.source_url)
    return f"{by}, {_as_reported(told_by, source)}"


def decision_of(recommendation: Decided | Repeated) -> DecisionTold | None:
    """Return the decision by which it is closed, refused or reopened now. Return
    None if it is in no such state."""
    if isinstance(recommendation, Repeated):
        return recommendation.decided
    match recommendation.status:
        case "closed":
            return recommendation.closed
        case "refused":
            return recommendation.refused
        case "reopened":
            return recommendation.reopened
        case _:
            return None


def standing(recommendation: Decided | Repeated) -> str:
    """Return the status in short; for a closure, refusal or reopening also who decided it, and the
    day: `Closure refused by HMICFRS, 12 October 2026`."""
    if (made := decision_of(recommendation)) is None:
        return status(recommendation)
    teller = made.reported_by_name if made.provenance == "reported" else None
    told_by = f", {_as_reported(apart(teller), '')}" if teller else ""
    said = say("%(standing)s by %(who)s", standing=status(recommendation), who=decided_by(made))
    when = day(made.on) if made.on else say("day not known")
    return f"{said}, {when}{told_by}"


def force_word(recommendation: Recommendation) -> str:
    """Return what became of the force's claim of completion; empty if it claims less."""
    claim, found = recommendation.claim, recommendation.status
    if not claim or claim.means != "complete":
        return ""
    match found:
        case "refused" | "reopened":
            made = decision_of(recommendation)
            by = decided_by(made) if made else say("somebody")
            if found == "refused":
                return say(
                    "%(who)s refused closure after that: the claim no longer stands.", who=by
                )
            return say("%(who)s opened it again after that: the claim no longer stands.", who=by)
        case "open":
            return say("A later update doesn’t repeat it: the claim no longer stands.")
        case "claimed_complete" | "closure_proposed":
            return say("A claim is not closure: nobody else has confirmed it here.")
        case _:
            return ""
