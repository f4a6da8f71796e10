"""Links to the forms of acts, and the title of each form."""

from typing import Any, NamedTuple

from flask import url_for

from api.reading import addresses
from api.recording import offered
from api.requests import callers, questions
from ledger.acts.table import ACTS, BODY, ENTRY, MEETING, RECOMMENDATION, REPORT, RESPONSE, Act

TITLES = {
    "report-published": "Enter a report",
    "recommendation-raised": "Add a recommendation",
    "report-revised": "Its page says something else now",
    "report-graded": "Record a grade that it gave",
    "report-taken-over": "Take the report over, as its publisher",
    "assurance-sought": "Ask for assurance",
    "update-received": "Record an update",
    "target-date-set": "Set a target day",
    "closure-proposed": "Propose closure",
    "closure-confirmed": "Record a closure",
    "closure-refused": "Record that closure was refused",
    "reopened": "Open it again",
    "withdrawn": "Record that it was withdrawn",
    "superseded": "Record what takes its place",
    "repeat-noted": "Note that it repeats an earlier one",
    "response-duty-arose": "Record a duty to respond",
    "chief-officer-comments-invited": "Invite the chief officer’s comments",
    "chief-officer-comments-received": "Record the chief officer’s comments",
    "response-published": "Record the response that was published",
    "response-looked-for": "Record that it was looked for and not found",
    "copy-sent": "Record a copy that was sent",
    "statement-revised": "The response says something else now",
    "extension-granted": "Record an extension",
    "duty-disapplied": "Record that the duty does not apply",
    "duty-confirmed": "Confirm that the duty stands",
    "paper-issued": "Record a paper",
    "meeting-held": "Record that it was held",
    "recommendation-reviewed": "Record a review",
    "entry-corrected": "Correct it",
    "entry-retracted": "Retract it",
    "entry-disputed": "Reply to it, where it is about you",
    "text-released": "Open a text to everybody",
    "redaction-sought": "Ask that a text be redacted",
    "text-redacted": "Confirm the redaction",
    "body-registered": "Register a body",
    "body-changed": "Change what the register says of a body",
    "body-succeeded": "Record which body follows another",
    "record-kept-here": "Say that your office keeps its record here, or until when",
    "rule-adopted": "Adopt a rule",
    "clock-was-wrong": "Say that the clock was wrong",
    "account-opened": "Open an account",
    "scope-granted": "Let an account do more",
    "scope-revoked": "Take from an account what it may",
    "account-closed": "Close an account for good",
}
"""The titles of forms, by the topic of their event. A form without one here is named after its
topic."""
LEADS = {
    "report-published": "Enter a report that was published, with its recommendations and the "
    "bodies that owe it a response.",
    "recommendation-raised": "Add a recommendation that the report makes, to one or more bodies.",
    "report-revised": "Say what the publisher’s page says now. It is the publisher’s change: if we "
    "recorded it wrongly, correct the entry instead.",
    "report-graded": "Record the grade that the inspectorate gave a body, in its own words.",
    "report-taken-over": "Take the report over from the account that recorded it, as its "
    "publisher.",
    "assurance-sought": "Say that the commissioner asked for assurance about this recommendation.",
    "target-date-set": "Set or move the day by which it shall be done. The statutory day stays.",
    "closure-proposed": "Say that somebody asked for it to be closed. It stays open until the "
    "publisher decides.",
    "closure-confirmed": "Say that the inspectorate, or whoever it lets decide, closed it.",
    "closure-refused": "Say that the inspectorate, or whoever it lets decide, refused to close it.",
    "reopened": "Say that it is open again.",
    "withdrawn": "Say that the inspectorate withdrew it. A duty to respond that it brought stays.",
    "superseded": "Say that another recommendation takes its place.",
    "repeat-noted": "Say that it repeats a recommendation of an earlier report.",
    "response-duty-arose": "Say that this body owes a published response to the report.",
    "chief-officer-comments-invited": "Say that the chief officer was invited to comment (Police "
    "Act 1996, s.55(4)).",
    "chief-officer-comments-received": "Record the comments that the chief officer sent.",
    "response-looked-for": "Say that somebody looked for the response on a day, and did not find "
    "it.",
    "extension-granted": "Say that more time was granted: the last day moves.",
    "duty-disapplied": "Say that the duty does not apply to this body for this report, and who "
    "decided so.",
    "duty-confirmed": "Say that the duty stands, though the body calls it recorded in error.",
    "paper-issued": "Record a paper for this meeting, made from what was known at a position of "
    "the log.",
    "meeting-held": "Say that the meeting was held, on its day.",
    "recommendation-reviewed": "Record what the panel asked about a recommendation, and what came "
    "of it.",
    "entry-corrected": "The entry stays as it was recorded. Everybody will read the correction "
    "beside it.",
    "entry-retracted": "Set aside an entry that should not have been made. It stays in the log.",
    "entry-disputed": "Say what is not right about an entry about you. It changes nothing: "
    "everybody reads your reply beside it.",
    "text-released": "Open a text to everybody that only the office could read. Nothing but "
    "redaction closes it again.",
    "redaction-sought": "Ask for a text to be deleted. Nothing is deleted until another account "
    "confirms it.",
    "text-redacted": "Confirming deletes this text for good, here and wherever the log repeats "
    "it. Nobody can read it again. The entry stays, and everybody can still check that the log "
    "is unchanged.",
    "body-registered": "Enter a public body in the register.",
    "body-changed": "Change what the register says of a body, such as its name or its panel. "
    "Fill in only what changes.",
    "body-succeeded": "Say that a body ends, and that another takes on what it owes. The day may "
    "lie ahead.",
    "record-kept-here": "Say that all the office’s responses to reports published from a day on "
    "are recorded here. If one is missing, it counts as not published.",
    "rule-adopted": "Bring a rule into force here: which bodies owe a response to which reports, "
    "and by when.",
}
"""What a form records, in a sentence, by the topic of its event. A form without one here has the
act's own description."""
OWING = ("local_policing_body", "fire_authority", "national_body")
"""The kinds of body that can owe a response by a rule, and so can say that they keep their record
here."""
ADMINISTRATION = ("Administration", "/admin")
"""The link back to administration: its words and its address."""


