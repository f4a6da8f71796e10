"""The table of acts: one word for each at every layer, so that a grep finds all of it.

An act's event is its one declaration; the request's schema, the route and the form derive from
it and from this table (`api.schemas.derive`). Here stands what the event cannot say, and the
function that decides it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger import events
from ledger.acts import (
    correction,
    duty,
    knowledge,
    meeting,
    recommendation,
    redaction,
    report,
    response,
    retraction,
    revision,
    service,
)
from ledger.events import AnyEvent

REPORT = "/api/reports/{report}"
RECOMMENDATION = "/api/recommendations/{report}/{number}/{body}"
RESPONSE = "/api/responses/{report}/{body}"
MEETING = "/api/meetings/{panel}/{date}"
ENTRY = "/api/entries/{entry_id}"


@dataclass(frozen=True, slots=True)
class Act:
    """An act that a client can record."""

    word: str
    """The last part of its path."""
    event: type[AnyEvent]
    decide: Callable[..., object]
    """The function that decides it. It takes a decision, what the act is on, what a request says
    (by the names of its schema) and `told`, how word of it came."""
    path: str
    scope: str = "record"
    says: str = ""
    """What it does, where its event says too little of that."""


ACTS: tuple[Act, ...] = (
    Act(
        "reports",
        events.ReportPublished,
        report.publish_report,
        "/api/reports",
        says="Publish a report with its recommendations and the duties of the bodies named.",
    ),
    Act(
        "recommendations",
        events.RecommendationRaised,
        report.raise_recommendation,
        f"{REPORT}/recommendations",
        says="Raise one more recommendation of a report, to one or more bodies.",
    ),
    Act("revisions", events.ReportRevised, revision.revise_report, f"{REPORT}/revisions"),
    Act("takeover", events.ReportTakenOver, report.take_report_over, f"{REPORT}/takeover"),
    Act(
        "assurances",
        events.AssuranceSought,
        recommendation.seek_assurance,
        f"{RECOMMENDATION}/assurances",
    ),
    Act(
        "updates", events.UpdateReceived, recommendation.receive_update, f"{RECOMMENDATION}/updates"
    ),
    Act(
        "targets", events.TargetDateSet, recommendation.set_target_date, f"{RECOMMENDATION}/targets"
    ),
    Act(
        "closure-proposals",
        events.ClosureProposed,
        recommendation.propose_closure,
        f"{RECOMMENDATION}/closure-proposals",
    ),
    Act(
        "closures",
        events.ClosureConfirmed,
        recommendation.confirm_closure,
        f"{RECOMMENDATION}/closures",
    ),
    Act(
        "refusals",
        events.ClosureRefused,
        recommendation.refuse_closure,
        f"{RECOMMENDATION}/refusals",
    ),
    Act("reopenings", events.Reopened, recommendation.reopen, f"{RECOMMENDATION}/reopenings"),
    Act("withdrawals", events.Withdrawn, recommendation.withdraw, f"{RECOMMENDATION}/withdrawals"),
    Act(
        "supersessions",
        events.Superseded,
        recommendation.supersede,
        f"{RECOMMENDATION}/supersessions",
    ),
    Act("duties", events.ResponseDutyArose, duty.raise_duty, f"{RESPONSE}/duties"),
    Act(
        "invitations",
        events.ChiefOfficerCommentsInvited,
        response.invite_comments,
        f"{RESPONSE}/invitations",
    ),
    Act(
        "comments",
        events.ChiefOfficerCommentsReceived,
        response.receive_comments,
        f"{RESPONSE}/comments",
    ),
    Act("statement", events.ResponsePublished, response.publish_response, f"{RESPONSE}/statement"),
    Act("copies", events.CopySent, response.send_copy, f"{RESPONSE}/copies"),
    Act("revisions", events.StatementRevised, revision.revise_statement, f"{RESPONSE}/revisions"),
    Act("extensions", events.ExtensionGranted, duty.grant_extension, f"{RESPONSE}/extensions"),
    Act(
        "disapplications", events.DutyDisapplied, duty.disapply_duty, f"{RESPONSE}/disapplications"
    ),
    Act("papers", events.PaperIssued, meeting.issue_paper, f"{MEETING}/papers"),
    Act("held", events.MeetingHeld, meeting.hold_meeting, f"{MEETING}/held"),
    Act(
        "reviews",
        events.RecommendationReviewed,
        meeting.review_recommendation,
        f"{MEETING}/reviews",
    ),
    Act("corrections", events.EntryCorrected, correction.correct_entry, f"{ENTRY}/corrections"),
    Act("retraction", events.EntryRetracted, retraction.retract_entry, f"{ENTRY}/retraction"),
    Act("disputes", events.EntryDisputed, knowledge.dispute_entry, f"{ENTRY}/disputes"),
    Act("release", events.TextReleased, knowledge.release_text, f"{ENTRY}/release"),
    Act("redaction", events.RedactionSought, redaction.seek_redaction, f"{ENTRY}/redaction"),
    Act(
        "redaction-confirmation",
        events.TextRedacted,
        redaction.confirm_redaction,
        f"{ENTRY}/redaction-confirmation",
    ),
    Act("bodies", events.BodyRegistered, service.register_body, "/api/bodies", scope="admin"),
    Act("changes", events.BodyChanged, service.change_body, "/api/bodies/changes", scope="admin"),
    Act(
        "successions",
        events.BodySucceeded,
        service.succeed_body,
        "/api/bodies/successions",
        scope="admin",
    ),
)

BROUGHT: dict[str, str] = {
    "commissioner-statement-issued": "statement",
    "capture-kept": "answerable capture",
    "account-opened": "answerable token create",
    "scope-granted": "answerable token create",
    "scope-revoked": "answerable account revoke",
    "account-closed": "answerable account close",
    "rule-adopted": "answerable register adopt",
    "key-added": "answerable key create",
    "key-retired": "answerable key rotate",
    "key-compromised": "answerable key compromised",
    "sealing-resumed": "answerable key resume",
    "list-compared": "answerable reconcile",
}
"""Events that no client records by themselves: the act, or the command, that brings them."""
