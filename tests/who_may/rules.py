"""The domain's rules of who may record an act, and whose word it is. Every cell is compared with
them. They are written for the scene of `scene.py`, and nothing here asks the code.

1. An act is `first hand` if an account of the body whose act it is records it. From any other
account it is `reported`, and needs a source.

2. A report, its recommendations and its grades are acts of the publisher. If there are several
publishers, they are acts of the one whose account records them, or else of the one that leads. A
response, its invitations, copies and revisions are acts of the body that owes it. A meeting is an
act of its panel. No account records these in another body's name.

3. An act that lifts or extends a duty is first hand only from the body that owes it.

4. The recorder of a report changes it, until its publisher takes it over. Other bodies add only
their own duty, and recommendations and grades to themselves or to their force.

5. A force's own word never ends a recommendation: the inspectorate decides on closure. Each
publisher of a report may do whatever one of them may.

6. The body that recorded an entry changes it, and so does the body whose act it is. A note of
provenance belongs to the body that recorded it. The body that recorded a text releases and redacts
it, and so do the publishers of a report for its texts. A redaction needs two accounts. If its body
says that a duty was recorded in error, the body that recorded it, a publisher of the report or an
administrator confirms it.

7. Any account that may record says that it looked for a response. Only an account of a body says
that the body keeps its record here.

8. The register, accounts, their scopes and the statement that a clock was wrong need the scope
`admin`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tests.api.site import FORCE, PFCC

PANEL, PUBLISHER, DORSET = "cumbria-police-fire-and-crime-panel", "hmicfrs", "dorset-pcc"
PUBLISHERS = (PUBLISHER, "hmi-prisons")
"""The publishers of each report. The first one leads."""

ACCOUNTS: dict[str, tuple[str, str | None]] = {
    "clerk": ("the office that recorded the report", PFCC),
    "clerk_2": ("another account of that office", PFCC),
    "force": ("its force", FORCE),
    "panel": ("its panel", PANEL),
    "hmicfrs": ("the inspectorate", PUBLISHER),
    "prisons": ("the other inspectorate that published it", PUBLISHERS[1]),
    "dorset": ("another office", DORSET),
    "dorset_force": ("another force", "dorset-police"),
    "dorset_panel": ("another panel", "dorset-police-and-crime-panel"),
    "nobodys": ("an account of no body", None),
    "admin": ("an administrator", None),
}
"""The accounts that record: the name in the columns, and the body. The office owes the response."""

BY: dict[str, str] = {
    "left out": "`by` left out",
    "own": "`by` the account's own body",
    "its": "`by` the body whose act it is",
    "another": "`by` a body that has nothing to do with it",
}

FIRST_HAND, REPORTED, REFUSED = "first hand", "reported", "refused"

_OF_THE_PUBLISHER = {
    "ReportPublished",
    "RecommendationRaised",
    "ReportRevised",
    "ReportGraded",
    "ReportTakenOver",
}
_OF_WHO_OWES = {"ChiefOfficerCommentsInvited", "ResponsePublished", "CopySent", "StatementRevised"}
_LIFTS = {"ExtensionGranted", "DutyDisapplied"}
_MEETING = {"PaperIssued", "MeetingHeld", "RecommendationReviewed"}
_ENDS = {"ClosureConfirmed", "Withdrawn", "Superseded"}
_DECIDED = {*_ENDS, "ClosureRefused", "Reopened"}
_OF_A_PUBLISHER = {*_OF_THE_PUBLISHER, *_DECIDED, "TargetDateSet"}
"""The acts of a publisher. The target that is tried is the report's own."""
_ON_A_RECOMMENDATION = {
    *_DECIDED,
    "AssuranceSought",
    "UpdateReceived",
    "TargetDateSet",
    "ClosureProposed",
    "RepeatNoted",
}
_REGISTER = {"BodyRegistered", "BodyChanged", "BodySucceeded", "RuleAdopted"}
_ACCOUNTS = {
    "AccountOpened",
    "ScopeGranted",
    "ScopeRevoked",
    "AccountClosed",
    "ClockWasWrong",
}
_OFFICE = {"clerk", "clerk_2"}
_INSPECTORATES = {"hmicfrs", "prisons"}
_ABOVE = {"nobodys", "admin"}
"""Those that speak for no body: of what they record, a source is always needed."""


@dataclass(frozen=True)
class Touched:
    """An entry that an act on an entry touches: who recorded it, whose act it is, and the like."""

    name: str
    """A description in words."""
    recorder: str
    by: str
    field: str = ""
    """Which of its fields; a source's is the recorder's alone."""
    taken_over: bool = False
    lifts: bool = False
    about: tuple[str, ...] = ()
    """The bodies that it is about: they have the right of reply."""
    sought_by: str = ""
    """The account that sought its redaction."""


