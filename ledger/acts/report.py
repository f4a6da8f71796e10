"""Acts on a report: publishing it with all that it brings, and raising a recommendation more."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger import dates
from ledger.acts import seen
from ledger.acts.decision import Decision, Told
from ledger.acts.duty import add_duty
from ledger.acts.parent import parent_possible
from ledger.acts.response import after_report, as_text, target_after_report
from ledger.errors import Refused
from ledger.events import (
    RecommendationRaised,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    forms,
)
from ledger.events.entry import Entry
from ledger.events.recommendation import Partner
from ledger.events.streams import (
    REFERENCE,
    RecommendationId,
    key_of,
    recommendation_stream,
    report_stream,
)
from ledger.events.texts import Text
from ledger.states.effect import Known, in_effect, known
from ledger.states.report import Report, as_revised, reference_for, report

REVISABLE = ("title", "cites", "key_findings")
"""The fields of a report that a publisher's page can come to say otherwise."""


@dataclass(frozen=True, kw_only=True)
class Raise:
    """A recommendation to raise, and the bodies that it is addressed to (ids of the register)."""

    event: RecommendationRaised
    addressees: tuple[str, ...]


def publish_report(
    decision: Decision,
    event: ReportPublished,
    told: Told,
    *,
    reference: str | None = None,
    bodies: Sequence[str] = (),
    recommendations: Sequence[Raise] = (),
) -> Entry:
    """Record that a report was published, its recommendations, and the duties of the bodies named.

    Without a reference it gets `{publisher}-{published_on}-{slug of the title}`.
    """
    decision.body(event.publisher)
    decision.act_of(told, event.publisher)
    streams = decision.below("report/")
    for other in filter(None, map(report, streams.values())):
        _not_the_same(event, told.occurred_on, other)
    if reference is None:
        taken = [stream.removeprefix("report/") for stream in streams]
        reference = reference_for(event.publisher, told.occurred_on, event.title, taken)
    elif not REFERENCE.fullmatch(reference):
        raise Refused(
            "reference",
            f"“{reference}” is no reference: lower-case letters, digits and hyphens, 80 at most.",
        )
    if decision.stream(report_stream(reference)):
        raise Refused("report-exists", f"A report “{reference}” is recorded already.")
    published = decision.add(report_stream(reference), event, told, by=event.publisher)
    for item in recommendations:
        raise_recommendation(decision, reference, item, told)
    for body in _once("bodies", bodies):
        add_duty(decision, reference, body, told)
    return published


def raise_recommendation(
    decision: Decision, reference: str, item: Raise, told: Told
) -> list[Entry]:
    """Raise a recommendation of a report to each of its addressees: one entry each."""
    found = decision.report(reference)
    decision.act_of(told, found.data.publisher)
    try:
        key = key_of(item.event.number)
    except ValueError as error:
        raise Refused("number", str(error)) from None
    if not item.addressees:
        raise Refused("addressee", f"Recommendation {item.event.number} is addressed to nobody.")
    _may_add(decision, found, item)
    after_report(found, told.occurred_on)
    if item.event.target and item.event.target.on:
        dates.check(item.event.target.on)
        target_after_report(found, item.event.target.on)
    event = replace(item.event, partners=tuple(_partner(decision, p) for p in item.event.partners))
    raised = []
    for addressee in _once("addressees", item.addressees):
        decision.body(addressee)
        stream = recommendation_stream(reference, key, addressee)
        _not_there(decision.stream(stream), item.event.number, reference, addressee)
        parent_possible(decision, RecommendationId(reference, key, addressee), event)
        raised.append(decision.add(stream, event, told, by=found.data.publisher))
    return raised


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


