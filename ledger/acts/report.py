"""Acts on a report: publishing it with all that it brings, and raising a recommendation more.

A recommendation can name a cause of concern as its parent. The parent is in effect, of the same
report to the same body, and recorded before the recommendation. A link is never corrected, and a
retracted number is not raised again, so that no chain of parents comes back to where it began.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger import dates
from ledger.acts.decision import (
    Decision,
    Notice,
    after_report,
    key_named,
    must_give,
    target_after_report,
)
from ledger.acts.duty import TakenOff, add_duty, take_off
from ledger.errors import Refused
from ledger.events import (
    RecommendationRaised,
    ReportGraded,
    ReportPublished,
    ReportTakenOver,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import CAUSES, Target
from ledger.events.report import as_asked
from ledger.events.streams import (
    REFERENCE,
    RecommendationId,
    key_of,
    recommendation_of,
    report_stream,
)
from ledger.events.texts import must_fit
from ledger.states.effect import Known, in_effect, known
from ledger.states.report import Report, reference_for, report
from ledger.states.service import GROUPS


@dataclass(frozen=True, kw_only=True)
class Raise:
    """A recommendation to raise, and the bodies that it is addressed to (ids of the register)."""

    event: RecommendationRaised
    addressees: tuple[str, ...]


def publish_report(
    decision: Decision,
    event: ReportPublished,
    notice: Notice,
    *,
    reference: str | None = None,
    bodies: Sequence[str] = (),
    recommendations: Sequence[Raise] = (),
    taken_off: Sequence[TakenOff] = (),
) -> Entry:
    """Record that a report was published, its recommendations, and the duties of the bodies named;
    of those `taken_off` the duty with its disapplication.

    Without a reference it gets `{publisher}-{published_on}-{slug of the title}`, by the publisher
    that leads.
    """
    for publisher in _once("publishers", event.published_by):
        decision.body(publisher)
    decision.act_of(notice, *event.published_by)
    streams = decision.below("report/")
    for other in filter(None, map(report, streams.values())):
        _not_the_same(event, notice.occurred_on, other)
    if reference is None:
        taken = [stream.removeprefix("report/") for stream in streams]
        reference = reference_for(event.publisher, notice.occurred_on, event.title, taken)
    elif not REFERENCE.fullmatch(reference):
        raise Refused(
            "reference",
            f"“{reference}” is no reference: lower-case letters, digits and hyphens, 80 at most.",
        )
    if decision.stream(report_stream(reference)):
        raise Refused("report-exists", f"A report “{reference}” is recorded already.")
    own = decision.account.body
    by = own if own in event.published_by else event.publisher
    published = decision.add(report_stream(reference), event, notice, by=by)
    for item in recommendations:
        raise_recommendation(decision, reference, item, notice)
    off = {one.body: one for one in taken_off}
    _once("taken_off", [one.body for one in taken_off])
    owed = _once("bodies", _each(decision, bodies, notice.occurred_on))
    for body in dict.fromkeys([*owed, *off]):
        if body in off:
            take_off(decision, reference, off[body], notice)
        else:
            add_duty(decision, reference, body, notice)
    return published


def raise_recommendation(
    decision: Decision, reference: str, item: Raise, notice: Notice
) -> list[Entry]:
    """Raise a recommendation of a report to each of its addressees: one entry each."""
    found = decision.report(reference)
    item = replace(item, addressees=_each(decision, item.addressees, found.published_on))
    decision.act_of(notice, *found.publishers)
    key = key_named(item.event.number)
    if not item.addressees:
        raise Refused("addressee", f"Recommendation {item.event.number} is addressed to nobody.")
    _may_add(decision, found, item.addressees, "recommendations addressed")
    after_report(found, notice.occurred_on)
    target = item.event.target
    if target and target.on:
        dates.check(target.on)
        target_after_report(found, target.on)
    if target and target.worked_out is not None:
        target = _worked_out(target, notice.occurred_on)
    for name in ("publisher_number", "theme", "level"):
        if (given := getattr(item.event, name)) is not None:
            must_fit("label", name, given)
    partners = tuple(map(decision.body_named, item.event.partners))
    event = replace(item.event, target=target, partners=partners)
    raised = []
    for addressee in _once("addressees", item.addressees):
        decision.body(addressee)
        decision.in_its_term(addressee, found.published_on, "It would be addressed to")
        to = RecommendationId(reference, key, addressee)
        _not_there(decision.stream(to.stream), item.event.number, reference, addressee)
        _parent_possible(decision, to, event)
        by = found.publisher_for(decision.account.body)
        raised.append(decision.add(to.stream, event, notice, by=by))
    return raised


def _each(decision: Decision, named: Sequence[str], day: str | None) -> tuple[str, ...]:
    """Return the bodies named, each group of them as the bodies that it has on the day of the
    report."""
    if not {*named} & {*GROUPS}:
        return tuple(named)
    service = decision.service.on(dates.last_day(day) if day else decision.today)
    each = [service.members(one) if one in GROUPS else [one] for one in named]
    return tuple(dict.fromkeys(body for members in each for body in members))


def _worked_out(target: Target, day: str | None) -> Target:
    """Return a target whose day is worked out from its words. The words have to give that day."""
    if not target.worked_out:
        return replace(target, worked_out=None)
    if target.on is None or target.phrase is None or target.phrase.opening is None:
        raise Refused(
            "worked-out",
            "A target that is worked out has both the words (phrase) and the day (on).",
        )
    must_give(target.phrase.opening.body, day, target.on)
    return target


def why_no_parent(
    decision: Decision, to: RecommendationId, number: str, parent: str | None
) -> str | None:
    """Return, in a sentence, why a recommendation cannot have the parent that it names; None if it
    can."""
    if parent is None:
        return None
    try:
        key = key_of(parent)
    except ValueError as error:
        return str(error)
    if key == to.key:
        return f"{number} cannot belong to itself."
    found = decision.raised(RecommendationId(to.report, key, to.addressee))
    if found is None:
        return (
            f"The cause of concern {parent}, which {number} belongs to, isn't recorded for "
            f"“{to.addressee}”; record it first."
        )
    if found.kind not in CAUSES:
        return (
            f"{number} cannot belong to {parent}, which is no cause of concern but of the kind "
            f"`{found.kind}`: correct that kind first, if it is wrong."
        )
    return None


def _parent_possible(decision: Decision, to: RecommendationId, event: RecommendationRaised) -> None:
    """Refuse a parent that cannot be one."""
    if (why := why_no_parent(decision, to, event.number, event.parent)) is not None:
        raise Refused("parent", why)


def children_of(decision: Decision, to: RecommendationId) -> list[str]:
    """Return the ids of the entries in effect that raise what belongs to a cause of concern."""
    return [
        one.id
        for other, one, data in decision.raised_in(to.report)
        if other.addressee == to.addressee
        and data.parent is not None
        and key_of(data.parent) == to.key
    ]


def family_possible(decision: Decision, one: Known) -> None:
    """Refuse a recommendation that, as known now, no longer fits the parent that it names or the
    recommendations that name it."""
    if not isinstance(one.data, RecommendationRaised):
        return
    to = recommendation_of(one.entry.stream)
    _parent_possible(decision, to, one.data)
    if one.data.kind not in CAUSES and (children := children_of(decision, to)):
        raise Refused(
            "others-rest-on-it",
            f"{one.data.number} stays a cause of concern while others belong to it; retract them "
            "first: " + ", ".join(children) + ".",
        )


def _not_there(entries: list[Entry], number: str, reference: str, addressee: str) -> None:
    raised = [one for one in known(entries) if isinstance(one.data, RecommendationRaised)]
    if not raised:
        return
    aside = raised[0].set_aside_by
    raise Refused(
        "recommendation-exists",
        f"Recommendation {number} of “{reference}” to “{addressee}” is recorded already; "
        "correct it if it is wrong."
        if aside is None
        else f"Recommendation {number} of “{reference}” to “{addressee}” was retracted, by "
        f"{aside}: retract that, and it stands again.",
    )


def grade_report(decision: Decision, reference: str, event: ReportGraded, notice: Notice) -> Entry:
    """Record a grade that the publisher gave a body in a report, once for each question and day."""
    found = decision.report(reference)
    decision.act_of(notice, *found.publishers)
    decision.body(event.body)
    _may_add(decision, found, (event.body,), "grades given")
    after_report(found, notice.occurred_on)
    by = found.publisher_for(decision.account.body)
    entry = decision.add(report_stream(reference), event, notice, by=by)
    not_graded_twice(decision, Known(entry, entry))
    return entry


def not_graded_twice(decision: Decision, one: Known) -> None:
    """Refuse a grade of a body on a question and a day that has a grade already."""
    assert isinstance(one.data, ReportGraded)
    body, asked = one.data.body, as_asked(one.data.question)
    for other in in_effect(decision.stream(one.entry.stream)):
        if (
            isinstance(other.data, ReportGraded)
            and other.id != one.id
            and (other.data.body, as_asked(other.data.question)) == (body, asked)
            and other.entry.occurred_on == one.entry.occurred_on
        ):
            raise Refused(
                "grade-exists",
                f"A grade of “{body}” on “{one.data.question}”, of "
                f"{dates.in_words(one.entry.occurred_on)}, is recorded already, by {other.id}: "
                "correct that one if it is wrong.",
            )


def take_report_over(decision: Decision, reference: str, notice: Notice) -> Entry:
    """Let a publisher's own account take a report over from the account that recorded it."""
    found = decision.report(reference)
    if not decision.publishes(found):
        raise Refused(
            "takeover",
            f"“{reference}” can be taken over by an account of its publisher, "
            f"{' or '.join(found.publishers)}, and by no other.",
        )
    decision.act_of(notice, *found.publishers)
    if found.owner == decision.account.name:
        raise Refused("takeover", f"“{reference}” belongs to {found.owner} already.")
    event = ReportTakenOver(from_account=found.owner)
    return decision.add(report_stream(reference), event, notice, by=decision.account.body)


