"""Who may record what, and whose word it is, as the domain's rules say: what every cell is held
against. Written from the rules, for the scene of `scene.py`; nothing here asks the code.

1. An act is `first hand` where an account of the body whose act it is records it; from any other it
   is `reported`, and a source is needed.
2. A report and its recommendations are the publisher's acts: of several publishers, of the one
   whose account records it, and else of the one that leads; a response, its invitations, copies
   and revisions are acts of the body that owes it; a panel's meeting is the panel's. Nobody says
   that they are another's.
3. What lifts or extends a duty is first hand from the body that owes it alone.
4. A report is changed by who recorded it, until its publisher takes it over; other bodies add only
   their own duty, and recommendations to themselves or to their force.
5. A force's own word never ends a recommendation; who decides on closure is the inspectorate's.
   What one publisher of a report may, each may.
6. The body that recorded an entry changes it, and so does the body whose act it is; a note of
   provenance belongs to the body that recorded it. The body that recorded a text releases and
   redacts it; so do the publishers of a report, of its texts. Two accounts redact.
   A duty that its body calls recorded in error is confirmed by the body that recorded it, by a
   publisher of the report, or by an administrator.
7. Anybody who may record says that they looked for a response. Whether a body keeps its record here
   is said by an account of that body alone.
8. The register, accounts, their scopes and the word that a clock was wrong are for the scope
   `admin`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tests.api.town import FORCE, PFCC

PANEL, PUBLISHER, DORSET = "cumbria-police-fire-and-crime-panel", "hmicfrs", "dorset-pcc"
PUBLISHERS = (PUBLISHER, "hmi-prisons")
"""Of each report; the first leads."""

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
"""Who records: the name in the columns, and its body. The office owes the response."""

BY: dict[str, str] = {
    "left out": "`by` left out",
    "own": "`by` the account's own body",
    "its": "`by` the body whose act it is",
    "another": "`by` a body that has nothing to do with it",
}

FIRST_HAND, REPORTED, REFUSED = "first hand", "reported", "refused"

_OF_THE_PUBLISHER = {"ReportPublished", "RecommendationRaised", "ReportRevised", "ReportTakenOver"}
_OF_WHO_OWES = {"ChiefOfficerCommentsInvited", "ResponsePublished", "CopySent", "StatementRevised"}
_LIFTS = {"ExtensionGranted", "DutyDisapplied"}
_MEETING = {"PaperIssued", "MeetingHeld", "RecommendationReviewed"}
_ENDS = {"ClosureConfirmed", "Withdrawn", "Superseded"}
_DECIDED = {*_ENDS, "ClosureRefused", "Reopened"}
_OF_A_PUBLISHER = {*_OF_THE_PUBLISHER, *_DECIDED, "TargetDateSet"}
"""Of targets, the one that is tried is the report's."""
_ON_A_RECOMMENDATION = {
    *_DECIDED,
    "AssuranceSought",
    "UpdateReceived",
    "TargetDateSet",
    "ClosureProposed",
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
    """What it is, in words."""
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
    """The body whose act it is said to be; by default, the one whose it is."""
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
    """The body whose act it is, whoever records it; None where it is that of who records it."""
    if act in _OF_A_PUBLISHER:
        return PUBLISHER
    if act in _OF_WHO_OWES | _LIFTS | {"RecordKeptHere"}:
        return PFCC
    if act in _MEETING:
        return PANEL
    return FORCE if act in ("UpdateReceived", "ChiefOfficerCommentsReceived") else None


def expected(act: str, who: str, by: str, touched: Touched | None = None) -> str:
    """What comes of an act that an account records, as that of a body."""
    own = ACCOUNTS[who][1]
    said = whose(act, who, by)
    if act == "ResponseDutyArose" and said is None:
        said = PFCC
    if who not in _may(act, touched):
        return REFUSED
    if touched is None and said not in _possible(act, own, said):
        return REFUSED
    if act in ("EntryDisputed", "DutyConfirmed") and own is not None and said != own:
        return REFUSED  # nobody disputes or confirms in another's name
    lifts = act in _LIFTS or (touched is not None and touched.lifts and act == "EntryCorrected")
    if lifts and own != PFCC:
        return REPORTED
    return FIRST_HAND if said in (own, None) else REPORTED


def _possible(act: str, own: str | None, said: str | None) -> Collection[str | None]:
    """The bodies whose act it can be."""
    if act in _OF_A_PUBLISHER:
        return PUBLISHERS
    if act in _OF_WHO_OWES | _MEETING | {"RecordKeptHere"}:
        return {its(act)}
    if act == "ChiefOfficerCommentsReceived":
        return {FORCE, PFCC}
    if act == "ResponseDutyArose":
        return {own, PFCC} - {None}
    # Of the acts that are its recorder's, one of no body has to say whose it is.
    return {said} - ({None} if act in _ON_A_RECOMMENDATION else set())


def _may(act: str, touched: Touched | None) -> Collection[str]:
    """The accounts that may record it at all."""
    if touched is not None:
        return _may_touch(act, touched)
    if act == "ReportPublished":
        return ACCOUNTS
    if act == "RecommendationRaised":
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
    assert act in _OF_WHO_OWES | _LIFTS | {"ChiefOfficerCommentsReceived"}, f"say who may: {act}"
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
