"""The pages that people read: rendered here, whole without JavaScript, at two dates."""

from flask import Flask

from api.reading import changes, figures, lists, reference, texts
from api.reading.views import blueprint, error_page
from api.requests.answers import security_headers

__all__ = ["add", "error_page"]
VIEWS = (changes, figures, lists, reference)
"""Each added its pages to the blueprint when it was imported."""


def add(app: Flask) -> None:
    """Add the pages to an app, with what their templates call, and the headers of every page."""
    app.register_blueprint(blueprint)
    app.jinja_env.finalize = texts.isolated
    app.jinja_env.filters["bare"] = texts.bare
    app.jinja_env.filters["without_elements"] = texts.without_elements
    app.jinja_env.filters["apart"] = texts.apart
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.after_request(security_headers)
