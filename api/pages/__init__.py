"""The pages for people: rendered here, whole without JavaScript, at two dates."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, url_for
from flask_bootstrap import Bootstrap5

from api.pages import csp, isolation
from api.pages.errors import error_page, refuse_unknown_names
from api.pages.views import blueprint

__all__ = ["add", "error_page"]

blueprint.before_request(refuse_unknown_names)

_STATIC = Path(__file__).parent / "static"


def add(app: Flask) -> None:
    """Add the pages to an app, with Bootstrap's files from here and the headers of `csp`."""
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.static_url_path = app.static_url_path or "/static"  # else Bootstrap's is "/bootstrapNone"
    Bootstrap5(app)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.finalize = isolation.isolated
    app.jinja_env.filters["bare"] = isolation.bare
    app.jinja_env.filters["without_elements"] = isolation.without_elements
    app.jinja_env.filters["apart"] = isolation.apart
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    csp.apply(app)


def asset(name: str) -> str:
    """The address of a static file of ours, which changes when the file does."""
    return url_for("pages.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]
