"""The pages and forms by which people record, and sign in to do so."""

from flask import Flask

from api.recording import (
    act_forms,
    admin,
    draft_steps,
    due,
    links,
    registers,
    sheets,
    sign_in,
    submission,
    which_meeting,
)

VIEWS = (act_forms, draft_steps, due, registers, sheets, which_meeting)
"""On import, each module added its pages to the blueprint of `submission`."""


def add(app: Flask) -> None:
    """Add the forms to an app, and the links to them that templates call."""
    for blueprint in (submission.blueprint, admin.blueprint, sign_in.blueprint):
        app.register_blueprint(blueprint)
    for link in (links.forms_here, links.form_of, links.account_page):
        app.jinja_env.globals[link.__name__] = link
