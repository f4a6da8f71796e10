"""Suggestions from a page, with the names of the shipped register."""

from ledger.intake.pages.suggestions import page_blocks, suggest
from ledger.intake.pages.values import Resolve, Suggestion
from ledger.intake.proposals.page import body_meant
from ledger.register import shipped_bodies
from ledger.states.service import Service

_SERVICE = Service(bodies={body.id: body for body in shipped_bodies()})


def suggested(data: bytes, filename: str, body: str, *, listed: bool = False) -> list[Suggestion]:
    """Return the suggestions from a page of a body."""
    return suggest(page_blocks(data, filename), filename, resolver(body), listed=listed)


def resolver(body: str) -> Resolve:
    """Return how a body's page finds the id of a body by its name."""
    return lambda name: body_meant(name, _SERVICE.bodies[body], _SERVICE)