def _may_add(decision: Decision, found: Report, bodies: Sequence[str], what: str) -> None:
    """Refuse to add to a report of another account, unless it is about the account's own body or
    force."""
    account = decision.account
    if account.may("admin") or account.name == found.owner:
        return
    if decision.publishes(found):
        return
    for body in bodies:
        if account.body is None or not decision.service.answers_for(account.body, body):
            raise Refused(
                "report-owner",
                f"“{found.reference}” belongs to {found.owner}; {account.name} can add only {what} "
                f"to its own body or force, not to “{body}”.",
            )


def not_recorded_meanwhile(decision: Decision, one: Known) -> None:
    """Refuse to restore a report that was recorded anew after its retraction."""
    assert isinstance(one.data, ReportPublished)
    for stream, entries in decision.below("report/").items():
        if stream != one.entry.stream and (other := report(entries)) is not None:
            _not_the_same(one.data, one.entry.occurred_on, other)


def _not_the_same(event: ReportPublished, occurred_on: str | None, other: Report) -> None:
    same_page = next((url for url in event.same_as if url in other.data.same_as), None)
    if same_page is not None:
        raise Refused(
            "report-exists",
            f"The report published at {same_page} is recorded already, as “{other.reference}”: "
            f"/api/reports/{other.reference}.",
        )
    shared = set(event.published_by) & set(other.publishers)
    if shared and (_as_read(event.title), occurred_on) == (
        _as_read(other.data.title),
        other.published_on,
    ):
        raise Refused(
            "report-exists",
            f"This report is recorded already, as “{other.reference}”: "
            f"/api/reports/{other.reference}.",
        )


def _as_read(title: str) -> str:
    """Return a title without differences that mean nothing: case and spacing."""
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def _once(field: str, ids: Sequence[str]) -> Sequence[str]:
    for n, one in enumerate(ids):
        if one in ids[:n]:
            raise Refused("named-twice", f"“{one}” is named twice in {field}.")
    return ids
