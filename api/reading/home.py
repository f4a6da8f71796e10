"""The pages about the whole register: the first page, help, and the log itself."""

from dataclasses import dataclass

from flask import Response

from api.reading import words
from api.reading.page import blueprint, page, rendered
from api.reading.pictures.country import draw_country
from api.requests import current
from api.requests.questions import question
from ledger.events import RuleAdopted
from ledger.seal.checkpoints import Sealing
from ledger.states import duties
from projections.questions import country, overview

EXAMPLE = "2025-05-16"
"""The day of the report whose days help counts as an example."""


@blueprint.get("/")
def home() -> Response:
    """Show the purpose of the site, a way to find a body, the latest reports, and the duties by
    verdict."""
    found = overview.overview(question())
    return page(
        "home.html",
        found.as_of,
        overview=found,
        bodies=words.by_kind(found.bodies),
        country=draw_country(country.quarter_ends(question())),
    )


@blueprint.get("/help")
def help() -> Response:  # noqa: A001  # the page's name
    """Show how days are counted, what words mean, and what is not proven."""
    at = question()
    latest: dict[str, RuleAdopted] = {}
    for rule in at.register.rules.values():
        if rule.id not in latest or latest[rule.id].version < rule.version:
            latest[rule.id] = rule
    return page(
        "help.html",
        at.as_of,
        rules=[_rule(one) for one in latest.values()],
        example=EXAMPLE,
    )


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """A rule, with its period counted from the example's day, if it sets one."""

    rule: RuleAdopted
    example: str | None


def _rule(rule: RuleAdopted) -> RuleExplained:
    counted = rule.gives is not None
    return RuleExplained(rule, duties.due(rule, EXAMPLE).counting if counted else None)


@blueprint.get("/log")
def log() -> Response:
    """Show the log itself: its origin, keys and newest checkpoint, and how to check it."""
    return rendered(
        "log.html",
        origin=current.settings().origin,
        newest=newest_seal(),
        vkeys=current.ledger().service().keys.in_use,
    )


def newest_seal() -> Sealing | None:
    """Return the newest checkpoint; None if nothing is sealed."""
    return current.sealed().checkpoint()
