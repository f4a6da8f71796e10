"""The machine of a response: what a body owes, and what it published."""

from ledger.events import (
    ChiefOfficerCommentsReceived,
    DutyConfirmed,
    DutyDisapplied,
    EntryRetracted,
    ExtensionGranted,
    ResponseDutyArose,
    ResponseLookedFor,
    ResponsePublished,
    StatementRevised,
)
from ledger.states.report import report
from ledger.states.response import response
from tests.api.site import PAGE, PFCC, Site
from tests.states.any_act import and_the_rest
from tests.states.machine import Machine
from tests.states.trying import Subject, Try


def _response(site: Site, n: int) -> Subject:
    reference = f"answered-{n}"
    published = site.publish(
        reference=reference, title=f"Answered {n}", bodies=[], recommendations=[]
    )
    return Subject(
        f"response/{reference}/{PFCC}",
        {"report": reference, "body": PFCC, "published": published.entry("report-published")},
        {reference: "a-report"},
    )


def _owed(site: Site, subject: Subject) -> str:
    entries = site.ledger.read_stream(subject.stream)
    if report(site.ledger.read_stream(f"report/{subject.where['report']}")) is None:
        return "its report retracted"
    if (found := response(entries)) is None:
        return "no duty"
    state = "published" if found.published else "owed"
    happened = {type(act.data) for act in found.acts}
    if found.duty_event.rule.id == "manual":
        state += " (manual)"
    if ExtensionGranted in happened:
        state += ", extended"
    if found.denied is not None:
        return f"{state}, said not to be owed"
    if DutyDisapplied in happened:
        state += ", disapplied"
    return state


RESPONSE = Machine(
    "A response",
    "`owed` is a duty by Police Act 1996, s.55, which allows no extension; `owed (manual)`, one by "
    "the rule `manual`, with a source. Whether it was in time is no state: it is computed for the "
    "day asked. Comments are invited and received, and a response is looked for, without "
    "any change of what is allowed.",
    _response,
    _owed,
    and_the_rest(
        "response",
        (
            Try(ResponseDutyArose),
            Try(
                ResponseDutyArose,
                "admin",  # where a rule sets the last day, an administrator alone raises a duty
                says={"rule": "manual", "due_on": "2025-10-01", "source": PAGE},
                note="by hand",
            ),
            Try(ChiefOfficerCommentsReceived, "force"),
            Try(
                ResponsePublished,
                says=lambda subject: {
                    "explanations": [],
                    "url": "https://page.example/",
                    "text": f"We answer it, {len(subject.acts)}.",
                },
            ),
            Try(ResponsePublished, says={"explanations": []}, note="without its text"),
            Try(StatementRevised, says={"field": "text", "now": "Other words."}),
            Try(
                ExtensionGranted,
                says={
                    "applied_on": "2025-06-02",
                    "granted_on": "2025-06-03",
                    "due_on": "2025-11-01",
                },
            ),
            Try(DutyDisapplied),
            Try(DutyDisapplied, says={"basis": "recorded_in_error"}, note="as recorded in error"),
            Try(DutyConfirmed, "hmicfrs", {"source": PAGE}),
            Try(ResponseLookedFor, "panel"),
            Try(
                EntryRetracted,
                note="of its report",
                to=lambda subject: subject.where["published"],
            ),
        ),
    ),
    "no duty",
)