def title_of(act: Act) -> str:
    """Return the title of an act's form."""
    topic = act.event.TOPIC
    return TITLES.get(topic) or topic.replace("-", " ").capitalize()


def lead_of(act: Act) -> str:
    """Return what an act's form records, in a sentence or two."""
    says = LEADS.get(act.event.TOPIC) or act.says or act.event.__doc__ or ""
    return says.split("\n\n")[0]


def endpoint_of(act: Act) -> str:
    return act.decide.__name__


class Offer(NamedTuple):
    """A form that a page offers: its title and address, and whether the act is asked about."""

    label: str
    address: str
    asked: bool = False


def forms_here(on: str, **where: Any) -> list[Offer]:
    """Return the forms for a page's subject (`report`, `recommendation`, …) of the acts that the
    ledger would take of the signed-in person; those that it asks about come last."""
    if addresses.dates_asked().past:
        return []
    account = callers.account()
    assert account is not None
    path = {
        "report": REPORT,
        "recommendation": RECOMMENDATION,
        "response": RESPONSE,
        "meeting": MEETING,
        "entry": ENTRY,
        "body": "/api/bodies",
        "service": "/api",
    }[on]
    own = account.may("record") and on == "body" and account.body == where["id"]
    body = questions.question().register.bodies.get(account.body or "") if own else None
    acts = [
        act
        for act in ACTS
        if act.on == path
        and (act.scope == "record" or on == "body")  # other administered things have a page
        and account.may(act.scope)
    ]
    tried = offered.taken(acts, where, account) if on not in ("body", "service") else {}
    found = [
        Offer(title_of(act), url_for(f"record.{endpoint_of(act)}", **where), how == "asked")
        for act in acts
        if (how := tried.get(act.event.TOPIC, "yes")) != "no"
    ]
    keeping = [
        Offer(title_of(act), form_of(endpoint_of(act), body=account.body))
        for act in ACTS
        if act.on == BODY and body is not None and body.kind in OWING
    ]
    return sorted([*keeping, *found], key=lambda one: one.asked)


def form_of(act: str, /, **where: Any) -> str:
    """Return the address of an act's form, by the name of its function, with values to fill in."""
    return url_for(f"record.{act}", **where)


def account_page(name: str) -> str:
    """Return the address of an account's page."""
    body, _, role = name.partition("/")
    return url_for("admin.account", body=body, role=role)


def page_address(page: str, values: dict[str, Any]) -> str:
    return url_for(f"pages.{page}", **values)
