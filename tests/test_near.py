"""A body that is misspelt is refused with those that may have been meant."""

import pytest

from ledger.events import BodyRegistered
from ledger.near import MOST, nearest, unknown_body
from ledger.register import shipped_bodies

BODIES = {
    one.id: BodyRegistered(id=one.id, name=one.name, kind=one.kind) for one in shipped_bodies()
}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("kent-pc", "kent-pcc"),
        ("Kent", "kent-pcc"),
        ("kent police", "kent-police"),
        ("cumbria_pfcc", "cumbria-pfcc"),
        ("hmicrfs", "hmicfrs"),
        ("Kent Police and Crime Commisioner", "kent-pcc"),
    ],
)
def test_what_was_meant_is_named(given, meant):
    assert meant in nearest(given, BODIES)


@pytest.mark.parametrize("given", ["camelot", "", "   ", "-", "x" * 5000])
def test_what_is_near_to_nothing_names_nothing(given):
    assert nearest(given, BODIES) == []


def test_a_word_that_many_have_names_a_few():
    assert len(nearest("police", BODIES)) == MOST


def test_an_empty_register_is_said_to_be_empty():
    assert "`answerable migrate` fills it" in str(unknown_body("kent-pcc", {}))
