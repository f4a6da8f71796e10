"""Who is addressed, and with whom they are to work."""

import pytest

from ledger.intake.pages.addressees import find_addressees, split_names

UNIT = "Modern Slavery & Organised Immigration Crime Unit"


@pytest.mark.parametrize(
    ("phrase", "names"),
    [
        (f"the {UNIT} and the College of Policing", [UNIT, "College of Policing"]),
        (UNIT.replace("&", "and"), [UNIT.replace("&", "and")]),
        (
            f"{UNIT.replace('&', 'and')} and College of Policing",
            [UNIT.replace("&", "and"), "College of Policing"],
        ),
        (
            "the Home Office, the National Crime Agency and Border Force",
            ["Home Office", "National Crime Agency", "Border Force"],
        ),
        (
            "Department for Environment, Food and Rural Affairs",
            ["Department for Environment, Food and Rural Affairs"],
        ),
        (
            "the Foreign, Commonwealth and Development Office",
            ["Foreign, Commonwealth and Development Office"],
        ),
        (
            "the Association of Police and Crime Commissioners and the CPS",
            ["Association of Police and Crime Commissioners", "CPS"],
        ),
        ("HM Courts and Tribunals Service", ["HM Courts and Tribunals Service"]),
        ("chief constables and the Home Office", ["chief constables", "Home Office"]),
    ],
)
def test_names_are_parted_between_names_and_not_within_them(phrase, names):
    assert split_names(phrase) == names


@pytest.mark.parametrize(
    "subject",
    [
        "chief constables",
        "Chief Constables",
        "all chief constables",
        "the force",
        "police forces",
        "chief constables of all forces",
        "every chief constable in England and Wales",
    ],
)
def test_chief_constables_and_forces_mean_the_force_of_the_responding_body(subject):
    found = find_addressees(f"By 30 April 2026, {subject} should act.", "By 30 April 2026")
    assert found.addressees == ("force",)
    assert found.phrase == subject


def test_who_works_with_them_is_a_partner_and_no_addressee():
    text = f"Chief constables, working with the {UNIT} and the College of Policing, should act."
    found = find_addressees(text, None)
    assert found.addressees == ("force",)
    assert found.partners == (UNIT, "College of Policing")


def test_should_work_with_makes_partners_too():
    found = find_addressees("Forces should work with the Home Office to set a standard.", None)
    assert found.addressees == ("force",)
    assert found.partners == ("Home Office",)


def test_other_addressees_are_named_as_the_page_names_them():
    text = "We recommend that the College of Policing and the NPCC should write guidance."
    assert find_addressees(text, None).addressees == ("College of Policing", "NPCC")


def test_words_that_are_no_name_are_left_unread():
    found = find_addressees("Chief constables, where relevant, should act.", None)
    assert found.unread == ("Chief constables, where relevant",)
    assert found.addressees == ()


def test_the_lead_of_a_council_is_a_name():
    text = "The National Police Chiefs’ Council lead for firearms should write guidance."
    assert find_addressees(text, None).addressees == (
        "National Police Chiefs’ Council lead for firearms",
    )


def test_a_sentence_without_a_subject_addresses_nobody():
    found = find_addressees("Training in the use of outcome 22.", None)
    assert found.addressees == ()
    assert found.phrase is None
