"""The table of acts: one word for each at every layer, so that a grep finds all of it.

An act's event is its one declaration; the request's schema, the route and the form derive from
it and from this table (`api.schemas.derive`). Here stands what the event cannot say.
"""

from dataclasses import dataclass

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
    Reopened,
    ReportPublished,
    ReportRevised,
    ReportTakenOver,
    ResponseDutyArose,
    ResponsePublished,
    StatementRevised,
    Superseded,
    TargetDateSet,
    TextReleased,
    UpdateReceived,
    Withdrawn,
)

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
    method: str
    """The method of `Ledger` that records it."""
    path: str
    scope: str = "record"


ACTS: tuple[Act, ...] = (
    Act("reports", ReportPublished, "publish_report", "/api/reports"),
    Act(
        "recommendations",
        RecommendationRaised,
        "raise_recommendation",
        "/api/reports/{report}/recommendations",
    ),
    Act("revisions", ReportRevised, "revise_report", "/api/reports/{report}/revisions"),
    Act("takeover", ReportTakenOver, "take_report_over", "/api/reports/{report}/takeover"),
    Act("assurances", AssuranceSought, "seek_assurance", f"{RECOMMENDATION}/assurances"),
    Act("updates", UpdateReceived, "receive_update", f"{RECOMMENDATION}/updates"),
    Act("targets", TargetDateSet, "set_target_date", f"{RECOMMENDATION}/targets"),
    Act(
        "closure-proposals",
        ClosureProposed,
        "propose_closure",
        f"{RECOMMENDATION}/closure-proposals",
    ),
    Act("closures", ClosureConfirmed, "confirm_closure", f"{RECOMMENDATION}/closures"),
    Act("refusals", ClosureRefused, "refuse_closure", f"{RECOMMENDATION}/refusals"),
    Act("reopenings", Reopened, "reopen", f"{RECOMMENDATION}/reopenings"),
    Act("withdrawals", Withdrawn, "withdraw", f"{RECOMMENDATION}/withdrawals"),
    Act("supersessions", Superseded, "supersede", f"{RECOMMENDATION}/supersessions"),
    Act("duties", ResponseDutyArose, "raise_duty", f"{RESPONSE}/duties"),
    Act("invitations", ChiefOfficerCommentsInvited, "invite_comments", f"{RESPONSE}/invitations"),
    Act("comments", ChiefOfficerCommentsReceived, "receive_comments", f"{RESPONSE}/comments"),
    Act("statement", ResponsePublished, "publish_response", f"{RESPONSE}/statement"),
    Act("copies", CopySent, "send_copy", f"{RESPONSE}/copies"),
    Act("revisions", StatementRevised, "revise_statement", f"{RESPONSE}/revisions"),
    Act("extensions", ExtensionGranted, "grant_extension", f"{RESPONSE}/extensions"),
    Act("disapplications", DutyDisapplied, "disapply_duty", f"{RESPONSE}/disapplications"),
    Act("papers", PaperIssued, "issue_paper", f"{MEETING}/papers"),
    Act("held", MeetingHeld, "hold_meeting", f"{MEETING}/held"),
    Act("reviews", RecommendationReviewed, "review_recommendation", f"{MEETING}/reviews"),
    Act("corrections", EntryCorrected, "correct_entry", f"{ENTRY}/corrections"),
    Act("retraction", EntryRetracted, "retract_entry", f"{ENTRY}/retraction"),
    Act("disputes", EntryDisputed, "dispute_entry", f"{ENTRY}/disputes"),
    Act("release", TextReleased, "release_text", f"{ENTRY}/release"),
    Act("bodies", BodyRegistered, "register_body", "/api/bodies", scope="admin"),
    Act("changes", BodyChanged, "change_body", "/api/bodies/changes", scope="admin"),
    Act("successions", BodySucceeded, "succeed_body", "/api/bodies/successions", scope="admin"),
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
}
"""Events that no client records by themselves: the act, or the command, that brings them."""
