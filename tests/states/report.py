"""The machine of a report: whose it is."""

from ledger.events import (
    EntryRetracted,
    RecommendationRaised,
    ReportGraded,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
)
from ledger.states.report import report
from tests.api.site import FORCE, PAGE, PFCC, Site
from tests.states.any_act import PUBLISHED, and_the_rest
from tests.states.machine import Machine
from tests.states.trying import Subject, Try


def _report(site: Site, n: int) -> Subject:
    reference = f"report-{n}"
    return Subject(
        f"report/{reference}",
        {"report": reference, "reference": reference, "title": f"Report {n}"},
        {reference: "a-report", f"Report {n}": "A report"},
    )


def _held_by(site: Site, subject: Subject) -> str:
    entries = site.ledger.read_stream(subject.stream)
    if (found := report(entries)) is None:
        return "retracted" if entries else "not recorded"
    return "taken over" if found.takeovers else "recorded"


REPORT = Machine(
    "A report",
    "It is recorded by some office's account, and belongs to that until an account of its "
    "publisher takes it over.",
    _report,
    _held_by,
    and_the_rest(
        "report",
        (
            Try(
                ReportPublished,
                says=lambda subject: {
                    "reference": subject.where["reference"],
                    "publisher": "hmicfrs",
                    "published_on": PUBLISHED,
                    "bodies": [PFCC],
                    "source": PAGE,
                    "cites": "Section 33",
                    "key_findings": "Much was found.",
                    "same_as": [f"https://hmicfrs.example/{subject.where['reference']}"],
                },
            ),
            Try(
                RecommendationRaised,
                says={"number": "2", "addressees": [FORCE], "source": PAGE},
            ),
            Try(
                ReportRevised,
                says={"field": "title", "now": "As revised", "source": PAGE},
                note="by who recorded it",
            ),
            Try(
                ReportRevised,
                "hmicfrs",
                {"field": "title", "now": "As revised"},
                "by its publisher",
            ),
            Try(ReportGraded, says={"source": PAGE}),
            Try(ReportGraded, "hmicfrs", note="by its publisher"),
            Try(ReportTakenOver, "hmicfrs"),
            Try(ReportTakenOver, note="by another office"),
            Try(
                EntryRetracted,
                "clerk",
                note="of its publication",
                to=lambda subject: subject.entries.get("report-published", subject.first),
            ),
        ),
    ),
    "not recorded",
)
