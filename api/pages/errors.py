"""The error page: what went wrong in a sentence, and where to go from here."""

from flask import Response, make_response, render_template, request

from api.pages import two_dates
from api.requests.parsing import refuse_others
from ledger.errors import Unfit

_OURS = {
    "Not Found": ("No such page", "There is no page at this address."),
    "Method Not Allowed": ("Not done this way", "This address cannot be asked like that."),
}
"""Pages' own words for what the framework says, by its title."""
_READING = {
    "Not known yet": "These dates cannot be asked about yet",
    "It does not fit the published form": "These dates cannot be read",
}
"""What a refusal means where a page was only read: the two dates are what it is given."""


def refuse_unknown_names() -> Response | None:
    """The refusal of a page with a name in its address that it does not take: a page of the past,
    misspelt, would show today. Marks by which others follow who opens a link are let through."""
    try:
        refuse_others(two_dates.names(), tolerant=True)
    except Unfit as error:
        return error_page(422, "This page is not asked that", error.sentence)
    return None


def error_page(status: int, title: str, detail: str) -> Response:
    """The page for an error: its status, what it is, and one sentence about it. It is not kept."""
    title, detail = _OURS.get(title, (title, detail))
    if request.method == "GET":
        title = _READING.get(title, title)
    page = render_template("error.html", status=status, title=title, detail=detail)
    answer = make_response(page, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