def whose(act: str, who: str, by: str) -> str | None:
    """Return the body whose act it is said to be; by default, the one whose it is."""
    own = ACCOUNTS[who][1]
    match by:
        case "own":
            return own
        case "another":
            return DORSET if own != DORSET else PFCC
        case "left out" if act in _OF_A_PUBLISHER and own in PUBLISHERS:
            return own
        case _:
            return its(act) or own


def its(act: str) -> str | None:
    """Return the body whose act it is, whoever records it; None where it is that of who records
    it."""
    if act in _OF_A_PUBLISHER:
        return PUBLISHER
    if act in _OF_WHO_OWES | _LIFTS | {"RecordKeptHere"}:
        return PFCC
    if act in _MEETING:
        return PANEL
    return FORCE if act in ("UpdateReceived", "ChiefOfficerCommentsReceived") else None


def expected(act: str, who: str, by: str, touched: Touched | None = None) -> str:
    """Return the outcome of an act that an account records as a body's act."""
    own = ACCOUNTS[who][1]
    said = whose(act, who, by)
    if act == "ResponseDutyArose" and said is None:
        said = PFCC
    if who not in _may(act, touched):
        return REFUSED
    if touched is None and said not in _possible(act, own, said):
        return REFUSED
    if act in ("EntryDisputed", "DutyConfirmed") and own is not None and said != own:
        return REFUSED  # a body disputes and confirms in its own name alone
    lifts = act in _LIFTS or (touched is not None and touched.lifts and act == "EntryCorrected")
    if lifts and own != PFCC:
        return REPORTED
    return FIRST_HAND if said in (own, None) else REPORTED


def _possible(act: str, own: str | None, said: str | None) -> Collection[str | None]:
    """Return the bodies whose act it can be."""
    if act in _OF_A_PUBLISHER:
        return PUBLISHERS
    if act in _OF_WHO_OWES | _MEETING | {"RecordKeptHere"}:
        return {its(act)}
    if act == "ChiefOfficerCommentsReceived":
        return {FORCE, PFCC}
    if act == "ResponseDutyArose":
        return {own, PFCC} - {None}
    # An account without a body has to name the body whose act it records.
    return {said} - ({None} if act in _ON_A_RECOMMENDATION else set())


def _may(act: str, touched: Touched | None) -> Collection[str]:
    """Return the accounts that may record it at all."""
    if touched is not None:
        return _may_touch(act, touched)
    if act == "ReportPublished":
        return ACCOUNTS
    if act in {"RecommendationRaised", "ReportGraded"}:
        return {*_OFFICE, "force", *_INSPECTORATES, "admin"}
    if act == "ReportRevised":
        return {"clerk", *_INSPECTORATES, "admin"}
    if act == "ReportTakenOver":
        return _INSPECTORATES
    if act in _REGISTER | _ACCOUNTS:
        return {"admin"}
    if act == "ResponseDutyArose":
        return {*_OFFICE, *_INSPECTORATES, *_ABOVE}
    if act in _MEETING:
        return {*_OFFICE, "panel", *_ABOVE}
    concerned = {*_OFFICE, "force", "panel", *_ABOVE}
    if act in _ON_A_RECOMMENDATION:
        return (concerned | _INSPECTORATES) - ({"force"} if act in _ENDS else set())
    if act == "ResponseLookedFor":
        return ACCOUNTS
    if act == "DutyConfirmed":
        return {*_OFFICE, *_INSPECTORATES, "admin"}
    if act == "RecordKeptHere":
        return _OFFICE
    assert act in _OF_WHO_OWES | _LIFTS | {"ChiefOfficerCommentsReceived"}, (
        f"say in `_may` who may record it: {act}"
    )
    return concerned


def _may_touch(act: str, touched: Touched) -> Collection[str]:
    if act == "EntryDisputed":
        bodies = set(touched.about)
    else:
        bodies = {touched.recorder}
        of_the_text = act in ("TextReleased", "RedactionSought", "TextRedacted")
        if of_the_text and touched.by != PUBLISHER:
            pass  # the recorder's alone
        elif not touched.field.startswith("source.") or act == "EntryRetracted":
            bodies |= set(PUBLISHERS) if touched.by == PUBLISHER else {touched.by}
        if touched.taken_over and act in ("EntryCorrected", "EntryRetracted"):
            bodies = set(PUBLISHERS)
    found = {who for who, (_, body) in ACCOUNTS.items() if body in bodies} | {"admin"}
    return found - ({touched.sought_by} if act == "TextRedacted" else set())
