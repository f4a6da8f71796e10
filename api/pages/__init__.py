"""The pages for people: rendered here, whole without JavaScript, at two dates."""

from flask import Flask

from api.pages import (
    admin,
    changes,
    drafts,
    figures,
    lists,
    record,
    reference,
    sheets,
    sign_in,
    texts,
)
from api.pages.views import blueprint, error_page
from api.requests.answers import security_headers

__all__ = ["add", "error_page"]
VIEWS = (
    changes,
    drafts,
    figures,
    lists,
    reference,
    sheets,
)
"""Each added its pages to the blueprint when it was read."""


def add(app: Flask) -> None:
    """Add the pages to an app, and the headers that keep them to themselves."""
    app.register_blueprint(blueprint)
    app.register_blueprint(record.blueprint)
    app.register_blueprint(admin.blueprint)
    app.register_blueprint(sign_in.blueprint)
    app.jinja_env.finalize = texts.isolated
    app.jinja_env.filters["bare"] = texts.bare
    app.jinja_env.filters["without_elements"] = texts.without_elements
    app.jinja_env.filters["apart"] = texts.apart
    for link in (record.forms_here, record.form_of, record.account_page):
        app.jinja_env.globals[link.__name__] = link
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.after_request(security_headers)
