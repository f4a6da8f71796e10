"""The pages for errors, and the refusal of an address that a page does not take."""

from collections.abc import Collection
from http import HTTPStatus

import psycopg
from flask import Response, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from api.reading import addresses, language, words
from api.reading.page import blueprint, to
from api.reading.template_context import signed_in_as
from api.requests import callers, current
from api.requests.answers import unkept
from api.requests.parsing import refuse_others
from api.requests.questions import question
from ledger.errors import AnswerableError, Unfit
from ledger.register import nearest
from projections.questions import report as report_question

_OURS = {
    "Unauthorized": ("Sign in to see this", "This is for those who signed in."),
    "Not Found": ("No such page", "There is no page at this address."),
    "Method Not Allowed": ("Not done this way", "This address cannot be asked like that."),
}
"""The pages' own words for the framework's errors, by their title."""
_BEHIND = "Not there yet"
"""The title of the refusal when the read models have not reached what was just recorded."""
_SHORTLY = "It is shown here shortly. Nothing is to be sent again."
_READING = {
    "Not known yet": "These dates cannot be asked about yet",
    "It does not fit the published form": "We can’t answer that address",
}
"""The titles of refusals for a page that was only read."""


@blueprint.before_request
def read_address() -> Response | None:
    """Refuse a page whose address has a name that it does not take: a misspelt date would otherwise
    show today. Tracking marks that others add to links are ignored. A day as people write it
    redirects to the same page."""
    if (refused := not_asked_that(addresses.names())) is not None:
        return refused
    meant = addresses.as_meant()
    return to(meant) if meant is not None else None


def not_asked_that(names: Collection[str]) -> Response | None:
    """Return the refusal of an address with another name than these, or None."""
    try:
        refuse_others(names, tolerant=True)
    except Unfit as error:
        return error_page(422, "We can’t answer that address", error.sentence)
    return None


def error_page(
    status: int, title: str, detail: str, leads: tuple[str, str] | None = None
) -> Response:
    """Return the page for an error: its status, its title, and one sentence about it. It may not be
    cached. `leads` are the words and the address of its button; by default it leads to a sign-in if
    one is needed."""
    language.in_english()
    title, detail = _OURS.get(title, (title, detail))
    recorded = request.args.get("min_position", "")
    if title == _BEHIND and request.method == "GET" and recorded.isdecimal():
        title, detail = f"Recorded as entry {int(recorded):,}", _SHORTLY
        leads = leads or ("Look again", addresses.here({}))
    plain = request.path.rstrip("/").lower()
    if (
        status == HTTPStatus.NOT_FOUND
        and request.method == "GET"
        and plain not in ("", request.path)
    ):
        return to(addresses.elsewhere(plain))
    near = _near() if status == HTTPStatus.NOT_FOUND else []
    if request.method == "GET":
        title = _READING.get(title, title)
    shown = render_template(
        "error.html",
        status=status,
        title=title,
        detail=detail,
        near=near,
        leads=leads or _way_in(status),
    )
    return unkept(make_response(shown, status))


def _way_in(status: int) -> tuple[str, str] | None:
    """Return the words and the address of a sign-in that leads back here, if one is needed."""
    if current.provider() is None or request.path.startswith("/sign-in"):
        return None
    if status == HTTPStatus.UNAUTHORIZED and not signed_in_as():
        return "Sign in", url_for("sign_in.go", next=addresses.here({}))
    if status == HTTPStatus.FORBIDDEN and signed_in_as() and not callers.proven():
        return "Sign in", url_for("sign_in.go", next=addresses.here({}), anew="1")
    return None


def _near() -> list[tuple[str, str]]:
    """Return the names and addresses of bodies or reports that an unknown name in the address may
    mean."""
    named = request.view_args or {}
    try:
        at = question()
        found = []
        names = words.names(at)
        body = named.get("body") or named.get("panel")
        if body is not None and body not in names:
            found += [
                (names[near], addresses.link("body", body=near))
                for near in nearest(body, at.register.bodies)
            ]
        if report := named.get("report"):
            found += [
                (title, addresses.link("report", report=near))
                for near, title in report_question.reports_near(at, report)
            ]
    except (AnswerableError, HTTPException, psycopg.Error):  # the page says what is wrong anyway
        return []
    return found
