"""The pages for errors, and the refusal of an address that a page does not take."""

from collections.abc import Collection
from http import HTTPStatus

import psycopg
from flask import Response, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from api.reading import addresses, words
from api.reading.page import blueprint, to
from api.reading.template_context import signed_in_as
from api.requests import current
from api.requests.answers import unkept
from api.requests.current import question
from api.requests.parsing import refuse_others
from ledger.errors import AnswerableError, Unfit
from ledger.register import nearest
from projections.questions import report as report_question

_OURS = {
    "Unauthorized": ("Sign in to see this", "This is for those who signed in."),
    "Not Found": ("No such page", "There is no page at this address."),
    "Method Not Allowed": ("Not done this way", "This address cannot be asked like that."),
}
"""Pages' own words for what the framework says, by its title."""
_BEHIND = "Not there yet"
"""What a page is refused with whose read models have not come to what was just recorded."""
_SHORTLY = "It is shown here shortly. Nothing is to be sent again."
_READING = {
    "Not known yet": "These dates cannot be asked about yet",
    "It does not fit the published form": "These dates cannot be read",
}
"""What a refusal means where a page was only read: the two dates are what it is given."""


@blueprint.before_request
def read_address() -> Response | None:
    """The refusal of a page with a name in its address that it does not take: a page of the past,
    misspelt, would show today. Marks by which others follow who opens a link are let through. A
    day that is given as people write it leads on to the same page."""
    if (refused := not_asked_that(addresses.names())) is not None:
        return refused
    meant = addresses.as_meant()
    return to(meant) if meant is not None else None


def not_asked_that(names: Collection[str]) -> Response | None:
    """The refusal of an address that has another name than these; None where it has none."""
    try:
        refuse_others(names, tolerant=True)
    except Unfit as error:
        return error_page(422, "We can’t answer that address", error.sentence)
    return None


def error_page(
    status: int, title: str, detail: str, leads: tuple[str, str] | None = None
) -> Response:
    """The page for an error: its status, what it is, and one sentence about it. It is not kept.
    `leads`: what its button says, and where to; else, where that is needed, to a sign-in."""
    title, detail = _OURS.get(title, (title, detail))
    recorded = request.args.get("min_position", "")
    if title == _BEHIND and request.method == "GET" and recorded.isdecimal():
        title, detail = f"Recorded as entry {recorded}", _SHORTLY
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
    """The address of a sign-in that leads back here, where that is what is needed."""
    if current.provider() is None or request.path.startswith("/sign-in"):
        return None
    if status == HTTPStatus.UNAUTHORIZED and not signed_in_as():
        return "Sign in", url_for("sign_in.go", next=addresses.here({}))
    if status == HTTPStatus.FORBIDDEN and signed_in_as() and not current.proven():
        return "Sign in", url_for("sign_in.go", next=addresses.here({}), anew="1")
    return None


def _near() -> list[tuple[str, str]]:
    """What may be meant by the name of a body or report in an address that there is none of: what
    each is called, with the address of its page."""
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
