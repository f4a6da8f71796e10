"""The pages that people read: rendered here, whole without JavaScript, at two dates."""

from flask import Flask

from api.reading import (
    assets,
    bodies,
    changes,
    compliance,
    entry_page,
    error_pages,
    home,
    language,
    late_entries,
    lists,
    reference,
    subjects,
    template_context,
    texts,
    webhooks,
)
from api.reading.error_pages import error_page
from api.reading.page import blueprint
from api.requests.answers import security_headers

__all__ = ["add", "error_page"]
VIEWS = (
    assets,
    bodies,
    changes,
    compliance,
    entry_page,
    error_pages,
    home,
    late_entries,
    lists,
    reference,
    subjects,
    template_context,
    webhooks,
)
"""On import, each module added its pages, or what they need, to the blueprint."""


def add(app: Flask) -> None:
    """Add the pages to an app, in both languages, with the functions that their templates call, and
    the headers of every page."""
    app.register_blueprint(blueprint)
    app.jinja_env.finalize = texts.isolated
    app.jinja_env.filters["bare"] = texts.bare
    app.jinja_env.filters["without_elements"] = texts.without_elements
    app.jinja_env.filters["apart"] = texts.apart
    app.jinja_env.filters["option"] = texts.option
    app.jinja_env.globals["say"] = language.in_template
    app.jinja_env.globals["say_many"] = language.many_in_template
    app.jinja_env.globals["in_frame"] = language.in_frame
    app.jinja_env.globals["language"] = language
    app.jinja_env.globals["linked"] = texts.linked
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.before_request(language.choose)
    app.after_request(language.named)
    app.after_request(security_headers)
    app.wsgi_app = language.below_cy(app.wsgi_app)  # type: ignore[assignment,method-assign]
