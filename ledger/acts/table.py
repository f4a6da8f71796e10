"""The table of acts: one word for each at every layer, so that a grep finds all of it.

An act's event is its one declaration; the request's schema, the route and the form derive from
it and from this table (`api.schemas.derive`). Here stands what the event cannot say, and the
function that decides it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ledger.acts import (
    correction,
    duty,
    meeting,
    openness,
    recommendation,
    redaction,
    report,
    response,
    retraction,
    revision,
    service,
)
from ledger.events import (
    AnyEvent,
    AssuranceSought,
    BodyChanged,
    BodyRegistered,
    BodySucceeded,
    ChiefOfficerCommentsInvited,
    ChiefOfficerCommentsReceived,
    ClosureConfirmed,
    ClosureProposed,
    ClosureRefused,
    CopySent,
    DutyDisapplied,
    EntryCorrected,
    EntryDisputed,
    EntryRetracted,
    ExtensionGranted,
    MeetingHeld,
    PaperIssued,
    RecommendationRaised,
    RecommendationReviewed,
    RedactionSought,
    Reopened,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponsePublished,
    StatementRevised,
    Superseded,
    TargetDateSet,
    TextRedacted,
    TextReleased,
    UpdateReceived,
    Withdrawn,
)

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
        ReportPublished,
        report.publish_report,
        "/api/reports",
        says="Publish a report with its recommendations and the duties of the bodies named.",
    ),
    Act(
        "recommendations",
        RecommendationRaised,
        report.raise_recommendation,
        f"{REPORT}/recommendations",
        says="Raise one more recommendation of a report, to one or more bodies.",
    ),
    Act("revisions", ReportRevised, revision.revise_report, f"{REPORT}/revisions"),
    Act("takeover", ReportTakenOver, report.take_report_over, f"{REPORT}/takeover"),
    Act(
        "assurances", AssuranceSought, recommendation.seek_assurance, f"{RECOMMENDATION}/assurances"
    ),
    Act("updates", UpdateReceived, recommendation.receive_update, f"{RECOMMENDATION}/updates"),
    Act("targets", TargetDateSet, recommendation.set_target_date, f"{RECOMMENDATION}/targets"),
    Act(
        "closure-proposals",
        ClosureProposed,
        recommendation.propose_closure,
        f"{RECOMMENDATION}/closure-proposals",
    ),
    Act("closures", ClosureConfirmed, recommendation.confirm_closure, f"{RECOMMENDATION}/closures"),
    Act("refusals", ClosureRefused, recommendation.refuse_closure, f"{RECOMMENDATION}/refusals"),
    Act("reopenings", Reopened, recommendation.reopen, f"{RECOMMENDATION}/reopenings"),
    Act("withdrawals", Withdrawn, recommendation.withdraw, f"{RECOMMENDATION}/withdrawals"),
    Act("supersessions", Superseded, recommendation.supersede, f"{RECOMMENDATION}/supersessions"),
    Act("duties", ResponseDutyArose, duty.raise_duty, f"{RESPONSE}/duties"),
    Act(
        "invitations",
        ChiefOfficerCommentsInvited,
        response.invite_comments,
        f"{RESPONSE}/invitations",
    ),
    Act(
        "comments", ChiefOfficerCommentsReceived, response.receive_comments, f"{RESPONSE}/comments"
    ),
    Act("statement", ResponsePublished, response.publish_response, f"{RESPONSE}/statement"),
    Act("copies", CopySent, response.send_copy, f"{RESPONSE}/copies"),
    Act("revisions", StatementRevised, revision.revise_statement, f"{RESPONSE}/revisions"),
    Act("extensions", ExtensionGranted, duty.grant_extension, f"{RESPONSE}/extensions"),
    Act("disapplications", DutyDisapplied, duty.disapply_duty, f"{RESPONSE}/disapplications"),
    Act("papers", PaperIssued, meeting.issue_paper, f"{MEETING}/papers"),
    Act("held", MeetingHeld, meeting.hold_meeting, f"{MEETING}/held"),
    Act("reviews", RecommendationReviewed, meeting.review_recommendation, f"{MEETING}/reviews"),
    Act("corrections", EntryCorrected, correction.correct_entry, f"{ENTRY}/corrections"),
    Act("retraction", EntryRetracted, retraction.retract_entry, f"{ENTRY}/retraction"),
    Act("disputes", EntryDisputed, openness.dispute_entry, f"{ENTRY}/disputes"),
    Act("release", TextReleased, openness.release_text, f"{ENTRY}/release"),
    Act("redaction", RedactionSought, redaction.seek_redaction, f"{ENTRY}/redaction"),
    Act(
        "redaction-confirmation",
        TextRedacted,
        redaction.confirm_redaction,
        f"{ENTRY}/redaction-confirmation",
    ),
    Act("bodies", BodyRegistered, service.register_body, "/api/bodies", scope="admin"),
    Act("changes", BodyChanged, service.change_body, "/api/bodies/changes", scope="admin"),
    Act(
        "successions", BodySucceeded, service.succeed_body, "/api/bodies/successions", scope="admin"
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
