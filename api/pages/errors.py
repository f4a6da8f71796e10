"""The error page: what went wrong in a sentence, and where to go from here."""

from flask import render_template

_OURS = {
    404: ("Not Found", "No such page", "There is no page at this address."),
    405: ("Method Not Allowed", "Not done this way", "This address cannot be asked like that."),
}
"""Pages' own words for what the framework says of these, by status."""


def error_page(status: int, title: str, detail: str) -> str:
    """The page for an error: its status, what it is, and one sentence about it."""
    if status in _OURS and title == _OURS[status][0]:
        _, title, detail = _OURS[status]
    return render_template("error.html", status=status, title=title, detail=detail)
