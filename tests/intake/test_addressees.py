"""The addressees of a recommendation, and the partners with whom they are to work."""

import pytest

from ledger.intake.pages.addressees import Whom, split_names

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
    ],
)
def test_chief_constables_and_forces_mean_the_force_of_the_responding_body(subject):
    found = Whom().asked(f"By 30 April 2026, {subject} should act.", "By 30 April 2026")
    assert found.addressees == ("force",)


def test_a_body_that_works_with_the_addressee_is_a_partner():
    text = f"Chief constables, working with the {UNIT} and the College of Policing, should act."
    found = Whom().asked(text)
    assert found.addressees == ("force",)
    assert found.partners == (UNIT, "College of Policing")


def test_other_addressees_are_named_as_the_page_names_them():
    text = "The College of Policing and the NPCC should write guidance."
    assert Whom().asked(text).addressees == ("College of Policing", "NPCC")


def test_a_sentence_without_a_subject_addresses_nobody_and_says_so():
    found = Whom().asked("Training in the use of outcome 22.")
    assert (found.addressees, found.why) == ((), "does not say in known words whom it asks")
