"""The pages and forms by which people record, and sign in to do so."""

from flask import Flask

from api.recording import admin, drafts, record, sheets, sign_in

VIEWS = (drafts, sheets)
"""Each added its pages to the blueprint of `record` when it was imported."""


def add(app: Flask) -> None:
    """Add the forms to an app, and the links to them that templates call."""
    for blueprint in (record.blueprint, admin.blueprint, sign_in.blueprint):
        app.register_blueprint(blueprint)
    for link in (record.forms_here, record.form_of, record.account_page):
        app.jinja_env.globals[link.__name__] = link
