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
    keeping,
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
BODY = "/api/bodies/{body}"
ACCOUNTS = "/api/accounts"


@dataclass(frozen=True, slots=True)
class Act:
    """An act that a client can record."""

    word: str
    """The last part of its path."""
    event: type[AnyEvent]
    decide: Callable[..., object]
    """The function that decides it. It takes a decision, what the act is on, what a request says
    (by the names of its schema) and `notice`, how word of it came."""
    on: str
    """The path of what it is on."""
    scope: str = "record"
    says: str = ""
    """The act's own description, if its event's docstring says too little."""

    @property
    def path(self) -> str:
        """Where a request for it is sent."""
        return f"{self.on}/{self.word}"

    @property
    def needs_proof(self) -> bool:
        """Return whether a person must sign in anew before the act: it cannot be undone, or it
        changes permissions or rules."""
        return self.scope == "admin" or self.event in (
            events.RedactionSought,
            events.TextRedacted,
        )


ACTS: tuple[Act, ...] = (
    Act(
        "reports",
        events.ReportPublished,
        report.publish_report,
        "/api",
        says="Publish a report with its recommendations and the duties of the bodies named.",
    ),
    Act(
        "recommendations",
        events.RecommendationRaised,
        report.raise_recommendation,
        REPORT,
        says="Raise one more recommendation of a report, to one or more bodies.",
    ),
    Act("revisions", events.ReportRevised, revision.revise_report, REPORT),
    Act("grades", events.ReportGraded, report.grade_report, REPORT),
    Act("takeover", events.ReportTakenOver, report.take_report_over, REPORT),
    Act("assurances", events.AssuranceSought, recommendation.seek_assurance, RECOMMENDATION),
    Act("updates", events.UpdateReceived, recommendation.receive_update, RECOMMENDATION),
    Act("targets", events.TargetDateSet, recommendation.set_target_date, RECOMMENDATION),
    Act(
        "closure-proposals", events.ClosureProposed, recommendation.propose_closure, RECOMMENDATION
    ),
    Act("closures", events.ClosureConfirmed, recommendation.confirm_closure, RECOMMENDATION),
    Act("refusals", events.ClosureRefused, recommendation.refuse_closure, RECOMMENDATION),
    Act("reopenings", events.Reopened, recommendation.reopen, RECOMMENDATION),
    Act("withdrawals", events.Withdrawn, recommendation.withdraw, RECOMMENDATION),
    Act("supersessions", events.Superseded, recommendation.supersede, RECOMMENDATION),
    Act("repeats", events.RepeatNoted, recommendation.note_repeat, RECOMMENDATION),
    Act("duties", events.ResponseDutyArose, duty.raise_duty, RESPONSE),
    Act("invitations", events.ChiefOfficerCommentsInvited, response.invite_comments, RESPONSE),
    Act("comments", events.ChiefOfficerCommentsReceived, response.receive_comments, RESPONSE),
    Act("statement", events.ResponsePublished, response.publish_response, RESPONSE),
    Act("lookups", events.ResponseLookedFor, response.look_for_response, RESPONSE),
    Act("copies", events.CopySent, response.send_copy, RESPONSE),
    Act("revisions", events.StatementRevised, revision.revise_statement, RESPONSE),
    Act("extensions", events.ExtensionGranted, duty.grant_extension, RESPONSE),
    Act("disapplications", events.DutyDisapplied, duty.disapply_duty, RESPONSE),
    Act("confirmations", events.DutyConfirmed, duty.confirm_duty, RESPONSE),
    Act("papers", events.PaperIssued, meeting.issue_paper, MEETING),
    Act("held", events.MeetingHeld, meeting.hold_meeting, MEETING),
    Act("reviews", events.RecommendationReviewed, meeting.review_recommendation, MEETING),
    Act("corrections", events.EntryCorrected, correction.correct_entry, ENTRY),
    Act("retraction", events.EntryRetracted, retraction.retract_entry, ENTRY),
    Act("disputes", events.EntryDisputed, knowledge.dispute_entry, ENTRY),
    Act("release", events.TextReleased, knowledge.release_text, ENTRY),
    Act("redaction", events.RedactionSought, redaction.seek_redaction, ENTRY),
    Act("redaction-confirmation", events.TextRedacted, redaction.confirm_redaction, ENTRY),
    Act("bodies", events.BodyRegistered, service.register_body, "/api", scope="admin"),
    Act("changes", events.BodyChanged, service.change_body, "/api/bodies", scope="admin"),
    Act("successions", events.BodySucceeded, service.succeed_body, "/api/bodies", scope="admin"),
    Act("keeping", events.RecordKeptHere, keeping.keep_record_here, BODY),
    Act("rules", events.RuleAdopted, service.adopt_rule, "/api", scope="admin"),
    Act(
        "clock-was-wrong",
        events.ClockWasWrong,
        service.clock_was_wrong,
        "/api",
        scope="admin",
        says="Say that the clock was ahead, so that the log goes on when it is right again.",
    ),
    Act(
        "accounts",
        events.AccountOpened,
        service.open_account,
        "/api",
        scope="admin",
        says="Open a role account, with what it may do: it is a role at a body, never a person.",
    ),
    Act(
        "grants",
        events.ScopeGranted,
        service.grant_scope,
        ACCOUNTS,
        scope="admin",
        says="Let an account do more. Its tokens stay what they are: make new ones.",
    ),
    Act(
        "revocations",
        events.ScopeRevoked,
        service.revoke_scope,
        ACCOUNTS,
        scope="admin",
        says="Take from an account what it may, at once, for its tokens and who is signed in.",
    ),
    Act(
        "closing",
        events.AccountClosed,
        service.close_account,
        ACCOUNTS,
        scope="admin",
        says="Close an account for good, with its tokens. Its name is never opened again.",
    ),
)

BROUGHT: dict[str, str] = {
    "commissioner-statement-issued": "statement",
    "capture-kept": "answerable capture",
    "key-added": "answerable key create",
    "key-retired": "answerable key rotate",
    "key-compromised": "answerable key compromised",
    "sealing-resumed": "answerable key resume",
    "list-compared": "answerable reconcile",
}
"""Events that no client records by themselves: the act, or the command, that brings them."""
