"""How a page is drawn: its blueprint, and answers that nobody keeps."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template

from api.requests.answers import unkept
from projections.as_of import AsOf

blueprint = Blueprint("pages", __name__, template_folder="templates")
Shape = dict[str, Any]


def to(address: str, status: int = 302) -> Response:
    """On to another address."""
    return unkept(make_response(redirect(address, status)))


def page(template: str, as_of: AsOf, status: int = 200, **values: Any) -> Response:
    """A page at the two dates of an answer; it is not kept."""
    return rendered(template, status, as_of=as_of, **values)


def rendered(template: str, status: int = 200, **values: Any) -> Response:
    """A page, which is not kept."""
    return unkept(make_response(render_template(template, **values), status))
