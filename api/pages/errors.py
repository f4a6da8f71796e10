"""The error page: what went wrong in a sentence, and where to go from here."""

from flask import render_template, request

_OURS = {
    "Not Found": ("No such page", "There is no page at this address."),
    "Method Not Allowed": ("Not done this way", "This address cannot be asked like that."),
}
"""Pages' own words for what the framework says, by its title."""
_READING = {
    "Not known yet": "These dates cannot be asked about yet",
    "It does not fit the published form": "These dates cannot be read",
}
"""What a refusal means where a page was only read: the two dates are all that it is given."""


def error_page(status: int, title: str, detail: str) -> str:
    """The page for an error: its status, what it is, and one sentence about it."""
    title, detail = _OURS.get(title, (title, detail))
    if request.method == "GET":
        title = _READING.get(title, title)
    return render_template("error.html", status=status, title=title, detail=detail)
