"""The machines of a panel's meeting, and of a capture."""

from datetime import date, timedelta

from ledger.acts.capture import keep_capture, received
from ledger.acts.decision import Notice
from ledger.application import Ledger, Recorded
from ledger.events import (
    CaptureKept,
    MeetingHeld,
    PaperIssued,
    RecommendationReviewed,
)
from ledger.states.effect import in_effect
from ledger.states.service import Account
from tests.api.site import NOTE, SET_UP, Site
from tests.states.any_act import OTHER, PANEL, and_the_rest, one_that_is_there
from tests.states.machine import Machine
from tests.states.trying import Subject, Try


def _meeting(site: Site, n: int) -> Subject:
    one_that_is_there(site)
    day = (date(2018, 1, 1) + timedelta(days=n)).isoformat()
    return Subject(f"meeting/{PANEL}/{day}", {"panel": PANEL, "date": day}, {day: "its day"})


def _convened(site: Site, subject: Subject) -> str:
    entries = site.ledger.read_stream(subject.stream)
    happened = {type(one.data) for one in in_effect(entries)}
    if MeetingHeld in happened:
        return "held"
    return "paper issued" if PaperIssued in happened else "nothing recorded"


MEETING = Machine(
    "A meeting",
    "It is named by its panel and its day. A review may be recorded before the meeting itself is.",
    _meeting,
    _convened,
    and_the_rest(
        "meeting",
        (
            Try(PaperIssued, "panel", {"effective_on": SET_UP}),
            Try(RecommendationReviewed, "panel", {"recommendation": OTHER, "question": "When?"}),
            Try(
                RecommendationReviewed,
                "panel",
                lambda subject: {
                    "recommendation": OTHER,
                    "paper": subject.entries.get("paper-issued", "none"),
                },
                "of its paper",
            ),
            Try(MeetingHeld, "panel"),
            Try(MeetingHeld, "clerk", {"source": NOTE}, "as reported"),
        ),
    ),
    "nothing recorded",
)


def _capture(site: Site, n: int) -> Subject:
    return Subject(f"capture/{n}")


def _kept(site: Site, subject: Subject) -> str:
    return "kept" if subject.acts else "not kept"


def _keep(ledger: Ledger, by: Account, _: Subject) -> Recorded:
    return ledger.record(by, keep_capture, received(b"<p>A page"), Notice())


CAPTURE = Machine(
    "A capture",
    "Bytes are kept once and for all, each time under a new id.",
    _capture,
    _kept,
    and_the_rest("capture", (Try(CaptureKept, record=_keep),)),
    "not kept",
)
