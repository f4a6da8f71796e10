"""The rendering of pages: their blueprint, and answers that nobody may cache."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template

from api.requests.answers import unkept
from projections.as_of import AsOf

blueprint = Blueprint("pages", __name__, template_folder="templates")
Shape = dict[str, Any]


def to(address: str, status: int = 302) -> Response:
    """Redirect to another address."""
    return unkept(make_response(redirect(address, status)))


def page(template: str, as_of: AsOf, status: int = 200, **values: Any) -> Response:
    """Return a page at the two dates of an answer. It may not be cached."""
    return rendered(template, status, as_of=as_of, **values)


def rendered(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page that may not be cached."""
    return unkept(make_response(render_template(template, **values), status))
