"""The pages for people: rendered here, whole without JavaScript, at two dates.

Their headers keep a page to itself: no inline style or script, nothing from elsewhere. A page that
needs a script says `nonce="{{ csp_nonce() }}"`; where none is asked for, none runs.
"""

import hashlib
import secrets
from functools import cache
from pathlib import Path

from flask import Flask, Response, g, url_for
from flask_bootstrap import Bootstrap5

from api.pages import texts
from api.pages.views import blueprint, error_page

__all__ = ["add", "error_page"]

_STATIC = Path(__file__).parent / "static"

_POLICY = (
    "default-src 'none'; script-src {script}; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def add(app: Flask) -> None:
    """Add the pages to an app, with Bootstrap's files from here, and the headers."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.static_url_path = app.static_url_path or "/static"  # else Bootstrap's is "/bootstrapNone"
    Bootstrap5(app)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.finalize = texts.isolated
    app.jinja_env.filters["bare"] = texts.bare
    app.jinja_env.filters["without_elements"] = texts.without_elements
    app.jinja_env.filters["apart"] = texts.apart
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals["csp_nonce"] = nonce
    app.after_request(security_headers)


def asset(name: str) -> str:
    """The address of a static file of ours, which changes when the file does."""
    return url_for("pages.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def nonce() -> str:
    """This request's nonce for scripts; asking for it is what allows them."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def security_headers(response: Response) -> Response:
    """The same answer with the headers that it lacks; what a view set itself is left alone."""
    script = f"'nonce-{g.csp_nonce}'" if "csp_nonce" in g else "'none'"
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(script=script))
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
