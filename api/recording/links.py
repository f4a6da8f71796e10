"""Links to the forms of acts, and the title of each form."""

from typing import Any, NamedTuple

from flask import url_for

from api.reading import addresses
from api.recording import offered
from api.requests import callers
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
ADMINISTRATION = ("Administration", "/admin")
"""The link back to administration: its words and its address."""


def title_of(act: Act) -> str:
    """Return the title of an act's form."""
    topic = act.event.TOPIC
    return TITLES.get(topic) or topic.replace("-", " ").capitalize()


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
        if act.on == BODY and own
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
