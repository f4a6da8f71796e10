"""Suggestions from a page, with the names of the shipped register."""

from ledger.intake.pages.blocks import Block, read_blocks
from ledger.intake.pages.decoding import page_text
from ledger.intake.pages.suggestions import suggest
from ledger.intake.pages.values import Resolve, Suggestion
from ledger.intake.proposals.page import body_meant
from ledger.register import shipped_bodies
from ledger.states.service import Service

_SERVICE = Service(bodies={body.id: body for body in shipped_bodies()})


def blocks_of(data: bytes, filename: str) -> list[Block]:
    """Return the blocks of a page, read in this process: the one that the service starts for HTML
    takes a hundred times as long. test_costly_pages.py compares them."""
    return [*read_blocks(page_text(data, filename), filename)]


def suggested(data: bytes, filename: str, body: str, *, listed: bool = False) -> list[Suggestion]:
    """Return the suggestions from a page of a body."""
    return suggest(blocks_of(data, filename), filename, resolver(body), listed=listed)


def resolver(body: str) -> Resolve:
    """Return how a body's page finds the id of a body by its name."""
    return lambda name: body_meant(name, _SERVICE.bodies[body], _SERVICE)