def revise_report(
    decision: Decision, reference: str, told: Told, *, field: str, now: str | Text | None
) -> Entry:
    """Record that the publisher's page says something else since a day on which that was seen."""
    found = decision.report(reference)
    decision.act_of(told, found.data.publisher)
    may_change_report(decision, found)
    after_report(found, told.occurred_on)
    if field not in REVISABLE:
        raise Refused(
            "no-such-field", f"A report's {', '.join(REVISABLE)} are revised, not “{field}”."
        )
    acts = in_effect(decision.stream(report_stream(reference)))
    was = as_revised(seen.before(decision, found, acts, told), field)
    now = as_text(now, was) if field in ("cites", "key_findings") else now
    if isinstance(now, Text) != (field in ("cites", "key_findings")) or now is None:
        raise Refused("does-not-fit", f"“{field}” does not take this value.")
    if isinstance(now, str):
        forms.must_fit("plain", field, now)
    if was == now:
        raise Refused("nothing-revised", f"The field “{field}” says that already.")
    event = ReportRevised(field=field, was=was, now=now)
    return decision.add(report_stream(reference), event, told, by=found.data.publisher)


def take_report_over(decision: Decision, reference: str, told: Told) -> Entry:
    """The publisher's own account takes a report over from the account that recorded it."""
    found = decision.report(reference)
    if decision.account.body != found.data.publisher:
        raise Refused(
            "takeover",
            f"“{reference}” can be taken over by an account of its publisher, "
            f"{found.data.publisher}, and by no other.",
        )
    decision.act_of(told, found.data.publisher)
    if found.owner == decision.account.name:
        raise Refused("takeover", f"“{reference}” belongs to {found.owner} already.")
    event = ReportTakenOver(from_account=found.owner)
    return decision.add(report_stream(reference), event, told, by=decision.account.body)


def may_change_report(decision: Decision, found: Report) -> None:
    """A report is changed by the account that it belongs to, or by an account of its publisher."""
    account = decision.account
    if account.may("admin") or account.name == found.owner:
        return
    if account.body is None or account.body != found.data.publisher:
        raise Refused(
            "report-owner", f"“{found.reference}” belongs to {found.owner}, not to {account.name}."
        )


def _partner(decision: Decision, partner: Partner) -> Partner:
    """A partner that the register knows is held by its id, any other by its name."""
    if partner.body is not None:
        decision.body(partner.body)
    elif partner.name is not None and partner.name.opening is not None:
        given = partner.name.opening.body
        for body in decision.service.bodies.values():
            if given in (body.id, body.name):
                return Partner(body=body.id)
    return partner


def _may_add(decision: Decision, found: Report, item: Raise) -> None:
    """A report belongs to the account that recorded it; others add what is addressed to theirs."""
    account = decision.account
    if account.may("admin") or account.name == found.owner:
        return
    if account.body is not None and account.body == found.data.publisher:
        return
    for addressee in item.addressees:
        if account.body is None or not decision.service.answers_for(account.body, addressee):
            raise Refused(
                "report-owner",
                f"“{found.reference}” belongs to {found.owner}; {account.name} can add only "
                f"recommendations addressed to its own body or force, not to “{addressee}”.",
            )


def not_recorded_meanwhile(decision: Decision, one: Known) -> None:
    """Refused where a report that is to stand again was recorded anew since it was retracted."""
    assert isinstance(one.data, ReportPublished)
    for stream, entries in decision.below("report/").items():
        if stream != one.entry.stream and (other := report(entries)) is not None:
            _not_the_same(one.data, one.entry.occurred_on, other)


def _not_the_same(event: ReportPublished, occurred_on: str | None, other: Report) -> None:
    same_page = next((url for url in event.same_as if url in other.data.same_as), None)
    if same_page is not None:
        raise Refused(
            "report-exists",
            f"The report published at {same_page} is recorded already, as “{other.reference}”.",
        )
    if (event.publisher, _as_read(event.title), occurred_on) == (
        other.data.publisher,
        _as_read(other.data.title),
        other.published_on,
    ):
        raise Refused("report-exists", f"This report is recorded already, as “{other.reference}”.")


def _as_read(title: str) -> str:
    """A title without what nobody reads as another: its letters' case, and how it is spaced."""
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def _once(field: str, ids: Sequence[str]) -> Sequence[str]:
    for n, one in enumerate(ids):
        if one in ids[:n]:
            raise Refused("named-twice", f"“{one}” is named twice in {field}.")
    return ids
