"""A body that is misspelt is refused with those that may have been meant."""

import pytest

from ledger.register import MOST, nearest, shipped_bodies, unknown_body, unknown_name

BODIES = {one.id: one for one in shipped_bodies()}


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
def test_the_nearest_names_are_offered(given, meant):
    assert meant in nearest(given, BODIES)


@pytest.mark.parametrize("given", ["camelot", "", "   ", "-", "x" * 5000])
def test_a_word_near_to_nothing_names_nothing(given):
    assert nearest(given, BODIES) == []


def test_a_word_that_many_have_names_a_few():
    assert len(nearest("police", BODIES)) == MOST


def test_an_empty_register_is_said_to_be_empty():
    assert "`answerable migrate` fills it" in str(unknown_body("kent-pcc", {}))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("knownat", "“knownat” is not asked here: did you mean known_at? This address takes"),
        ("Effective-On", "“Effective-On” is not asked here: did you mean effective_on? This"),
        ("colour", "“colour” is not asked here. This address takes effective_on and known_at."),
        ("", "“” is not asked here. This address takes effective_on and known_at."),
    ],
)
def test_a_name_that_is_not_asked_is_answered_with_the_one_that_is_near(given, says):
    assert unknown_name(given, ["effective_on", "known_at"]).startswith(says)


def test_an_address_that_takes_nothing_says_so():
    assert unknown_name("x", []).endswith("this address takes nothing after its question mark.")
    assert unknown_name("x", ["panel"]).endswith("This address takes panel.")
